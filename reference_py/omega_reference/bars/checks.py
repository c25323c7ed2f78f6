"""Checks of bars at the boundary (T-2, T-4): refused with a coded error, never repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.ranges import PRICE
from omega.contract.schemas import BARS
from omega_reference.bars.columns import BarColumns, highs, lows
from omega_reference.bars.steps import TIMEFRAMES_US, is_step, step_breach
from omega_reference.breaches import (
    TIME_MAX_US,
    TIME_MIN_US,
    Fault,
    breach,
    calendar_breach,
    earlier,
    finite_fault,
    refuse_first,
)

_INFINITY: Final = float("inf")
_DUPLICATE: Final = "a duplicate of the time before: keep one row of each time"


def check_bars(bars: BarColumns, timeframe: int, faults: Sequence[OmegaError]) -> None:
    """Refuse the first breach of T-2 and T-4 in (column order, row) (Q-T2).

    Parameters
    ----------
    bars : BarColumns
    timeframe : int
        Length of a bar, µs.
    faults : sequence of OmegaError
        What only the boundary can see: nulls (1002), each with column and row; the value under a null price must be
        NaN.

    Raises
    ------
    OmegaError
        As :func:`check_timeframe` and :func:`check_lengths`; EMPTY_INPUT, NULL_VALUE, OUT_OF_BOUNDS, NAN_VALUE,
        INFINITE_VALUE, CONSTRAINT_VIOLATION.
    """
    check_timeframe(timeframe)
    check_lengths(bars)
    if len(bars) == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "T-2", "timestamp", "there is no bar")
    if not faults and _is_sound(bars, timeframe):
        return

    def found(column: str) -> OmegaError | None:
        is_time = column == "timestamp"
        return _bar_time_breach(bars.timestamp, timeframe) if is_time else _value_breach(bars, column)

    refuse_first(BARS.names, faults, found)


def check_timeframe(timeframe: int) -> None:
    """Refuse a length of a bar that is not one of T-4, before any table is looked at (Q-T4b).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT.
    """
    if timeframe not in TIMEFRAMES_US:
        message = "a timeframe is one of M1 M5 M15 M30 H1 H4 D1, in µs"
        raise breach(ErrorCode.INVALID_ARGUMENT, "T-4", "timeframe", message, value=timeframe)


def check_lengths(bars: BarColumns) -> None:
    """Refuse a column that is not as long as the times.

    Raises
    ------
    OmegaError
        SIZE_MISMATCH.
    """
    expected = len(bars.timestamp)
    for name in BARS.names:
        rows = len(getattr(bars, name))
        if rows != expected:
            message = f"{rows} rows, timestamp has {expected}"
            raise breach(ErrorCode.SIZE_MISMATCH, "T-2", name, message)


def _is_sound(bars: BarColumns, timeframe: int) -> bool:
    """Whether no row breaks T-2 and T-4: the whole answer in the usual case."""
    return (
        _are_times_sound(bars.timestamp, timeframe)
        and _is_side_sound(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close)
        and _is_side_sound(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close)
        and _is_volume_sound(bars.volume)
    )


def _are_times_sound(timestamp: list[int], timeframe: int) -> bool:
    """Whether times are of the calendar and each step is right."""
    # Times increase, so the first and the last speak for all.
    if not (timestamp[0] >= TIME_MIN_US and timestamp[-1] <= TIME_MAX_US):
        return False
    before = timestamp[0] - timeframe
    for time in timestamp:
        if not (before < time and (time - before == timeframe or is_step(before, time, timeframe))):
            return False
        before = time
    return True


def _is_side_sound(opens: list[float], highs: list[float], lows: list[float], closes: list[float]) -> bool:
    """Whether low ≤ open, close ≤ high in every row, all in PRICE; a NaN is on no side of anything."""
    least, most = PRICE
    for row_open, high, low, close in zip(opens, highs, lows, closes, strict=True):
        if not (least <= low <= row_open <= high <= most and low <= close <= high):
            return False
    return True


def _is_volume_sound(volume: list[float]) -> bool:
    """Whether 0 ≤ volume < ∞ in every row."""
    return all(0.0 <= value < _INFINITY for value in volume)


def _bar_time_breach(timestamp: list[int], timeframe: int) -> OmegaError | None:
    """Return the first time beyond the calendar, not after the one before, or the first uneven step of too many."""
    order = earlier(time_breach("T-2", "timestamp", timestamp), step_breach(timestamp, timeframe))
    return earlier(calendar_breach("T-2", "timestamp", timestamp, is_optional=False), order)


def time_breach(rule: str, column: str, times: list[int]) -> OmegaError | None:
    """Return the first time that is not after the one before."""
    fault = next(time_faults(times), None)
    return None if fault is None else breach(fault.code, rule, column, fault.message, fault.row, times[fault.row])


def time_faults(times: list[int]) -> Iterator[Fault]:
    """Yield what is wrong with times that are not after the one before."""
    for row in range(1, len(times)):
        if times[row] <= times[row - 1]:
            is_duplicate = times[row] == times[row - 1]
            message = _DUPLICATE if is_duplicate else "times must increase strictly: sort the rows by time"
            yield Fault(row, ErrorCode.CONSTRAINT_VIOLATION, message)


def _value_breach(bars: BarColumns, column: str) -> OmegaError | None:
    """Return the first breach of a price column or of the volume."""
    fault = next(value_faults(bars, column), None)
    if fault is None:
        return None
    return breach(fault.code, "T-2", column, fault.message, fault.row, getattr(bars, column)[fault.row])


def value_faults(bars: BarColumns, column: str) -> Iterator[Fault]:
    """Yield what is wrong in a price column or in the volume, row by row."""
    if column == "volume":
        return _volume_faults(bars.volume)
    side = column[:3]
    return _price_faults(column, getattr(bars, column), highs(bars, side), lows(bars, side))


def _price_faults(column: str, prices: list[float], highs: list[float], lows: list[float]) -> Iterator[Fault]:
    """Yield the prices that are no number in PRICE between low and high."""
    is_ranged = column.endswith(("_open", "_close"))
    for row, price in enumerate(prices):
        found = finite_fault(row, price)
        if found is not None:
            yield found
        # A bound that is NaN is a breach of its own column, reported in that column's turn.
        elif price <= 0.0:
            yield Fault(row, ErrorCode.CONSTRAINT_VIOLATION, "a price must be greater than 0")
        elif not PRICE.least <= price <= PRICE.most:
            yield Fault(row, ErrorCode.CONSTRAINT_VIOLATION, f"a price must be in {PRICE}")
        elif is_ranged and (price < lows[row] or price > highs[row]):
            yield Fault(row, ErrorCode.CONSTRAINT_VIOLATION, "must lie within low … high")


def _volume_faults(volume: list[float]) -> Iterator[Fault]:
    """Yield the volumes that are no number of at least 0."""
    for row, value in enumerate(volume):
        found = finite_fault(row, value)
        if found is not None:
            yield found
        elif value < 0.0:
            yield Fault(row, ErrorCode.CONSTRAINT_VIOLATION, "a volume must not be negative")
