"""The error that a call refuses with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omega.contract.errors import OmegaError


def refused(work: Callable[[], object]) -> OmegaError:
    """The error of a call that must refuse."""
    with pytest.raises(OmegaError) as caught:
        work()
    return caught.value


def error_of(work: Callable[[], object]) -> OmegaError | None:
    """The error of a call, or None."""
    try:
        work()
    except OmegaError as error:
        return error
    return None
