"""Runs market orders through vectorbt, in an environment of its own: JSON of cases in, JSON of outcomes out."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import vectorbt as vbt
from vectorbt.portfolio.enums import StopExitPrice


def outcome(case: dict[str, Any]) -> list[Any]:
    """Return entry bar and price, exit bar and price of a case's order; None for what did not happen."""
    order, rows = case["order"], np.array(case["bars"])
    at = np.arange(len(rows)) == order["bar"]
    price, is_long = rows[order["bar"], 3], order["direction"] == "long"
    stop, target = (abs(order[name] / price - 1.0) for name in ("stop_loss", "take_profit"))
    portfolio = vbt.Portfolio.from_signals(
        rows[:, 3],
        entries=at if is_long else None,
        short_entries=None if is_long else at,
        open=rows[:, 0],
        high=rows[:, 1],
        low=rows[:, 2],
        sl_stop=stop,
        tp_stop=target,
        stop_exit_price=StopExitPrice.StopMarket,
        size=1_000.0,
        init_cash=1e9,
    )
    trades = portfolio.trades.records
    if not len(trades):
        return [None] * 4
    row = trades.iloc[0]
    is_closed = int(row.status) == 1
    exit_ = [int(row.exit_idx), float(row.exit_price)] if is_closed else [None, None]
    return [int(row.entry_idx), float(row.entry_price), *exit_]


if __name__ == "__main__":
    json.dump([outcome(case) for case in json.load(sys.stdin)], sys.stdout)
