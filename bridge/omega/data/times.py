"""Times of Python as the contract's: µs since the epoch, UTC (T-1)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.times import EPOCH, MICROSECOND

_FINE_FRACTION: Final = re.compile(r"[.,]\d{6}(\d+)")


def microseconds(moment: datetime) -> int:
    """Convert an aware time to µs since the epoch, exactly."""
    return (moment - EPOCH) // MICROSECOND


def instant(name: str, given: object) -> int:
    """Take a time with a zone, or the ISO 8601 text of one, as µs since the epoch.

    Raises
    ------
    OmegaError
        1004 for what is none; 1009 for a text that is no time; 1006 for one that is no whole µs.
    """
    moment = _parsed(name, given) if isinstance(given, str) else given
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        message = f"{name} must be a time with a zone, as 2024-01-31T00:00:00Z, not {given!r}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-1", column=name, value=plain_value(given))
    return microseconds(moment)


def _parsed(name: str, text: str) -> datetime:
    if is_too_fine(text):
        message = f"{name}: {text!r} is no whole microsecond; round it"
        raise omega_error(ErrorCode.CONSTRAINT_VIOLATION, message, rule="T-1", column=name, value=text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = f"{name}: {text!r} is no ISO 8601 time, as in 2024-01-31T23:59:00Z"
        raise omega_error(ErrorCode.INVALID_FORMAT, message, rule="T-1", column=name, value=text) from None


def is_too_fine(text: str) -> bool:
    """Whether the text of a time has decimals beyond the sixth that are not zeros: Python would cut them off (T-1)."""
    fraction = _FINE_FRACTION.search(text)
    return fraction is not None and bool(fraction.group(1).strip("0"))


def minute_text(time: int) -> str:
    """Write µs since the epoch as a person reads it, ``2020-01-06 00:00``, without asking for a zone."""
    return (EPOCH + time * MICROSECOND).replace(tzinfo=None).isoformat(" ", "minutes")
