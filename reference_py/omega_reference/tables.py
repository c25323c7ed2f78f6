"""No twin: results as Arrow tables in the schemas of the contract (T-8a), which the core leaves to its binding."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, cast

import pyarrow as pa

from omega.contract.schemas import BARS, CHAIN, DECISIONS, EQUITY, EVENTS, POSITIONS, TRADES
from omega.contract.types import Decision, Event, Position
from omega_reference.bars.columns import BarColumns
from omega_reference.columns import array_of
from omega_reference.execution.state import Log

_NO_EVENTS: Final = EVENTS.empty_table()
_NO_POSITIONS: Final = POSITIONS.empty_table()
"""Most bars have none; a table of no rows takes as long to make as ten bars."""


def bars_table(bars: BarColumns) -> pa.Table:
    """Return bars (T-2)."""
    return pa.table([array_of(getattr(bars, field.name), field.type) for field in BARS], schema=BARS)


def events_table(events: Sequence[Event]) -> pa.Table:
    """Return the event log (T-8)."""
    return _records_table(events, EVENTS) if events else _NO_EVENTS


def trades_table(trades: Sequence[Position]) -> pa.Table:
    """Return closed positions in the order of closing (T-7)."""
    return _records_table(trades, TRADES)


def positions_table(positions: Sequence[Position]) -> pa.Table:
    """Return pending and open positions in order_id order (T-7)."""
    return _records_table(positions, POSITIONS) if positions else _NO_POSITIONS


def decisions_table(decisions: Sequence[Decision]) -> pa.Table:
    """Return why a strategy gave its signals (Q-A10b)."""
    return _records_table(decisions, DECISIONS)


def equity_table(log: Log) -> pa.Table:
    """Return the equity curve (P-4)."""
    return pa.table([log.timestamps, log.known_at, log.cash_curve, log.equity_curve], schema=EQUITY)


def chain_array(log: Log) -> pa.FixedSizeBinaryArray:
    """Return one 16-byte digest per bar (H-1)."""
    buffers = [None, pa.py_buffer(b"".join(log.chain))]
    return cast(pa.FixedSizeBinaryArray, pa.Array.from_buffers(CHAIN, len(log.chain), buffers))


def _records_table(records: Sequence[Decision] | Sequence[Event] | Sequence[Position], schema: pa.Schema) -> pa.Table:
    columns = [pa.array(_cells(records, field), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _cells(records: Sequence[Decision] | Sequence[Event] | Sequence[Position], field: pa.Field[Any]) -> list[Any]:
    """Return one field of all records; a member of a closed set as its text."""
    values = [getattr(record, field.name) for record in records]
    if field.type != pa.string():
        return values
    texts = {value: value.name.lower() if isinstance(value, IntEnum) else value for value in dict.fromkeys(values)}
    return [texts[value] for value in values]
