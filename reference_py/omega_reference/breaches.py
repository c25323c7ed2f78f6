"""Errors that say where: the column, row and value of a breach, and which of several comes first (Q-T2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.contract.ranges import Range

TIME_MIN_US: Final = -62_135_596_800_000_000
TIME_MAX_US: Final = 253_402_300_799_999_999
"""First and last µs of the years 1 … 9999 (Q-T1)."""


def breach(
    code: ErrorCode,
    rule: str,
    column: str,
    message: str,
    row: int | None = None,
    value: ContextValue = None,
) -> OmegaError:
    """Build the error of one breach; the message gains where it is and what was found."""
    where = f"{column}[{row}]" if row is not None else column
    found = f", got {value!r}" if value is not None else ""
    return omega_error(code, f"{where}: {message}{found}", rule=rule, column=column, row=row, value=value)


def refuse_first(
    columns: Sequence[str], known: Sequence[OmegaError], found: Callable[[str], OmegaError | None]
) -> None:
    """Refuse the first breach in (column order, row) of those known and those ``found`` by column.

    Raises
    ------
    OmegaError
        That breach; at one row the known goes first.
    """
    for column in columns:
        first: OmegaError | None = None
        for fault in known:
            if fault.column == column:
                first = earlier(first, fault)
        first = earlier(first, found(column))
        if first is not None:
            raise first


def earlier(first: OmegaError | None, second: OmegaError | None) -> OmegaError | None:
    """Return of two breaches of one column the one in the earlier row, the first where both are in one."""
    if first is None or second is None:
        return second if first is None else first
    return second if _row_of(second) < _row_of(first) else first


def _row_of(fault: OmegaError) -> int:
    assert fault.row is not None, "a breach of a value has a row"
    return fault.row


def not_finite(rule: str, column: str, row: int, value: float) -> OmegaError | None:
    """Return the refusal of a value that is NaN or infinite."""
    if value != value:
        return breach(ErrorCode.NAN_VALUE, rule, column, "must be a number", row, value)
    if value - value != 0.0:
        return breach(ErrorCode.INFINITE_VALUE, rule, column, "must be finite", row, value)
    return None


def out_of_range(rule: str, column: str, row: int, value: float, span: Range) -> OmegaError:
    """Return the refusal of a number that is not in its range (T-10)."""
    return breach(ErrorCode.CONSTRAINT_VIOLATION, rule, column, f"must be in {span}", row, value)


def calendar_breach(rule: str, column: str, times: Sequence[int | None], is_optional: bool) -> OmegaError | None:
    """Return the first time that is not in the years 1 … 9999 (Q-T1); None is no breach where it ``is_optional``."""
    for row, time in enumerate(times):
        if time is None:
            assert is_optional, "a null was found at the boundary"
        elif not TIME_MIN_US <= time <= TIME_MAX_US:
            return beyond_calendar(rule, column, row, time)
    return None


def beyond_calendar(rule: str, column: str, row: int, time: int) -> OmegaError:
    """Return the refusal of a time that is not in the years 1 … 9999 (Q-T1)."""
    message = "a time is in the years 1 … 9999, in µs since 1970 (are these nanoseconds?)"
    return breach(ErrorCode.OUT_OF_BOUNDS, rule, column, message, row, time)
