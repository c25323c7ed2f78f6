"""Checks of the columns of a batch (Q-B4, Q-B5)."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.errors import ErrorCode
from omega.contract.ranges import Range
from omega_reference.breaches import breach, not_finite, out_of_range


def check_length(rule: str, column: str, length: int, rows: int) -> None:
    """Refuse a column that is not as long as the first.

    Raises
    ------
    OmegaError
        SIZE_MISMATCH with its length.
    """
    if length != rows:
        message = f"the columns of a batch have one length, here {rows}"
        raise breach(ErrorCode.SIZE_MISMATCH, rule, column, message, value=length)


def check_numbers(rule: str, column: str, values: Sequence[float | None], span: Range) -> None:
    """Refuse the first value that is no number or beyond its range (T-10).

    Raises
    ------
    OmegaError
        NAN_VALUE, INFINITE_VALUE or CONSTRAINT_VIOLATION with its row.
    """
    for row, value in enumerate(values):
        if value is None:
            continue
        found = not_finite(rule, column, row, value)
        if found is not None:
            raise found
        if not span.least <= value <= span.most:
            raise out_of_range(rule, column, row, value, span)
