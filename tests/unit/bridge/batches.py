"""A small market for the batch operations: hours of EURUSD without a spread, and what is asked for in them."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import TIMESTAMP

HOUR: Final = 3_600_000_000
START: Final = 1_709_715_600_000_000
CONFIG: Final[dict[str, Any]] = {"symbol": "EURUSD", "timeframe": "H1", "costs": {"fee": {"per_million": 30.0}}}
FLAT: Final = (1.1000, 1.1000, 1.1000, 1.1000)
Ohlc = tuple[float, float, float, float]


def time(hour: int) -> int:
    """µs of the open of an hour."""
    return START + hour * HOUR


def candle(hour: int, ohlc: Ohlc = FLAT) -> dict[str, Any]:
    """The bar of an hour."""
    prices = zip(("open", "high", "low", "close"), ohlc, strict=True)
    return {"timestamp": time(hour)} | {f"{side}_{name}": price for name, price in prices for side in ("bid", "ask")}


def buy(hour: int, **changes: Any) -> dict[str, Any]:
    """A long market entry of 0.07 lots with a stop 100 pips below."""
    return {
        "timestamp": time(hour),
        "symbol": "EURUSD",
        "signal_type": "entry",
        "direction": "long",
        "order_type": "market",
        "size": 0.07,
        "stop_loss": 1.0900,
        "magic_number": 0,
    } | changes


def instruct(signal_type: str, hour: int, **changes: Any) -> dict[str, Any]:
    """An exit or modify signal of magic number 0."""
    return {"timestamp": time(hour), "symbol": "EURUSD", "signal_type": signal_type, "magic_number": 0} | changes


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table, their times as such."""
    table = pa.Table.from_pylist(rows)
    place = table.column_names.index("timestamp")
    return table.set_column(place, "timestamp", table["timestamp"].cast(TIMESTAMP))
