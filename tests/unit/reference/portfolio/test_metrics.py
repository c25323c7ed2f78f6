from __future__ import annotations

import pytest
from tests.unit.reference.portfolio.conftest import position

from omega.contract.types import Position
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.portfolio.money import book_entry, new_portfolio


def closed(result: float, r_multiple: float) -> Position:
    trade = position()
    trade.result, trade.r_multiple = result, r_multiple
    return trade


@pytest.mark.rule("P-5", "Q-P5")
def test_metrics_by_hand() -> None:
    portfolio = new_portfolio(100.0)
    book_entry(portfolio, 4.0)
    trades = [closed(30.0, 3.0), closed(-20.0, -1.0), closed(0.0, 0.0), closed(10.0, 1.0)]
    assert summary_metrics(portfolio, trades, 2) == {
        "trades": 4,
        "wins": 2,
        "losses": 1,
        "breakeven": 1,
        "win_rate": 0.5,
        "gross_profit": 40.0,
        "gross_loss": -20.0,
        "fees": 4.0,
        "net_profit": 16.0,
        "profit_factor": 2.0,
        "expectancy": 5.0,
        "avg_r": 0.75,
        "avg_win": 20.0,
        "avg_loss": -20.0,
        "largest_win": 30.0,
        "largest_loss": -20.0,
        "max_drawdown_abs": 0.0,
        "max_drawdown_ratio": 0.0,
        "max_drawdown_bars": 0,
        "max_drawdown_initial": 0.0,
        "ambiguous_bars": 2,
        "final_cash": 96.0,
        "final_equity": 100.0,
    }


@pytest.mark.rule("Q-P5")
def test_metrics_without_trades_are_zero() -> None:
    metrics = summary_metrics(new_portfolio(100.0), [], 0)
    assert [metrics[name] for name in ("win_rate", "profit_factor", "expectancy", "avg_r", "avg_win", "avg_loss")] == [
        0.0
    ] * 6
