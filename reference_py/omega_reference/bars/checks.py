"""Checks of bars at the boundary (T-2, T-4): refused with a coded error, never repaired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.ranges import PRICE
from omega.contract.schemas import BARS
from omega_reference.bars.columns import BarColumns, highs, lows
from omega_reference.breaches import (
    TIME_MAX_US,
    TIME_MIN_US,
    breach,
    calendar_breach,
    earlier,
    not_finite,
    refuse_first,
)
from omega_reference.numbers import remainder

_MINUTE_US: Final = 60_000_000
TIMEFRAMES_US: Final = tuple(minutes * _MINUTE_US for minutes in (1, 5, 15, 30, 60, 240, 1440))
"""M1 M5 M15 M30 H1 H4 D1 (T-4)."""

_INFINITY: Final = float("inf")


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
    for name in BARS.names:
        rows = len(getattr(bars, name))
        if rows != len(bars):
            message = f"{rows} rows, timestamp has {len(bars)}"
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
    """Whether times are of the calendar and each step is a whole number of bars."""
    # Times increase, so the first and the last speak for all.
    if not (timestamp[0] >= TIME_MIN_US and timestamp[-1] <= TIME_MAX_US):
        return False
    before = timestamp[0] - timeframe
    for time in timestamp:
        if not (before < time and (time - before == timeframe or _is_step(before, time, timeframe))):
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


def _is_step(before: int, after: int, timeframe: int) -> bool:
    """Whether the way from ``before`` to a later ``after`` is a whole number of bars (Q-T4)."""
    return remainder(after - before, timeframe) == 0


def _bar_time_breach(timestamp: list[int], timeframe: int) -> OmegaError | None:
    """Return the first time beyond the calendar, not after the one before, or not a whole number of bars after it."""
    order = earlier(time_breach("T-2", "timestamp", timestamp), _step_breach(timestamp, timeframe))
    return earlier(calendar_breach("T-2", "timestamp", timestamp, is_optional=False), order)


def time_breach(rule: str, column: str, times: list[int]) -> OmegaError | None:
    """Return the first time that is not after the one before."""
    for row in range(1, len(times)):
        if times[row] <= times[row - 1]:
            is_duplicate = times[row] == times[row - 1]
            message = "a duplicate of the time before" if is_duplicate else "times must increase strictly"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, rule, column, message, row, times[row])
    return None


def _step_breach(timestamp: list[int], timeframe: int) -> OmegaError | None:
    """Return the first time that is later than the one before, but not by a whole number of bars (Q-T4)."""
    for row in range(1, len(timestamp)):
        before, after = timestamp[row - 1], timestamp[row]
        if after > before and not _is_step(before, after, timeframe):
            message = f"the step to this time is no multiple of the timeframe ({timeframe} µs)"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp", message, row, after)
    return None


def _value_breach(bars: BarColumns, column: str) -> OmegaError | None:
    """Return the first breach of a price column or of the volume."""
    if column == "volume":
        return _volume_breach(column, bars.volume)
    side = column[:3]
    return _price_breach(column, getattr(bars, column), highs(bars, side), lows(bars, side))


def _price_breach(column: str, prices: list[float], highs: list[float], lows: list[float]) -> OmegaError | None:
    """Return the first price that is no number in PRICE between low and high."""
    is_ranged = column.endswith(("_open", "_close"))
    for row, price in enumerate(prices):
        found = not_finite("T-2", column, row, price)
        if found is not None:
            return found
        # A bound that is NaN is a breach of its own column, reported in that column's turn.
        if price <= 0.0:
            message = "a price must be greater than 0"
        elif not PRICE.least <= price <= PRICE.most:
            message = f"a price must be in {PRICE}"
        elif is_ranged and (price < lows[row] or price > highs[row]):
            message = "must lie within low … high"
        else:
            continue
        return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", column, message, row, price)
    return None


def _volume_breach(column: str, volume: list[float]) -> OmegaError | None:
    """Return the first volume that is no number of at least 0."""
    for row, value in enumerate(volume):
        found = not_finite("T-2", column, row, value)
        if found is not None:
            return found
        if value < 0.0:
            message = "a volume must not be negative"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", column, message, row, value)
    return None
