from __future__ import annotations

import pytest

from omega.contract.types import Direction, OrderType, Position, Status
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.portfolio.money import book_entry, new_portfolio


def position(direction: Direction = Direction.LONG, entry: float = 101.0, stop: float = 91.0) -> Position:
    return Position(
        order_id=1,
        symbol="INDEX",
        magic_number=0,
        direction=direction,
        order_type=OrderType.MARKET,
        status=Status.OPEN,
        entry_time=0,
        trigger_time=0,
        entry_price=entry,
        initial_stop_loss=stop,
        initial_take_profit=None,
        stop_loss=stop,
        stop_reach=stop,
        take_profit=None,
        size=2.0,
        risk_per_trade=50.0,
        expires_at=None,
        max_holding=None,
        requested_size=None,
        signal_timestamp=0,
        ordinal=0,
        signal_row=0,
        scenario=None,
    )


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
