"""Checks of signals at the boundary (T-6, Q-T6): any breach refuses the whole table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.ranges import FACTOR, FRACTION, PRICE, SIZE, Range
from omega_reference.breaches import breach, calendar_breach, earlier, not_finite, out_of_range, refuse_first
from omega_reference.signals.columns import Signals

_COLUMNS: Final = tuple(field.name for field in fields(Signals))
"""Columns with values to check, in the order of the schema."""


def check_signals(signals: Signals, faults: Sequence[OmegaError]) -> None:
    """Refuse the first breach of T-6 in (column order, row).

    Parameters
    ----------
    signals : Signals
    faults : sequence of OmegaError
        What only the boundary can see: nulls (1002), closed sets (1001) and NaN (2004), each with column and row; the
        first of each column suffices.

    Raises
    ------
    OmegaError
        The faults; INFINITE_VALUE; CONSTRAINT_VIOLATION for a negative distance, a number beyond its range (T-10) or
        a time before the last one; OUT_OF_BOUNDS for a time beyond the calendar.
    """
    refuse_first(_COLUMNS, faults, lambda column: _column_breach(signals, column))


def _column_breach(signals: Signals, column: str) -> OmegaError | None:
    """Return the first breach of one column that needs no look at the table it came from."""
    match column:
        case "timestamp":
            return earlier(
                calendar_breach("T-6", column, signals.timestamp, is_optional=False),
                _order_breach(column, signals.timestamp),
            )
        case "price" | "stop_loss" | "take_profit":
            return _number_breach(column, getattr(signals, column), PRICE, is_distance=False)
        case "size":
            return _number_breach(column, signals.size, SIZE, is_distance=False)
        case "expires_at":
            return calendar_breach("T-6", column, signals.expires_at, is_optional=True)
        case "trailing_distance" | "trailing_step" | "break_even_at_r" | "break_even_offset":
            return _number_breach(column, getattr(signals, column), FACTOR, is_distance=True)
        case "max_holding":
            return _duration_breach(column, signals.max_holding)
        case "fraction":
            return _fraction_breach(column, signals.fraction)
        case _:
            return None


def _order_breach(column: str, times: list[int]) -> OmegaError | None:
    """Return the first time that is before that of the row before."""
    for row in range(1, len(times)):
        if times[row] < times[row - 1]:
            message = "signals must be sorted by time"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-6", column, message, row, times[row])
    return None


def _number_breach(column: str, values: list[float | None], span: Range, is_distance: bool) -> OmegaError | None:
    """Return the first number that is infinite, negative where it ``is_distance``, or beyond its range.

    A level or size of 0 or below is no breach: it is a rejected event (``not_positive``).
    """
    for row, value in enumerate(values):
        if value is None:
            continue
        found = not_finite("T-6", column, row, value)
        if found is not None:
            return found
        if is_distance and value < 0.0:
            return negative("T-6", column, row, value)
        if value > span.most or 0.0 < value < span.least:
            return out_of_range("T-6", column, row, value, span)
    return None


def _duration_breach(column: str, durations: list[int | None]) -> OmegaError | None:
    """Return the first duration below 0."""
    for row, duration in enumerate(durations):
        if duration is not None and duration < 0:
            return negative("T-6", column, row, duration)
    return None


def _fraction_breach(column: str, fractions: list[float | None]) -> OmegaError | None:
    """Return the first part that is no number, none of a position, or more than all of it."""
    for row, fraction in enumerate(fractions):
        if fraction is None:
            continue
        found = not_finite("T-6", column, row, fraction)
        if found is not None:
            return found
        if not FRACTION.least <= fraction <= FRACTION.most:
            return out_of_range("T-6", column, row, fraction, FRACTION)
    return None


def negative(rule: str, column: str, row: int, value: float) -> OmegaError:
    """Return the refusal of a distance or a duration below 0 (Q-T6)."""
    return breach(ErrorCode.CONSTRAINT_VIOLATION, rule, column, "must not be negative", row, value)
