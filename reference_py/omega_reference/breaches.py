"""Errors that say where: the column, row and value of a breach, and which of several comes first (Q-T2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.contract.ranges import Range

TIME_MIN_US: Final = -62_135_596_800_000_000
TIME_MAX_US: Final = 253_402_300_799_999_999
"""First and last µs of the years 1 … 9999 (Q-T1)."""

_NOT_A_TIME: Final = "a time is in the years 1 … 9999, in µs since 1970 (are these nanoseconds?)"


class Fault(NamedTuple):
    """What is wrong in one row of a column."""

    row: int
    code: ErrorCode
    message: str


def breach(
    code: ErrorCode,
    rule: str,
    column: str,
    message: str,
    row: int | None = None,
    value: ContextValue = None,
) -> OmegaError:
    """Build the error of one breach; the message gains where it is."""
    where = f"{column}[{row}]" if row is not None else column
    return omega_error(code, f"{where}: {message}", rule=rule, column=column, row=row, value=value)


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
    fault = finite_fault(row, value)
    return None if fault is None else breach(fault.code, rule, column, fault.message, row, value)


def finite_fault(row: int, value: float) -> Fault | None:
    """Return what is wrong with a value that is NaN or infinite."""
    if value != value:
        return Fault(row, ErrorCode.NAN_VALUE, "must be a number")
    if value - value != 0.0:
        return Fault(row, ErrorCode.INFINITE_VALUE, "must be finite")
    return None


def calendar_faults(times: Sequence[int]) -> Iterator[Fault]:
    """Yield what is wrong with times that are not in the years 1 … 9999 (Q-T1)."""
    for row, time in enumerate(times):
        if not TIME_MIN_US <= time <= TIME_MAX_US:
            yield Fault(row, ErrorCode.OUT_OF_BOUNDS, _NOT_A_TIME)


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
    return breach(ErrorCode.OUT_OF_BOUNDS, rule, column, _NOT_A_TIME, row, time)
