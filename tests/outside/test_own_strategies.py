"""Strategies in Python against opinions from outside: their orders by the third one, what they are told by it too, and
the bars in which a crossover acts by pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import omega
from omega import Indicator, Strategy, orders
from omega.orders import Order, Position
from omega_parity.generate.markets import sample_market
from omega_parity.generate.own import Drawn

from . import cases
from .cases import Input
from .comparing import TOLERANCE, compare

BARS = 1_500
AT_LEAST = 30_000


class Telling(Drawn):
    """A drawn strategy that tells what equity it was told."""

    def __init__(self, number: int, told: Told) -> None:
        super().__init__(number)
        self.told = told

    def when(self, bars: Any) -> Any:
        return None

    def evaluate(self, bars: Any, positions: Sequence[Position], equity: float) -> list[Order]:
        self.told.equity.append(equity)
        return super().evaluate(bars, positions, equity)


@dataclass
class Told:
    """What every copy of its owner tells."""

    equity: list[float] = field(default_factory=list)

    def __deepcopy__(self, _: object) -> Told:
        return self


@pytest.mark.rule("L-3", "Q-L3", "Q-L3b", "E-15", "E-16", "P-3")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_its_orders_and_its_equity_are_right_by_a_third(number: int) -> None:
    asked = cases.over_market(sample_market(n=BARS), number, 1)
    asked = replace(asked, keys={**asked.keys, "max_positions_per_symbol": 5, "initial_balance": 1e6})
    compared = 0
    for backend in ("python", "rust"):
        told = Told()
        bars = omega.read_bars(asked.bars, symbol=asked.keys["symbol"], timeframe=asked.keys["timeframe"])
        result = omega.run_backtest(asked.keys, bars, strategy=Telling(number, told), backend=backend)
        assert result.orders is not None
        opinion = Input(name=f"own {number}", keys=asked.keys, bars=asked.bars, signals=result.orders).opinion()
        assert not opinion.close_calls
        comparison = compare(result, opinion)
        assert comparison.differences == []
        compared += comparison.compared
        # What it is told in a bar is where the bar before ended.
        before = [float(opinion.largest), *opinion.outcome.equity][: len(told.equity)]
        assert len(told.equity) > BARS // 2
        assert np.allclose(told.equity[1:], before[1:], rtol=TOLERANCE, atol=TOLERANCE * float(opinion.largest))
        assert told.equity[0] == asked.keys["initial_balance"]
    assert compared >= AT_LEAST


class Averages(Strategy):
    """Turns round where two averages cross."""

    def indicators(self) -> dict[str, Any]:
        return {"fast": Indicator("sma", period=8), "slow": Indicator("sma", period=21)}

    def evaluate(self, bars: Any, positions: Sequence[Position], equity: float) -> list[Order]:
        fast, slow = bars["fast"], bars["slow"]
        if len(bars) < 2 or not (fast[-2] - slow[-2]) * (fast[-1] - slow[-1]) < 0.0:
            return []
        closing = [orders.close(one) for one in positions]
        side, away = ("long", -0.01) if fast[-1] > slow[-1] else ("short", 0.01)
        return [*closing, orders.market(side, stop_loss=bars.bid_close[-1] + away)]


@pytest.mark.rule("L-3", "Q-L3")
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_a_crossover_acts_where_pandas_says(backend: str) -> None:
    bars = omega.sample_bars(n=3_000, seed=7)
    config = {"symbol": "EURUSD", "max_positions_per_symbol": 1}
    result = omega.run_backtest(config, bars, strategy=Averages(), backend=backend)
    closes = pd.Series(bars.table.column("bid_close").to_numpy())
    apart = closes.rolling(8).mean() - closes.rolling(21).mean()
    # Sums in another order may part at a tie; a bar beside one is left out.
    near = apart.index[(apart.abs() < 1e-9) | (apart.shift(1).abs() < 1e-9)].tolist()
    crossed = apart.index[apart.shift(1) * apart < 0.0]
    assert result.orders is not None
    entries = [row for row in result.orders.to_pylist() if row["signal_type"] == "entry"]
    rows = np.searchsorted(bars.times, [int(row["timestamp"].timestamp() * 1e6) for row in entries])
    assert [row for row in rows.tolist() if row not in near] == [row for row in crossed.tolist() if row not in near]
    for row, order in zip(rows.tolist(), entries, strict=True):
        assert row in near or order["direction"] == ("long" if apart[row] > 0.0 else "short")
    filled = result.trades.column("entry_price").to_pylist()
    side = {"long": "ask_close", "short": "bid_close"}
    prices = [bars.table.column(side[row["direction"]])[int(at)].as_py() for at, row in zip(rows, entries, strict=True)]
    assert filled == prices[: len(filled)]
    assert len(filled) > 50
