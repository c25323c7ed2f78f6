"""Bars on a broker's clock: days that end at 17:00 New York or midnight somewhere, with stubs, strays and weekends.

A day of such a clock is an hour shorter or longer where the clock changes, which bars stepped by a fixed length never
show (T-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from omega.contract.schemas import BARS
from omega.contract.types import Timeframe
from omega_parity.generate.blocks import Decisions
from omega_parity.generate.columns import times_of

CLOCK_BYTES: Final = 32
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = 60_000_000
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A broker's clock: the day begins ``ahead`` before midnight of ``zone``."""

    zone: str
    ahead: timedelta = timedelta()


NEW_YORK_CLOSE: Final = Clock(zone="America/New_York", ahead=timedelta(hours=7))
CLOCKS: Final = (
    NEW_YORK_CLOSE,
    Clock(zone="UTC"),
    Clock(zone="Europe/London"),
    Clock(zone="Europe/Helsinki"),
    Clock(zone="America/New_York"),
)


def clock_times(clock: Clock, timeframe: int, first_day: datetime, count: int) -> list[int]:
    """Return the open times (µs, UTC) of ``count`` bars from the broker's day ``first_day`` on, without weekends.

    ``wall`` is the broker's own clock, whatever zone its type names.
    """
    zone, step = ZoneInfo(clock.zone), timedelta(microseconds=timeframe)
    times: list[int] = []
    wall = first_day
    while len(times) < count:
        if wall.weekday() < _SATURDAY:
            time = ((wall - clock.ahead).replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
            # An hour that the clock repeats or leaps over gives no two bars of one time.
            if not times or time > times[-1]:
                times.append(time)
        wall += step
    return times


def broker_bars(bars: pa.Table, block: bytes) -> tuple[pa.Table, int]:
    """Return ``bars`` at the times of a broker's clock, some with stray times or nulls, and their timeframe in µs."""
    decisions = Decisions(block)
    clock = decisions.evenly(*CLOCKS)
    timeframe = int(decisions.evenly(Timeframe.D1, Timeframe.H4, Timeframe.H1, Timeframe.M5, Timeframe.D1))
    # Around both changes of the clock, in America and in Europe.
    month, day = decisions.evenly((2, 19), (3, 5), (10, 20), (6, 3))
    first = datetime(2018 + decisions.byte() % 9, month, day, tzinfo=UTC) + timedelta(days=decisions.byte() % 14)
    times = clock_times(clock, timeframe, first, bars.num_rows)
    for _ in range(decisions.choose((96, 0), (64, 1), (48, 2), (32, 5), (16, 9))):
        row = decisions.byte() * len(times) >> 8
        times[row] += decisions.evenly(_MINUTE, 60 * _MINUTE, 30 * _MINUTE, -60 * _MINUTE, 7, 120 * _MINUTE)
    stretch = decisions.choose((208, 1), (24, 2), (24, 3))
    times = [times[0] + stretch * (time - times[0]) for time in times]
    cells: list[int | None] = [*times]
    if decisions.choose((224, False), (32, True)):
        cells[decisions.byte() * len(times) >> 8] = None
    return bars.set_column(0, pa.field("timestamp", BARS.field(0).type), pa.array(cells, BARS.field(0).type)), timeframe


def broker_file(bars: pa.Table, clock: Clock, timeframe: int) -> pa.Table:
    """Return shorter bars put together to those of a broker: each stamped with the time its bar opens on the clock."""
    times = times_of(bars)
    openings = [opening(clock, timeframe, time) for time in times]
    firsts = [row for row, time in enumerate(openings) if row == 0 or time != openings[row - 1]]
    columns: dict[str, list[float]] = {name: [] for name in BARS.names[1:]}
    values: dict[str, list[Any]] = {name: bars.column(name).to_pylist() for name in columns}
    for first, end in zip(firsts, [*firsts[1:], len(times)], strict=True):
        for name, cells in columns.items():
            part = values[name][first:end]
            kind = name.rpartition("_")[2]
            cells.append({"open": part[0], "high": max(part), "low": min(part), "close": part[-1]}.get(kind, len(part)))
    return pa.table({"timestamp": [openings[row] for row in firsts], **columns}, schema=BARS)


def opening(clock: Clock, timeframe: int, time: int) -> int:
    """Return when the bar of a clock opened that holds ``time`` (µs, UTC)."""
    zone = ZoneInfo(clock.zone)
    wall = (_EPOCH + time * _MICROSECOND).astimezone(zone).replace(tzinfo=UTC) + clock.ahead
    since_midnight = (wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)) // _MICROSECOND
    start = wall - (since_midnight % timeframe) * _MICROSECOND - clock.ahead
    return (start.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
