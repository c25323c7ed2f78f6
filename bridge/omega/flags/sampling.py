"""Which of the runs in Rust are verified besides: a share of them, drawn by their content (F-2)."""

from __future__ import annotations

import math
from typing import Final

import xxhash

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.flags.sources import variable

VARIABLE: Final = "OMEGA_VERIFY_SHARE"
_WHOLE: Final = 1 << 64

_set_in_process: list[float] = []


def set_verify_share(share: float | None) -> None:
    """Let a share of the runs under ``auto`` and ``true`` be verified, above ``OMEGA_VERIFY_SHARE``; None forgets it.

    Parameters
    ----------
    share : float or None
        0.0 (none) … 1.0 (all). Which ones is a matter of their input alone: configuration, its seed included, and
        data. Equal runs are verified all or none.

    Raises
    ------
    OmegaError
        1003 outside 0 … 1, 1004 for what is no number.
    """
    checked = [] if share is None else [_checked("share", share)]
    _set_in_process[:] = checked


def verify_share() -> float:
    """Return the share as it is now.

    Raises
    ------
    OmegaError
        1001 for a variable that is no number, 1003 for one outside 0 … 1.
    """
    if _set_in_process:
        return _set_in_process[0]
    text = variable(VARIABLE)
    if text is None:
        return 0.0
    try:
        share = float(text)
    except ValueError:
        raise _refusal(ErrorCode.INVALID_ARGUMENT, VARIABLE, text) from None
    return _checked(VARIABLE, share)


def is_drawn(share: float, key: bytes) -> bool:
    """Whether the run that ``key`` tells apart from others is among the share."""
    return xxhash.xxh3_64_intdigest(key) < int(share * _WHOLE)


def _checked(name: str, share: object) -> float:
    if isinstance(share, bool) or not isinstance(share, int | float):
        raise _refusal(ErrorCode.TYPE_MISMATCH, name, type(share).__name__)
    if math.isnan(share) or not 0.0 <= share <= 1.0:
        raise _refusal(ErrorCode.OUT_OF_BOUNDS, name, share)
    return float(share)


def _refusal(code: ErrorCode, name: str, value: ContextValue) -> OmegaError:
    return omega_error(code, f"{name} must be a number in 0 … 1, not {value!r}", rule="F-2", column=name, value=value)
