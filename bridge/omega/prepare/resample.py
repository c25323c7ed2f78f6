"""Longer bars from bars, and bars from ticks, on a day that begins where one wants it to (T-13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, TICKS, TIMESTAMP
from omega.contract.types import Timeframe
from omega.data.arrow import as_table, conform, types_of
from omega.data.bars import Bars, column_values
from omega.data.source import parse_timeframe
from omega.data.styles.zones import Zone, day_starts, find_clock
from omega.data.times import minute_text
from omega.prepare import columns
from omega.prepare.columns import Floats, Times
from omega.prepare.validity import Validity
from omega.reading import read_bars

DAY_START: Final = "00:00 UTC"

_DAY_START: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s+(.+)")

Fold = Callable[[Floats, Times], Floats]


@dataclass(frozen=True, slots=True)
class DayStart:
    """When a day begins: a time on the clock of a zone.

    Attributes
    ----------
    zone : Zone
    wall_us : int
        µs after midnight.
    """

    zone: Zone
    wall_us: int


def parse_day_start(text: str) -> DayStart:
    """Read ``17:00 America/New_York``.

    Raises
    ------
    OmegaError
        1001 for what is none.
    """
    found = _DAY_START.fullmatch(text.strip())
    if found is None:
        message = f"day_start must be a time and a zone, as '17:00 America/New_York', not {text!r}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-13", column="day_start", value=text)
    minutes = int(found[1]) * 60 + int(found[2])
    return DayStart(find_clock(found[3]), minutes * 60_000_000)


@guarded("source")
def resample(source: object, to: str, *, day_start: str = DAY_START, symbol: str | None = None) -> Bars:
    """Make longer bars from bars, or bars from ticks.

    Parameters
    ----------
    source : Bars, path or table
        Bars as :func:`omega.read_bars` takes them; or a table of ticks, ``timestamp, bid, ask``.
    to : str
        ``"M1"`` … ``"D1"``, longer than the bars' timeframe.
    day_start : str, default "00:00 UTC"
        Where the days begin that buckets are counted from: a time and a clock, ``"17:00 America/New_York"``.
    symbol : str, optional
        Of data that name none.

    Returns
    -------
    Bars
        Stamped by the begin of their buckets; buckets without rows are absent. The volume of ticks is their number.

    Raises
    ------
    OmegaError
        1001 for a timeframe that is not longer, or a day start that is none; 1006 for a bar that reaches over the end
        of its bucket; else as T-2 and T-3.
    """
    length = parse_timeframe(to)
    start = parse_day_start(day_start)
    ticks = _ticks_of(source)
    if ticks is not None:
        return _checked(ticks_to_bars(ticks, length, start), to, symbol)
    bars = source if isinstance(source, Bars) else read_bars(source, symbol=symbol)
    if length <= bars.timeframe:
        message = f"{to} is not longer than the bars' own timeframe, {bars.timeframe_name}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="Q-T13", column="to", value=to)
    return _checked(longer_bars(bars, length, start, day_start), to, bars.symbol)


def _ticks_of(source: object) -> pa.Table | None:
    if isinstance(source, Bars):
        return None
    from pathlib import Path

    from omega.prepare.streams import read_own

    table = read_own(Path(source)) if isinstance(source, str | Path) else as_table(source)
    if not set(TICKS.names) <= set(table.column_names):
        return None
    ticks = conform(table, types_of(TICKS)).select(TICKS.names)
    for name in TICKS.names:
        if ticks.schema.field(name).type != TICKS.field(name).type:
            message = f"column {name} must be {TICKS.field(name).type}, not {ticks.schema.field(name).type}"
            raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-3", column=name)
    Validity().check(ticks, "the ticks", np.arange(ticks.num_rows))
    return ticks.combine_chunks()


def _checked(table: pa.Table, to: str, symbol: str | None) -> Bars:
    # One or two bars have no step by which a timeframe could be found.
    return read_bars(table, timeframe=to, symbol=symbol)


def longer_bars(bars: Bars, length: int, start: DayStart, shown: str) -> pa.Table:
    """Put bars together into buckets of ``length`` µs (T-13)."""
    begins, ends = buckets(bars.times, length, start)
    over = bars.times + bars.timeframe > ends
    # The bar of the change of a clock is an hour longer or shorter than its timeframe (T-4).
    if bars.timeframe >= Timeframe.H4:
        following = np.append(bars.times[1:], bars.times[-1] + bars.timeframe)
        over &= np.minimum(following, bars.times + bars.timeframe) > ends
    if over.any():
        raise _reaches_over(bars, int(np.flatnonzero(over)[0]), shown)
    rows = _first_rows(begins)
    folds: dict[str, Fold] = {
        "open": _first,
        "high": np.maximum.reduceat,
        "low": np.minimum.reduceat,
        "close": _last,
    }
    made: dict[str, Any] = {"timestamp": pa.array(begins[rows]).cast(TIMESTAMP)}
    for name in BARS.names[1:-1]:
        made[name] = folds[name.rpartition("_")[2]](column_values(bars.table, name), rows)
    made["volume"] = _sums(column_values(bars.table, "volume"), rows)
    return pa.table(made, schema=BARS)


def ticks_to_bars(ticks: pa.Table, length: int, start: DayStart) -> pa.Table:
    """Put ticks together into bars of ``length`` µs (Q-T13)."""
    if not ticks.num_rows:
        raise omega_error(ErrorCode.EMPTY_INPUT, "there are no ticks", rule="T-3", column="timestamp")
    moments = columns.times(ticks)
    begins, _ = buckets(moments, length, start)
    rows = _first_rows(begins)
    made: dict[str, Any] = {"timestamp": pa.array(begins[rows]).cast(TIMESTAMP)}
    for side in ("bid", "ask"):
        values = columns.floats(ticks, side)
        made[f"{side}_open"] = _first(values, rows)
        made[f"{side}_high"] = np.maximum.reduceat(values, rows)
        made[f"{side}_low"] = np.minimum.reduceat(values, rows)
        made[f"{side}_close"] = _last(values, rows)
    made["volume"] = np.diff(np.append(rows, len(moments))).astype(np.float64)
    return pa.table(made, schema=BARS)


def buckets(moments: Times, length: int, start: DayStart) -> tuple[Times, Times]:
    """Return for each time the begin and the end of its bucket, µs; times rise."""
    days = day_starts(int(moments[0]), int(moments[-1]), start.zone, start.wall_us)
    place = np.searchsorted(days, moments, side="right") - 1
    if length == Timeframe.D1:
        return days[place], days[place + 1]
    begins = days[place] + (moments - days[place]) // length * length
    return begins, np.minimum(begins + length, days[place + 1])


def _first_rows(begins: Times) -> npt.NDArray[np.intp]:
    return np.concatenate(([0], np.flatnonzero(np.diff(begins)) + 1))


def _first(values: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    return values[rows]


def _last(values: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    found: Floats = values[np.append(rows[1:], len(values)) - 1]
    return found


def _sums(values: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    """Sum each bucket from left to right from 0.0; NumPy's own sums go in pairs, and have other bits."""
    counts = np.diff(np.append(rows, len(values)))
    sums = np.zeros(len(rows))
    for step in range(int(counts.max())):
        more = counts > step
        sums[more] += values[rows[more] + step]
    return sums


def _reaches_over(bars: Bars, row: int, shown: str) -> OmegaError:
    time = int(bars.times[row])
    message = (
        f"the {bars.timeframe_name} bar of {minute_text(time)} UTC reaches over the end of its bucket, where days "
        f"begin at {shown}; choose a day start that the bars follow (`omega data check FILE` names them)"
    )
    return omega_error(ErrorCode.CONSTRAINT_VIOLATION, message, rule="Q-T13", column="timestamp", row=row, value=time)
