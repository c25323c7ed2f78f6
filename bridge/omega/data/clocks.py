"""The day clocks that bars of H4 and D1 follow: where a broker's day begins."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from omega.contract.times import EPOCH, MICROSECOND
from omega.contract.types import Timeframe
from omega.data.bars import Bars

_HOUR_US: Final = 3_600_000_000

CLOCKS: Final = (
    ("UTC", "UTC", 0),
    ("17:00 New York", "America/New_York", 17),
    ("00:00 New York", "America/New_York", 0),
    ("00:00 London", "Europe/London", 0),
    ("00:00 Frankfurt", "Europe/Berlin", 0),
    ("00:00 Helsinki", "Europe/Helsinki", 0),
    ("00:00 Moscow", "Europe/Moscow", 0),
    ("00:00 Tokyo", "Asia/Tokyo", 0),
    ("00:00 Sydney", "Australia/Sydney", 0),
)
"""Where brokers let their day begin: its name, the zone, and the hour on its clock."""


def day_clocks(bars: Bars) -> tuple[str, ...] | None:
    """Name every day clock on which all bars open at a multiple of the timeframe.

    Bars after an uneven step, stubs and strays, are not asked.

    Returns
    -------
    tuple of str or None
        None for timeframes below H4, whose bars follow no day.
    """
    if bars.timeframe < Timeframe.H4:
        return None
    times = _regular(bars)
    return tuple(name for name, zone, hour in CLOCKS if _fits(times, bars.timeframe, zone, hour))


def _regular(bars: Bars) -> list[int]:
    """Return the times of the bars that are a right step after the one before (Q-T4)."""
    steps = np.diff(bars.times)
    rest = steps % bars.timeframe
    is_even = (rest == 0) | (rest == bars.timeframe - _HOUR_US) | ((rest == _HOUR_US) & (steps > bars.timeframe))
    return [int(time) for time in bars.times[1:][is_even]] or [int(bars.times[0])]


def _fits(times: list[int], timeframe: int, zone: str, hour: int) -> bool:
    try:
        clock = ZoneInfo(zone)
        walls = ((EPOCH + time * MICROSECOND).astimezone(clock) for time in times)
        return all((_since_midnight(wall) - hour * _HOUR_US) % timeframe == 0 for wall in walls)
    except (ZoneInfoNotFoundError, OverflowError):
        return False


def _since_midnight(wall: datetime) -> int:
    return (wall.hour * 3600 + wall.minute * 60 + wall.second) * 1_000_000 + wall.microsecond
