"""Every breach of T-2 and T-4 and every finding, counted, with the first rows (Q-T2e)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import BarFinding
from omega.contract.schemas import BARS
from omega_reference.bars.checks import time_faults, value_faults
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.grid import off_grid_rows
from omega_reference.bars.quality import crossed_rows, gap_rows, spike_rows, weekend_rows, zero_spread_rows
from omega_reference.bars.steps import find_timeframe, step_breach, uneven_rows
from omega_reference.breaches import Fault, calendar_faults

_SHOWN_ROWS: Final = 5


def examine_bars(
    bars: BarColumns,
    timeframe: int | None,
    digits: int | None,
    nulls: Sequence[tuple[str, list[int]]],
    absent: Sequence[str],
) -> list[BarFinding]:
    """Return every breach, or the findings of bars that have none (Q-T2e).

    Parameters
    ----------
    bars : BarColumns
        All of one length; the value under a null price is NaN.
    timeframe : int or None
        Length of a bar, µs; None for the one that the bars have (Q-T4).
    digits : int or None
        Decimals of the prices; None where nobody knows them.
    nulls : sequence
        Columns with their rows without a value, of columns that have such rows.
    absent : sequence of str
        Columns that are not looked at; their prices are NaN.
    """
    found: list[BarFinding] = []
    if len(bars) == 0 and "timestamp" not in absent:
        found.append(BarFinding("T-2", int(ErrorCode.EMPTY_INPUT), "timestamp", "there is no bar", 1, ()))
    for column in BARS.names:
        if column not in absent:
            found.extend(_column_breaches(bars, column, timeframe, _rows_of(nulls, column)))
    if len(found) > 0 or len(absent) > 0:
        return found
    return list(_findings(bars, find_timeframe(bars.timestamp) if timeframe is None else timeframe, digits))


def _column_breaches(bars: BarColumns, column: str, timeframe: int | None, missing: list[int]) -> Iterator[BarFinding]:
    """Yield the breaches of one column, in the order of their first rows."""
    null = "must not be null"
    yield from count_faults("T-2", column, [Fault(row, ErrorCode.NULL_VALUE, null) for row in missing])
    without = dict.fromkeys(missing)
    if column != "timestamp":
        yield from count_faults("T-2", column, (one for one in value_faults(bars, column) if one.row not in without))
        return
    rows = [row for row in range(len(bars)) if row not in without]
    times = [bars.timestamp[row] for row in rows]
    for faults in (calendar_faults(times), time_faults(times)):
        yield from count_faults("T-2", column, (one._replace(row=rows[one.row]) for one in faults))
    error = _timeframe_breach(times, timeframe)
    if error is not None and len(times) > 0:
        row = () if error.row is None else (rows[error.row],)
        yield BarFinding("T-4", int(error.code), error.column or column, error.message, 1, row)


def _timeframe_breach(times: list[int], timeframe: int | None) -> OmegaError | None:
    """Return the refusal of the steps for a given timeframe, or of bars that have none."""
    if timeframe is not None:
        return step_breach(times, timeframe)
    try:
        find_timeframe(times)
    except OmegaError as error:
        return error
    return None


def _findings(bars: BarColumns, timeframe: int, digits: int | None) -> Iterator[BarFinding]:
    """Yield what is legal and doubtful (Q-T2b)."""
    for name, rows in (
        ("crossed_quotes", crossed_rows(bars)),
        ("zero_spread", zero_spread_rows(bars.bid_close, bars.ask_close)),
        ("gaps", gap_rows(bars.timestamp, timeframe)),
        ("spikes", spike_rows(bars.bid_high, bars.bid_low)),
        ("weekend_bars", weekend_rows(bars.timestamp)),
        ("uneven_steps", uneven_rows(bars.timestamp, timeframe)),
        ("off_grid", () if digits is None else off_grid_rows(bars, digits)),
    ):
        yield from count_faults("T-2", name, (Fault(row, ErrorCode.OK, name) for row in rows))


def count_faults(rule: str, column: str, faults: Iterable[Fault]) -> list[BarFinding]:
    """Count the faults of each code and message, and keep the first rows."""
    counts: dict[tuple[ErrorCode, str], tuple[int, tuple[int, ...]]] = {}
    for fault in faults:
        count, rows = counts.get((fault.code, fault.message), (0, ()))
        rows = (*rows, fault.row) if count < _SHOWN_ROWS else rows
        counts[fault.code, fault.message] = (count + 1, rows)
    return [
        BarFinding(rule, int(code), column, message, count, rows) for (code, message), (count, rows) in counts.items()
    ]


def _rows_of(nulls: Sequence[tuple[str, list[int]]], column: str) -> list[int]:
    """Return the rows of a column without a value."""
    for name, rows in nulls:
        if name == column:
            return rows
    return []
