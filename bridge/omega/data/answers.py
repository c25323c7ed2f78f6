"""What a step did, as one table: what became of the signals handed over, what closed and why (B-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.batches import LOTS, RESULTS, Layout
from omega.contract.schemas import EVENTS, SIGNALS
from omega.data.ipc import columns_of, in_layout, laid_out

_NO_EVENTS: Final = EVENTS.empty_table()
_NO_SIGNALS: Final = SIGNALS.empty_table()
_ENTRY: Final = "entry"
_HAND_OVERS: Final = pa.array(["accepted", "rejected"])
_SHARED: Final = ("symbol", "direction", "order_type", "price", "size", "stop_loss", "take_profit")
"""What a rejected row takes from its signal (Q-T8)."""
_OF_ALL: Final = ("before_start", "after_end", "unknown_symbol", "stopped_out")
"""Why a signal of any type is rejected at its hand-over."""
_NAMES: Final = {"kind": "event", "result": "profit"}
"""Columns of T-8 that the results call otherwise."""


def results_table(hand_over: pa.Table, signals: pa.Table, first_row: int, exits: pa.Table) -> pa.Table:
    """Return event rows as results.

    Parameters
    ----------
    hand_over : table
        Events (T-8) of the call that handed ``signals`` over.
    signals : table
    first_row : int
        Number of the first signal over all calls.
    exits : table
        Events that followed.
    """
    events = pa.concat_tables([hand_over, exits]) if exits.num_rows else hand_over
    columns = {_NAMES.get(name, name): column for name, column in columns_of(events).items()}
    kinds, profits = columns["event"], columns["profit"]
    # What closes something has a result, and nothing else has (Q-T8).
    closes = profits.null_count < len(profits)
    columns["kind"] = pc.if_else(profits.is_valid(), columns["reason"], kinds) if closes else kinds
    columns["signal_row"] = _rows_of_signals(columns, hand_over.num_rows, signals, first_row)
    return laid_out(columns, RESULTS)


def exit_results(events: pa.Table) -> pa.Table:
    """Return event rows (T-8) of a step that handed no signal over as results."""
    return results_table(_NO_EVENTS, _NO_SIGNALS, 0, events)


def _rows_of_signals(columns: Mapping[str, Any], handed: int, signals: pa.Table, first_row: int) -> Any:
    """Find which signal each accepted or rejected row of a hand-over, the first ``handed`` ones, is about."""
    kinds = columns["event"]
    if handed == 0:
        return pa.nulls(len(kinds), pa.int64())
    is_about = pc.is_in(kinds, _HAND_OVERS).to_numpy(zero_copy_only=False)
    is_about[handed:] = False
    numbers = np.zeros(len(kinds), np.int64)
    types = signals.column("signal_type")
    if pc.all(pc.equal(types, pa.scalar(_ENTRY))).as_py():
        numbers[is_about] = np.arange(first_row, first_row + signals.num_rows)
    else:
        told = pa.table({name: columns[name] for name in (*_SHARED, "reason")}).filter(pa.array(is_about))
        numbers[is_about] = np.array(_matched(told, signals, types.to_pylist()), np.int64) + first_row
    return pa.array(numbers, mask=~is_about)


def _matched(events: pa.Table, signals: pa.Table, types: list[str | None]) -> list[int]:
    """Pair rows with signals, both in order: of each entry there is one, of another signal where it was rejected.

    Such a one was rejected iff the next row reads as it does and names what can befall it at its hand-over: what else
    that decides, the symbol and the order of time, is the same for all that read so (Q-E15).
    """
    said = [tuple(row.values()) for row in events.select(_SHARED).to_pylist()]
    reasons = events.column("reason").to_pylist()
    found: list[int] = []
    for number, row in enumerate(signals.select(_SHARED).to_pylist()):
        at = len(found)
        if at == len(said):
            break
        if types[number] == _ENTRY or (said[at] == tuple(row.values()) and _may_be_of(row, types[number], reasons[at])):
            found.append(number)
    return found


def _may_be_of(row: dict[str, Any], signal_type: str | None, reason: str | None) -> bool:
    if signal_type == "modify" and reason == "not_positive":
        is_bad, is_odd = (
            any(row[name] is not None and row[name] <= 0.0 for name in names)
            for names in (("stop_loss", "take_profit"), ("price", "size"))
        )
        return is_bad or not is_odd
    return reason in _OF_ALL or (signal_type == "modify" and reason == "change_missing")


def lots_table(lots: Sequence[float | None]) -> pa.Table:
    """Return lots, and why there are none."""
    reasons = ["below_min" if size is None else None for size in lots]
    columns = {"lots": pa.array(lots, pa.float64()), "reason": pa.array(reasons, pa.string())}
    return in_layout(pa.table(columns), LOTS)


def numbers_table(numbers: Sequence[float], layout: Layout) -> pa.Table:
    """Return numbers as the one column of a layout."""
    return in_layout(pa.table({layout.schema.names[0]: pa.array(numbers, pa.float64())}), layout)
