"""Times of Python as the contract's: µs since the epoch, UTC (T-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Convert an aware time to µs since the epoch, exactly."""
    return (moment - _EPOCH) // MICROSECOND


def minute_text(time: int) -> str:
    """Write µs since the epoch as a person reads it, ``2020-01-06 00:00``, without asking for a zone."""
    return f"{_EPOCH + time * MICROSECOND:%Y-%m-%d %H:%M}"
