"""Bars of a finer timeframe under those of a run: which belong to which bar, and whether they make it (E-22)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import PRICE_COLUMNS
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.steps import TIMEFRAMES_US, longest_step
from omega_reference.breaches import breach

_PREFIX: Final = "detail."
"""Of the columns that errors name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Detail bars, and where those of each bar of a run begin."""

    bars: BarColumns
    timeframe: int
    """Length of a detail bar, µs."""
    starts: list[int]
    """Row of the first one of each bar, and at the end that after the last one's; 0 before the run."""


def check_detail_timeframe(timeframe: int, detail_timeframe: int) -> None:
    """Refuse detail bars that are no finer than the bars (Q-E22c).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT.
    """
    if detail_timeframe not in TIMEFRAMES_US or detail_timeframe >= timeframe:
        message = "detail bars have a timeframe of T-4 that is shorter than that of the bars"
        raise breach(ErrorCode.INVALID_ARGUMENT, "E-22", "detail", message, value=detail_timeframe)


def of_detail(error: OmegaError) -> OmegaError:
    """Return a refusal of detail bars that says which of a run's bars it is about."""
    return omega_error(
        error.code,
        _PREFIX + error.message,
        rule=error.rule,
        column=None if error.column is None else _PREFIX + error.column,
        row=error.row,
        value=error.value,
    )


def match_detail(bars: BarColumns, first: int, timeframe: int, detail: BarColumns, detail_timeframe: int) -> Detail:
    """Find the detail bars of each bar from row ``first`` on, and hold them to it (Q-E22c).

    Raises
    ------
    OmegaError
        CONSTRAINT_VIOLATION for a detail bar beyond its bar, and where they make another bar than theirs; EMPTY_INPUT
        where no bar has any.
    """
    starts = [0] * first
    place = bisect_left(detail.timestamp, bars.timestamp[first])
    for row in range(first, len(bars)):
        starts.append(place)
        place = match_bar(bars, row, timeframe, detail, detail_timeframe, place)
    starts.append(place)
    if place == starts[first]:
        message = "no bar of the run has a detail bar: are they of another time?"
        raise breach(ErrorCode.EMPTY_INPUT, "E-22", "detail", message)
    return Detail(bars=detail, timeframe=detail_timeframe, starts=starts)


def match_bar(bars: BarColumns, row: int, timeframe: int, detail: BarColumns, detail_timeframe: int, start: int) -> int:
    """Hold the detail bars of one bar, which begin at row ``start``, to it; return the row after its last one."""
    is_last = row + 1 == len(bars)
    end = bars.timestamp[row] + (timeframe if is_last else longest_step(timeframe))
    following = end if is_last else bars.timestamp[row + 1]
    if following < end:
        end = following
    place = start
    while place < len(detail) and detail.timestamp[place] < following:
        if detail.timestamp[place] + detail_timeframe > end:
            raise _beyond(place, detail.timestamp[place], row)
        place += 1
    if place > start:
        check_made(bars, row, detail, start, place)
    return place


def check_made(bars: BarColumns, row: int, detail: BarColumns, start: int, end: int) -> None:
    """Refuse detail bars that do not make their bar (Q-E22c)."""
    for column in PRICE_COLUMNS:
        prices: list[float] = getattr(detail, column)
        made = prices[start]
        for place in range(start + 1, end):
            price = prices[place]
            is_taken = column.endswith("_close") or (column.endswith("_high") and price > made)
            if is_taken or (column.endswith("_low") and price < made):
                made = price
        wanted: float = getattr(bars, column)[row]
        if made != wanted:
            message = f"the detail bars of bar {row} make {made!r}, but its {column} is {wanted!r}"
            code = ErrorCode.CONSTRAINT_VIOLATION
            raise breach(code, "E-22", _PREFIX + column, message, start, made)


def _beyond(place: int, time: int, row: int) -> OmegaError:
    message = f"lies beyond the end of bar {row}, the last one that is not later"
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "E-22", _PREFIX + "timestamp", message, place, time)
