"""Single values of NumPy and pandas as Python's own: a number is a number whatever library it comes from (T-8b)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.times import EPOCH

_NAME_OF_NANOSECONDS: Final = {datetime: "nanosecond", timedelta: "nanoseconds"}
"""What pandas' own times have beside those of Python, which they are."""
_NOT_A_TIME: Final = "NaT is no time"
OWN_CLASSES: Final = frozenset((str, int, float, bool, type(None)))
"""Python's classes of single values, which most are of: asked for first, as an abstract class takes long to answer."""


def plain_scalar(value: object) -> object:
    """Return a NumPy scalar as the Python value it is equal to, anything else as it is.

    Parameters
    ----------
    value : object
        A ``numpy.datetime64`` counts from the epoch in UTC, and becomes an aware datetime.

    Raises
    ------
    OmegaError
        1006 for a time or duration that is no whole microseconds, NumPy's or pandas'.
    OverflowError, ValueError
        For a time that Python has no datetime for, and one that is NaT.
    """
    if type(value) in OWN_CLASSES:
        return value
    if isinstance(value, np.datetime64):
        return EPOCH + _microseconds(value, "M8[us]")
    if isinstance(value, np.timedelta64):
        return _microseconds(value, "m8[us]")
    if isinstance(value, np.str_):
        return str(value)
    if isinstance(value, np.longdouble):
        return float(value)
    if isinstance(value, np.generic):
        return value.item()
    for kind, name in _NAME_OF_NANOSECONDS.items():
        finer = getattr(value, name, 0) if isinstance(value, kind) else 0
        if math.isnan(finer):
            raise ValueError(_NOT_A_TIME)
        if finer > 0:
            raise _not_whole(value)
    return value


def plain_scalars(part: object) -> object:
    """Return a document with every value as :func:`plain_scalar` has it."""
    if type(part) in OWN_CLASSES:
        return part
    if isinstance(part, Mapping):
        return {key: plain_scalars(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        plain = [plain_scalars(value) for value in part]
        return plain if isinstance(part, list) else tuple(plain)
    return plain_scalar(part)


def _microseconds(value: Any, unit: str) -> timedelta:
    if np.isnat(value):
        raise ValueError(_NOT_A_TIME)
    whole = value.astype(unit)
    if whole.astype(value.dtype) != value:
        raise _not_whole(value)
    return timedelta(microseconds=int(whole.astype(np.int64)))


def _not_whole(value: object) -> OmegaError:
    return omega_error(
        ErrorCode.CONSTRAINT_VIOLATION,
        f"{value} is no whole microseconds, or beyond their range",
        rule="T-1",
        value=str(value),
    )
