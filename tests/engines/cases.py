"""Bars without a spread, and one order on each set of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

import omega

BARS: Final = 40
_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_POINT: Final = 1e5

Outcome = tuple[int | None, float | None, int | None, float | None]
"""Bar and price of entry and exit; None for what did not happen."""
FIELDS: Final = ("entry bar", "entry price", "exit bar", "exit price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order that is placed at the close of its bar; bars are open, high, low and close."""

    name: str
    bars: Sequence[tuple[float, float, float, float]]
    order: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """JSON form, which the drivers of the engines read."""
        return {"bars": self.bars, "order": self.order}


def cases(order_type: str, count: int, seed: int = 0) -> list[Case]:
    """Draw cases of one order type: a walk in points with gaps, an order somewhere near it."""
    return [_case(order_type, index, random.Random(f"{order_type} {seed} {index}")) for index in range(count)]


def _case(order_type: str, index: int, draw: random.Random) -> Case:
    rows, close = [], 110_000
    for _ in range(BARS):
        open_ = close + draw.choice((0, 0, 0, draw.randint(-120, 120)))
        close = open_ + draw.randint(-100, 100)
        high, low = max(open_, close) + draw.randint(0, 80), min(open_, close) - draw.randint(0, 80)
        rows.append((open_, high, low, close))
    bar, sign = draw.randint(1, 12), draw.choice((1, -1))
    price = rows[bar][3]
    if order_type != "market":
        price += sign * draw.randint(20, 250) * (1 if order_type == "stop" else -1)
    order = {
        "bar": bar,
        "direction": "long" if sign > 0 else "short",
        "order_type": order_type,
        "price": price / _POINT,
        "stop_loss": (price - sign * draw.randint(40, 400)) / _POINT,
        "take_profit": (price + sign * draw.randint(40, 400)) / _POINT,
    }
    bars = [(o / _POINT, h / _POINT, low / _POINT, c / _POINT) for o, h, low, c in rows]
    return Case(name=f"{order_type}-{index}", bars=bars, order=order)


def of_omega(case: Case, backend: str, *, market_fill: str) -> Outcome:
    """Run the order through Omega."""
    prices = {f"{side}_{name}": [row[at] for row in case.bars] for side in ("bid", "ask") for at, name in _NAMES}
    times = [_START + row * _HOUR for row in range(len(case.bars))]
    table = pa.table({"timestamp": times, **prices, "volume": [0.0] * len(times)})
    bars = omega.read_bars(table, symbol="EURUSD", timeframe="H1", backend=backend)
    signal = {key: value for key, value in case.order.items() if key != "bar"}
    signal |= {"timestamp": times[case.order["bar"]], "symbol": "EURUSD", "signal_type": "entry", "size": 0.01}
    config = {"symbol": "EURUSD", "timeframe": "H1", "market_fill": market_fill, "initial_balance": 1e9}
    result = omega.run_signals(bars, [signal], config, backend=backend)
    assert {result.backend, *(choice.backend for choice in result.flags)} == {backend}
    events = result.events.to_pylist()
    found = {event["kind"]: ((event["timestamp"] - _START) // _HOUR, event["price"]) for event in events}
    return *found.get("opened", (None, None)), *found.get("closed", (None, None))


_NAMES: Final = tuple(enumerate(("open", "high", "low", "close")))
