"""No twin: results as Arrow tables (T-8a), as the binding's ``output.rs`` makes them; the core sees no Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, cast

import pyarrow as pa

from omega.contract.schemas import BARS, CHAIN, EQUITY, EVENTS, POSITIONS, TRADES
from omega.contract.types import Event, Position
from omega_reference.bars.columns import BarColumns
from omega_reference.portfolio import Portfolio
from omega_reference.state_chain import StateChain


def bars_table(bars: BarColumns) -> pa.Table:
    """Return bars (T-2)."""
    return pa.table([getattr(bars, name) for name in BARS.names], schema=BARS)


def events_table(events: Sequence[Event]) -> pa.Table:
    """Return the event log (T-8)."""
    return _records_table(events, EVENTS)


def trades_table(trades: Sequence[Position]) -> pa.Table:
    """Return closed positions in the order of closing (T-7)."""
    return _records_table(trades, TRADES)


def positions_table(positions: Sequence[Position]) -> pa.Table:
    """Return pending and open positions in order_id order (T-7)."""
    return _records_table(positions, POSITIONS)


def equity_table(portfolio: Portfolio) -> pa.Table:
    """Return the equity curve (P-4)."""
    return pa.table([portfolio.timestamps, portfolio.cash_curve, portfolio.equity_curve], schema=EQUITY)


def chain_array(chain: StateChain) -> pa.FixedSizeBinaryArray:
    """Return one 16-byte digest per bar (H-1)."""
    buffers = [None, pa.py_buffer(b"".join(chain.digests))]
    return cast(pa.FixedSizeBinaryArray, pa.Array.from_buffers(CHAIN, len(chain.digests), buffers))


def _records_table(records: Sequence[Event] | Sequence[Position], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([_cell(record, name) for record in records], schema.field(name).type) for name in schema.names]
    return pa.table(columns, schema=schema)


def _cell(record: Event | Position, name: str) -> Any:
    value = getattr(record, name)
    return value.name.lower() if isinstance(value, IntEnum) else value
