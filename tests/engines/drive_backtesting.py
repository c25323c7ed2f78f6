"""Runs orders through backtesting.py, in an environment of its own: JSON of cases in, JSON of outcomes out."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import pandas as pd
from backtesting import Backtest, Strategy

UNITS = 1_000


def outcome(case: dict[str, Any]) -> list[Any]:
    """Return entry bar and price, exit bar and price of a case's order; None for what did not happen."""
    order, rows = case["order"], case["bars"]

    class Once(Strategy):  # type: ignore[misc]  # the engine has no types
        def init(self) -> None:
            pass

        def next(self) -> None:
            if len(self.data) - 1 != order["bar"]:
                return
            place = self.buy if order["direction"] == "long" else self.sell
            levels = {"sl": order["stop_loss"], "tp": order["take_profit"]}
            kind = order["order_type"]
            if kind != "market":
                levels[kind] = order["price"]
            place(size=UNITS, **levels)

    columns = dict(zip(("Open", "High", "Low", "Close"), zip(*rows, strict=True), strict=True))
    frame = pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=len(rows), freq="h"))
    trades = (run := Backtest(frame, Once, cash=1e9, finalize_trades=False).run())["_trades"]
    if len(trades):
        row = trades.iloc[0]
        return [int(row.EntryBar), float(row.EntryPrice), int(row.ExitBar), float(row.ExitPrice)]
    still = run["_strategy"].trades
    return [still[0].entry_bar, still[0].entry_price, None, None] if still else [None] * 4


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # it warns of every stop in the bar of its entry
    json.dump([outcome(case) for case in json.load(sys.stdin)], sys.stdout)
