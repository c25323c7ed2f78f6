"""Runs small enough to be written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import Timeframe

from .cases import Input

START_US = 1_704_067_200_000_000
STEP = Timeframe.M5.value

Prices = tuple[float, float, float, float]
"""Open, high, low, close."""


def flat(price: float) -> Prices:
    return price, price, price, price


def small_run(bars: Sequence[Prices], signals: Sequence[Mapping[str, object]], **keys: Any) -> Input:
    """Put signals, ``bar`` their place, over bars, ``spread`` apart; ``instrument`` changes EURUSD."""
    spread = keys.pop("spread", 0.0)
    columns: dict[str, list[float]] = {
        f"{side}_{name}": [round(bar[place] + above, 5) for bar in bars]
        for side, above in (("bid", 0.0), ("ask", spread))
        for place, name in enumerate(("open", "high", "low", "close"))
    }
    times = [START_US + row * STEP for row in range(len(bars))]
    table = pa.table([times, *columns.values(), [0.0] * len(bars)], schema=BARS)
    usual = {"symbol": "EURUSD", "signal_type": "entry", "direction": "long", "order_type": "market", "magic_number": 0}
    rows = [{**usual, "timestamp": START_US + int(str(signal["bar"])) * STEP, **signal} for signal in signals]
    rows_table = pa.table(
        [pa.array([row.get(name.name) for row in rows], name.type) for name in SIGNALS], schema=SIGNALS
    )
    spec = {
        "symbol": "EURUSD",
        "pip_size": 0.0001,
        "tick_size": 0.00001,
        "contract_size": 100_000.0,
        "volume_min": 0.01,
        "volume_step": 0.01,
        "volume_max": 100.0,
        "base_currency": "EUR",
        "quote_currency": "USD",
        "profit_currency": "USD",
        "digits": 5,
        **keys.pop("instrument", {}),
    }
    return Input(
        name="small",
        keys={"symbol": "EURUSD", "timeframe": "M5", "instruments": [spec], **keys},
        bars=table,
        signals=rows_table,
    )
