"""Times of Python as the contract's: µs since the epoch, UTC (T-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Convert an aware time to µs since the epoch, exactly."""
    return (moment - _EPOCH) // MICROSECOND
