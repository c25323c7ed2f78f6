"""Times of Python as the contract's: µs since the epoch, UTC (T-1)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from omega.contract.times import EPOCH, MICROSECOND

_FINE_FRACTION: Final = re.compile(r"[.,]\d{6}(\d+)")


def microseconds(moment: datetime) -> int:
    """Convert an aware time to µs since the epoch, exactly."""
    return (moment - EPOCH) // MICROSECOND


def is_too_fine(text: str) -> bool:
    """Whether the text of a time has decimals beyond the sixth that are not zeros: Python would cut them off (T-1)."""
    fraction = _FINE_FRACTION.search(text)
    return fraction is not None and bool(fraction.group(1).strip("0"))


def minute_text(time: int) -> str:
    """Write µs since the epoch as a person reads it, ``2020-01-06 00:00``, without asking for a zone."""
    return (EPOCH + time * MICROSECOND).replace(tzinfo=None).isoformat(" ", "minutes")
