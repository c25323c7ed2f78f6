"""What an order draws is its own: others that come or go leave its fills as they are, to the bit (N-6, C-1)."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omega
from omega.serve.planning import native_status

ORDERS: Final = 24
CONFIG: Final[dict[str, Any]] = {
    "symbol": "EURUSD",
    "timeframe": "M5",
    "on_ruin": "continue",
    "costs": {"slippage": {"fixed_pips": 0.1, "random_pips": 2.0}},
    "seed": 11,
}
NEEDS_NATIVE: Final = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")
Fills = dict[tuple[int, float], tuple[str, ...]]


def _orders(draw: random.Random, bars: omega.Bars) -> list[dict[str, Any]]:
    """Orders of all kinds, each with a magic number of its own, so that each is told from every other one."""
    rows = bars.table.to_pylist()
    places = sorted(draw.randrange(len(rows) - 10) for _ in range(ORDERS))
    return [_order(draw, rows[place], number) for number, place in enumerate(places)]


def _order(draw: random.Random, bar: dict[str, Any], number: int) -> dict[str, Any]:
    is_long, kind = draw.random() < 0.5, draw.choice(("market", "limit", "stop"))
    side = 1.0 if is_long else -1.0
    away = {"market": 0.0, "limit": -0.0003, "stop": 0.0003}[kind] * side
    price = round((bar["ask_close"] if is_long else bar["bid_close"]) + away, 5)
    return {
        "timestamp": bar["timestamp"],
        "symbol": "EURUSD",
        "signal_type": "entry",
        "direction": "long" if is_long else "short",
        "order_type": kind,
        "price": None if kind == "market" else price,
        "size": 0.1,
        "stop_loss": round(price - side * 0.0012, 5),
        "take_profit": round(price + side * 0.0015, 5),
        "magic_number": number,
    }


def _fills(bars: omega.Bars, orders: list[dict[str, Any]], side: str) -> Fills:
    trades = omega.run_signals(bars, orders, CONFIG, backend=side).trades.to_pylist()
    return {
        (trade["magic_number"], trade["entry_time"].timestamp()): (
            trade["entry_price"].hex(),
            trade["exit_price"].hex(),
            trade["result"].hex(),
            trade["reason"],
        )
        for trade in trades
    }


@pytest.mark.rule("N-6", "C-1")
@pytest.mark.parametrize("backend", ["python", pytest.param("rust", marks=NEEDS_NATIVE)])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_orders_that_come_or_go_change_no_fill_of_another(backend: str, seed: int) -> None:
    draw = random.Random(seed)
    bars = omega.sample_bars(300, seed=seed % 1_000)
    orders = _orders(draw, bars)
    whole = _fills(bars, orders, backend)
    kept = [order for order in orders if draw.random() < 0.5]
    numbers = {order["magic_number"] for order in kept}
    assert _fills(bars, kept, backend) == {key: fill for key, fill in whole.items() if key[0] in numbers}
    assert len({fill[0] for fill in whole.values()}) > 1
