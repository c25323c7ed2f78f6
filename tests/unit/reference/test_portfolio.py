from __future__ import annotations

import pytest

from omega.contract.types import Direction, OrderType, Position, Status, Variant
from omega_reference.portfolio import Portfolio, summary_metrics, trade_result


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


@pytest.mark.rule("P-1", "Q-P1")
@pytest.mark.parametrize(
    ("direction", "stop", "exit_price", "variant", "expected"),
    [
        (Direction.LONG, 91.0, 106.0, Variant.CANONICAL, (100.0, 0.5)),
        (Direction.SHORT, 111.0, 106.0, Variant.CANONICAL, (-100.0, -0.5)),
        (Direction.LONG, 101.0, 106.0, Variant.CANONICAL, (100.0, 0.0)),
        (Direction.LONG, 91.0, 106.0, Variant.V1, (25.0, 0.5)),
        (Direction.SHORT, 111.0, 106.0, Variant.V1, (-25.0, -0.5)),
        (Direction.LONG, 101.0, 106.0, Variant.V1, (0.0, 0.0)),
    ],
)
def test_results_by_hand(
    direction: Direction, stop: float, exit_price: float, variant: Variant, expected: tuple[float, float]
) -> None:
    assert trade_result(position(direction, stop=stop), exit_price, 10.0, variant) == expected


@pytest.mark.rule("P-2")
def test_the_fee_is_booked_before_the_result() -> None:
    portfolio = Portfolio(0.1)
    portfolio.book_entry(0.2)
    portfolio.book_exit(0.3, 0.7)
    assert portfolio.cash == ((0.1 - 0.2) - 0.3) + 0.7
    assert portfolio.fees == (0.0 + 0.2) + 0.3


@pytest.mark.rule("P-4")
def test_drawdowns_by_hand() -> None:
    portfolio = Portfolio(100.0)
    for bar, equity in enumerate([90.0, 120.0, 90.0, 60.0, 90.0, 130.0, 129.0]):
        portfolio.mark(bar, equity)
    assert (portfolio.max_drawdown_abs, portfolio.max_drawdown_ratio) == (60.0, 0.5)
    assert (portfolio.max_drawdown_bars, portfolio.max_drawdown_initial, portfolio.peak) == (3, 40.0, 130.0)


@pytest.mark.rule("P-4")
def test_the_ratio_is_zero_under_a_peak_that_is_not_positive() -> None:
    portfolio = Portfolio(0.0)
    portfolio.mark(0, -5.0)
    assert (portfolio.max_drawdown_abs, portfolio.max_drawdown_ratio) == (5.0, 0.0)


@pytest.mark.rule("P-5", "Q-P5")
def test_metrics_by_hand() -> None:
    portfolio = Portfolio(100.0)
    portfolio.book_entry(4.0)
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
    metrics = summary_metrics(Portfolio(100.0), [], 0)
    assert [metrics[name] for name in ("win_rate", "profit_factor", "expectancy", "avg_r", "avg_win", "avg_loss")] == [
        0.0
    ] * 6
