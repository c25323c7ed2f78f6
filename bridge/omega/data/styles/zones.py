"""Clocks by name (Q-T11b): wall times to UTC over a whole column, and the instants at which a day begins (T-13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.times import EPOCH, MICROSECOND

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SECOND_US: Final = 1_000_000
HOUR_US: Final = 3_600 * SECOND_US
DAY_US: Final = 24 * HOUR_US

CHOICES: Final = "'UTC', 'UTC+2', 'EST', 'Europe/Athens', 'New York + 7 hours' (most MetaTrader servers)"
"""What a refusal offers where a zone is needed."""

_AHEAD: Final = re.compile(r"(.+?)\s*([+-])\s*(\d{1,2})\s*(?:h|hours?)", re.IGNORECASE)
_FIXED: Final = re.compile(r"(?:UTC|GMT)(?:\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?)?|Z", re.IGNORECASE)
_SHORT: Final = {
    "EST": "Etc/GMT+5",
    "NEW YORK": "America/New_York",
    "LONDON": "Europe/London",
    "ATHENS": "Europe/Athens",
}
_FIRST_US: Final = -62_135_596_800_000_000
_LAST_US: Final = 253_402_300_799_999_999
_MARGIN_US: Final = 3 * DAY_US


@dataclass(frozen=True, slots=True)
class Zone:
    """A clock: a zone's own, or one that is a number of hours ahead of it.

    Attributes
    ----------
    name : str
        As a person reads it, ``New York + 7 hours``.
    base : datetime.tzinfo
    ahead_us : int
        How far the wall clock is ahead of that of ``base``.
    """

    name: str
    base: tzinfo
    ahead_us: int = 0


@dataclass(frozen=True, slots=True)
class Instants:
    """Wall times as µs since the epoch, UTC.

    Attributes
    ----------
    first, last : int64 arrays
        Both readings of each wall time; equal but where the clock showed it twice.
    skipped : bool array
        Wall times that the clock never showed.
    """

    first: Times
    last: Times
    skipped: Mask

    @property
    def twice(self) -> Mask:
        """Wall times that the clock showed twice."""
        found: Mask = (self.first != self.last) & ~self.skipped
        return found


def find_clock(name: str) -> Zone:
    """Find a clock by its name.

    Raises
    ------
    OmegaError
        1001 for a name that is none.
    """
    text = " ".join(name.split())
    fixed = _FIXED.fullmatch(text)
    if fixed is not None:
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        if offset < timedelta(hours=24):
            return Zone(text.upper().replace(" ", ""), timezone(-offset if sign == "-" else offset))
    ahead = _AHEAD.fullmatch(text)
    if ahead is not None and int(ahead[3]) <= 24:
        base = find_clock(ahead[1])
        hours_ahead = int(ahead[2] + ahead[3])
        label = f"{ahead[1]} {ahead[2]} {int(ahead[3])} hours"
        return Zone(label, base.base, base.ahead_us + hours_ahead * HOUR_US)
    try:
        return Zone(text, ZoneInfo(_SHORT.get(text.upper(), text)))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name that is a path, or a folder of zones
        raise _no_clock(name) from None


def _no_clock(name: str) -> OmegaError:
    message = f"{name!r} is no clock known here; choose one, as {CHOICES}, and see `omega doctor`"
    return omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column="zone", value=name)


def to_utc(walls: Times, zone: Zone) -> Instants:
    """Read wall times, µs since the epoch as if they were UTC, on a clock."""
    local = walls - zone.ahead_us
    if not len(local):
        return Instants(local, local, np.zeros(0, dtype=np.bool_))
    changes, offsets = _offsets(int(local.min()) - _MARGIN_US, int(local.max()) + _MARGIN_US, zone.base)
    before, after = offsets[:-1], offsets[1:]
    # Until `late` the old offset can be meant, from `early` on the new one.
    late, early = changes + np.maximum(before, after), changes + np.minimum(before, after)
    old = local - offsets[np.searchsorted(late, local, side="right")]
    new = local - offsets[np.searchsorted(early, local, side="right")]
    if not len(changes):
        return Instants(old, new, np.zeros(len(local), dtype=np.bool_))
    place = np.minimum(np.searchsorted(late, local, side="right"), len(changes) - 1)
    skipped = (old != new) & (after > before)[place]
    return Instants(np.minimum(old, new), np.maximum(old, new), skipped)


def day_starts(first: int, last: int, zone: Zone, wall_us: int) -> Times:
    """Return the instants, µs, at which days begin, from the one at or before ``first`` to one after ``last``.

    Where the clock leaves ``wall_us`` out, the day begins when the clock jumps; where it shows it twice, the first
    time.
    """
    low, high = first // DAY_US - 3, last // DAY_US + 3
    walls = np.arange(low, high + 1, dtype=np.int64) * DAY_US + wall_us
    read = to_utc(walls, zone)
    starts = read.first.copy()
    for row in np.flatnonzero(read.skipped):
        starts[row] = _jump_near(int(read.first[row]), int(read.last[row]), zone.base)
    return starts


def _jump_near(low: int, high: int, base: tzinfo) -> int:
    changes, _ = _offsets(low - HOUR_US, high + HOUR_US, base)
    return int(changes[0])


def _offsets(first: int, last: int, base: tzinfo) -> tuple[Times, Times]:
    """Return the changes of a zone's offset between two instants, and the offsets before, between and after them."""
    low, high = max(first, _FIRST_US + _MARGIN_US), min(last, _LAST_US - _MARGIN_US)
    points = [*range(low, max(low, high), DAY_US), max(low, high)]
    known = [_offset(point, base) for point in points]
    changes: list[int] = []
    offsets = [known[0]]
    for place in range(1, len(points)):
        if known[place] != known[place - 1]:
            changes.append(_change(points[place - 1], points[place], base))
            offsets.append(known[place])
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _change(low: int, high: int, base: tzinfo) -> int:
    """Find the instant, to the second, from which the offset is that of ``high``."""
    new = _offset(high, base)
    low, high = low // SECOND_US, -(-high // SECOND_US)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle * SECOND_US, base) == new else (middle, high)
    return high * SECOND_US


def _offset(instant: int, base: tzinfo) -> int:
    moment: datetime = EPOCH + instant * MICROSECOND
    offset = moment.astimezone(base).utcoffset()
    return 0 if offset is None else offset // MICROSECOND
