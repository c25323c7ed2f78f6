"""Columns of bars and signals as lists of Python numbers."""

from __future__ import annotations

import pyarrow as pa

from omega.contract.schemas import PRICE_COLUMNS


def times_of(table: pa.Table) -> list[int]:
    """Return the times of bars or signals, µs."""
    times: list[int] = table.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    return times


def prices_of(bars: pa.Table) -> dict[str, list[float]]:
    """Return the price columns of ``bars``, price of the quote currency."""
    return {name: bars.column(name).to_numpy().tolist() for name in PRICE_COLUMNS}
