"""Columns of a chunk of bars or ticks as arrays, and what of them is odd, row by row."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.contract.schemas import PRICES

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]

DAY_US: Final = 86_400_000_000
WEEK_US: Final = 7 * DAY_US
SATURDAY_US: Final = 2 * DAY_US
"""The first Saturday since the epoch began, 00:00 UTC."""
PRICE_LEAST: Final = 1e-12
PRICE_MOST: Final = 1e12
"""T-10."""


def floats(table: pa.Table, name: str) -> Floats:
    """Return a column as float64; nulls are NaN."""
    column: Any = table.column(name)
    values: Floats = column.cast(pa.float64()).to_numpy()
    return values


def times(table: pa.Table) -> Times:
    """Return the times in µs since the epoch; nulls are 0."""
    column: Any = table.column("timestamp").cast(pa.int64())
    values: Times = column.fill_null(0).to_numpy()
    return values


def price_columns(table: pa.Table) -> list[str]:
    """Name the columns that hold prices."""
    return [
        name for name in table.column_names if name.removeprefix("bid_").removeprefix("ask_") in (*PRICES, "bid", "ask")
    ]


def sides(table: pa.Table) -> list[str]:
    """Name what stands before ``open`` in the columns of bars: ``bid_`` and ``ask_``, or nothing for one side."""
    return [prefix for prefix in ("bid_", "ask_", "") if f"{prefix}open" in table.column_names]


def is_ticks(table: pa.Table) -> bool:
    """Whether a table holds ticks."""
    return "bid" in table.column_names


def invalid(table: pa.Table) -> Mask:
    """Rows that T-2 or T-3 refuse whatever stands before them."""
    found: Mask = np.array(table.column("timestamp").is_null().to_numpy(), dtype=np.bool_)
    for name in price_columns(table):
        values = floats(table, name)
        found |= ~((values >= PRICE_LEAST) & (values <= PRICE_MOST))
    for side in sides(table):
        low, high = floats(table, f"{side}low"), floats(table, f"{side}high")
        for name in ("open", "close"):
            values = floats(table, side + name)
            found |= (values < low) | (values > high)
    if "volume" in table.column_names:
        volume = floats(table, "volume")
        found |= ~((volume >= 0.0) & (volume < np.inf))
    return found


def crossed(table: pa.Table) -> Mask:
    """Rows with ask < bid, of bars in any price."""
    found = np.zeros(table.num_rows, dtype=np.bool_)
    for bid, ask in _pairs(table):
        found |= floats(table, ask) < floats(table, bid)
    return found


def zero_spread(table: pa.Table) -> Mask:
    """Rows with ask = bid, of bars at the close."""
    pairs = _pairs(table)
    if not pairs:
        return np.zeros(table.num_rows, dtype=np.bool_)
    bid, ask = pairs[-1]
    equal: Mask = floats(table, ask) == floats(table, bid)
    return equal


def flat(table: pa.Table) -> Mask:
    """Bars whose prices are one on each side; no tick is flat."""
    found = np.full(table.num_rows, bool(sides(table)), dtype=np.bool_)
    for side in sides(table):
        first = floats(table, f"{side}open")
        for name in PRICES[1:]:
            found &= floats(table, side + name) == first
    return found


def without_volume(table: pa.Table) -> Mask:
    """Rows of volume 0; ticks have none."""
    if "volume" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.bool_)
    zero: Mask = floats(table, "volume") == 0.0
    return zero


def on_weekend(moments: Times) -> Mask:
    """Times on a UTC Saturday."""
    found: Mask = (moments - SATURDAY_US) % WEEK_US < DAY_US
    return found


def _pairs(table: pa.Table) -> list[tuple[str, str]]:
    if is_ticks(table):
        return [("bid", "ask")]
    return [(f"bid_{price}", f"ask_{price}") for price in PRICES] if "ask_open" in table.column_names else []
