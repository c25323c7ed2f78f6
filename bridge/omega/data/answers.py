"""What a step did, as one table: what became of the signals handed over, what closed and why (B-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.batches import LOTS, RESULTS, Layout
from omega.contract.schemas import EVENTS, SIGNALS
from omega.data.ipc import in_layout

_NO_EVENTS: Final = EVENTS.empty_table()
_NO_SIGNALS: Final = SIGNALS.empty_table()
_ENTRY: Final = pa.array(["entry"])
_EXITS: Final = pa.array(["closed", "partially_closed"])
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
    rows = _rows_of_signals(hand_over, signals, first_row)
    events = pa.concat_tables([hand_over, exits])
    numbers = pa.chunked_array([rows, pa.nulls(exits.num_rows, pa.int64())])
    kinds = events.column("kind")
    told = events.rename_columns([_NAMES.get(name, name) for name in events.column_names])
    told = told.append_column("kind", pc.if_else(pc.is_in(kinds, _EXITS), events.column("reason"), kinds))
    return in_layout(told.append_column("signal_row", numbers), RESULTS)


def exit_results(events: pa.Table) -> pa.Table:
    """Return event rows (T-8) of a step that handed no signal over as results."""
    return results_table(_NO_EVENTS, _NO_SIGNALS, 0, events)


def _rows_of_signals(events: pa.Table, signals: pa.Table, first_row: int) -> Any:
    """Find which signal each accepted or rejected row of a hand-over is about."""
    if events.num_rows == 0:
        return pa.array([], pa.int64())
    is_about = pc.is_in(events.column("kind"), _HAND_OVERS).to_numpy()
    is_entry = pc.is_in(signals.column("signal_type"), _ENTRY).to_numpy()
    numbers = np.zeros(events.num_rows, np.int64)
    if is_entry.all():
        numbers[is_about] = np.arange(signals.num_rows)
    else:
        numbers[is_about] = _matched(events.filter(pa.array(is_about)), signals, is_entry)
    return pa.array(numbers + first_row, mask=~is_about)


def _matched(events: pa.Table, signals: pa.Table, is_entry: Any) -> list[int]:
    """Pair rows with signals, both in order: of each entry there is one, of another signal where it was rejected.

    Such a one was rejected iff the next row reads as it does and names what can befall it at its hand-over: what else
    that decides, the symbol and the order of time, is the same for all that read so (Q-E15).
    """
    said = [tuple(row.values()) for row in events.select(_SHARED).to_pylist()]
    reasons = events.column("reason").to_pylist()
    types = signals.column("signal_type").to_pylist()
    found: list[int] = []
    for number, row in enumerate(signals.select(_SHARED).to_pylist()):
        at = len(found)
        if at == len(said):
            break
        if is_entry[number] or (said[at] == tuple(row.values()) and _may_be_of(row, types[number], reasons[at])):
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
