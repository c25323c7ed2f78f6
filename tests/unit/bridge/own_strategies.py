"""Strategies of the tests' own, and a small market for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

import omega
from omega import Indicator, Strategy, orders
from omega.orders import Order, Position

CONFIG = {"symbol": "EURUSD", "timeframe": "M5", "risk_per_trade": 10.0}
M5 = 300_000_000
START = 1_577_836_800_000_000

Script = dict[int, Callable[[Any, Sequence[Position]], list[Order]]]


class Scripted(Strategy):
    """Asks in given bars for what a script says; keeps what it was told in a list of the test's."""

    def __init__(self, script: Script, told: list[Any] | None = None) -> None:
        self.script = script
        self.told = Kept() if told is None else Kept(told)

    def evaluate(self, bars: Any, positions: Sequence[Position], equity: float) -> list[Order]:
        row = len(bars) - 1
        self.told.append((row, equity, tuple(positions)))
        return self.script[row](bars, positions) if row in self.script else []


class Kept:
    """A list that a copy of its owner shares."""

    def __init__(self, rows: list[Any] | None = None) -> None:
        self.rows: list[Any] = [] if rows is None else rows

    def append(self, one: Any) -> None:
        self.rows.append(one)

    def __deepcopy__(self, _: object) -> Kept:
        return self


class Crossover(Strategy):
    """Long when a fast average comes above a slow one, out when it comes below."""

    def __init__(self, fast: int = 10, slow: int = 30) -> None:
        self.fast, self.slow = fast, slow

    def indicators(self) -> dict[str, Any]:
        return {"fast": Indicator("ema", period=self.fast), "slow": Indicator("ema", period=self.slow)}

    def evaluate(self, bars: Any, positions: Sequence[Position], equity: float) -> list[Order]:
        fast, slow = bars["fast"], bars["slow"]
        if len(bars) < 2 or not (fast[-2] - slow[-2]) * (fast[-1] - slow[-1]) < 0.0:
            return []
        if fast[-1] < slow[-1]:
            return [orders.close(one, reason="below") for one in positions]
        return [orders.market("long", stop_loss=bars.bid_close[-1] - 0.002, reason="above", scenario="cross")]


class Centered(Crossover):
    """Looks ahead: its average has the bars after a bar in it."""

    def indicators(self) -> dict[str, Any]:
        return {**super().indicators(), "fast": _centered}


def _centered(bars: Any) -> Any:
    return np.convolve(bars.bid_close, np.ones(5) / 5.0, mode="same")


def flat_bars(closes: Sequence[float]) -> omega.Bars:
    """Bars of M5 that stand still at given bid closes, the ask one point above."""
    times = pa.array([START + row * M5 for row in range(len(closes))], pa.timestamp("us", "UTC"))
    columns: dict[str, Any] = {"timestamp": times}
    for side, spread in (("bid", 0.0), ("ask", 0.00001)):
        for name in ("open", "high", "low", "close"):
            columns[f"{side}_{name}"] = [close + spread for close in closes]
    columns["volume"] = [1.0] * len(closes)
    return omega.read_bars(pa.table(columns), symbol="EURUSD", timeframe="M5")
