from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.reference.portfolio.conftest import position

from omega.contract.types import Position, Variant
from omega_reference.execution.state import Account, Book, Log, new_account
from omega_reference.portfolio.metrics import summary_metrics, system_quality
from omega_reference.portfolio.money import book_entry, book_swap
from omega_reference.variants import variant_rules

MINUTE = 60_000_000


def closed(result: float, net_result: float, r_multiple: float, minutes: int = 0) -> Position:
    brought = replace(position(), result=result, net_result=net_result, r_multiple=r_multiple)
    return replace(brought, trigger_time=0, exit_time=minutes * MINUTE)


def metrics(account: Account, trades: list[Position], variant: Variant) -> dict[str, Any]:
    """Summarise a run over the bars 0, 10 … 90 minutes, all of the day 0."""
    times = [row * 10 * MINUTE for row in range(10)]
    log = Log(trades=trades, timestamps=times, known_at=times, equity_curve=[100.0] * 10)
    return summary_metrics(Book(), account, log, variant_rules(variant))


# Before and after fees of 15 in all: the third is won before them and lost after.
# R: 3 - 1 + 0.2 + 0.3 = 2.5, mean 0.625.
TRADES = [
    closed(30.0, 27.0, 3.0, minutes=10),
    closed(-20.0, -24.0, -1.0, minutes=25),
    closed(2.0, -3.0, 0.2, minutes=30),
    closed(3.0, 0.0, 0.3, minutes=40),
]
GROSS = {"gross_profit": 35.0, "gross_loss": -20.0, "fees": 15.0, "swap": -4.0, "profit_factor_gross": 1.75}
SAME = {
    "trades": 4,
    **GROSS,
    "net_profit": -4.0,
    "avg_r": 0.625,
    "max_drawdown_abs": 8.0,
    "max_drawdown_ratio": 0.0,
    "max_drawdown_bars": 0,
    "max_drawdown_initial": 0.0,
    "ambiguous_bars": 2,
    "stop_outs": 3,
    "adjusted_sizes": 1,
    "final_cash": 81.0,
    "final_equity": 100.0,
    "total_return": 0.0,
    "volatility": None,
    "sharpe": None,
    "sortino": None,
    "cagr": None,
    "calmar": None,
    "exposure": 0.5,  # to the bar of minute 40
    "avg_duration_minutes": 26.25,
    # Deviations 2.375, -1.625, -0.425, -0.325: (5.640625 + 2.640625 + 0.180625 + 0.105625) / 3.
    "sqn": pytest.approx(2 * 0.625 / math.sqrt(8.5675 / 3), rel=1e-12),
    "recovery_factor": -0.5,
}
NET = {
    "wins": 1,
    "losses": 2,
    "breakeven": 1,
    "win_rate": 0.25,
    "open_profit": 7.0,
    "max_drawdown_intrabar": 40.0,
    "profit_factor": 1.0,
    "expectancy": 0.0,
    "avg_win": 27.0,
    "avg_loss": -13.5,
    "largest_win": 27.0,
    "largest_loss": -24.0,
    "longest_losing_streak": 2,
}
V1 = {
    "wins": 3,
    "losses": 1,
    "breakeven": 0,
    "win_rate": 0.75,
    "open_profit": None,
    "max_drawdown_intrabar": None,
    "profit_factor": 1.75,
    "expectancy": 3.75,
    "avg_win": 35.0 / 3,
    "avg_loss": -20.0,
    "largest_win": 30.0,
    "largest_loss": -20.0,
    "longest_losing_streak": 1,
}


@pytest.mark.rule("P-5", "Q-P5")
@pytest.mark.parametrize(("variant", "expected"), [(Variant.CANONICAL, NET), (Variant.V1, V1)])
def test_metrics_by_hand(make_config: Any, variant: Variant, expected: dict[str, Any]) -> None:
    account = new_account(make_config(initial_balance=100.0))
    book_entry(account.portfolio, 15.0)
    book_swap(account.portfolio, 2.0)
    book_swap(account.portfolio, -6.0)
    account.portfolio.open_profit, account.ambiguous_bars, account.adjusted_sizes = 7.0, 2, 1
    account.portfolio.max_drawdown_intrabar, account.stop_outs = 40.0, 3
    account.portfolio.max_drawdown_abs = 8.0
    assert metrics(account, TRADES, variant) == SAME | expected


@pytest.mark.rule("P-5", "Q-P5", "Q-P5b", "Q-P5c")
def test_what_has_no_divisor_is_null(make_config: Any) -> None:
    account = new_account(make_config())
    empty = metrics(account, [], Variant.CANONICAL)
    assert {name for name, value in empty.items() if value is None} == {
        *("win_rate", "profit_factor", "profit_factor_gross", "expectancy", "avg_r"),
        *("avg_win", "avg_loss", "largest_win", "largest_loss"),
        *("volatility", "sharpe", "sortino", "cagr", "calmar", "sqn", "avg_duration_minutes", "recovery_factor"),
    }
    account.portfolio.max_drawdown_abs = 5.0
    assert metrics(account, [], Variant.CANONICAL)["max_drawdown_intrabar"] == 5.0
    won = metrics(account, [closed(3.0, 2.0, 0.3)], Variant.CANONICAL)
    assert {name for name, value in won.items() if value is None} == {
        *("profit_factor", "profit_factor_gross", "avg_loss", "largest_loss"),
        *("volatility", "sharpe", "sortino", "cagr", "calmar", "sqn"),
    }
    assert won["recovery_factor"] == 0.6
    without_bars = summary_metrics(Book(), account, Log(), variant_rules(Variant.CANONICAL))
    assert without_bars["exposure"] is None


@pytest.mark.rule("P-5")
def test_a_drawdown_that_is_a_rounding_error_is_recovered_from_by_no_factor(make_config: Any) -> None:
    account = new_account(make_config())
    account.portfolio.max_drawdown_abs = 1.8e-12
    assert metrics(account, TRADES, Variant.CANONICAL)["recovery_factor"] is None


@pytest.mark.rule("Q-P5c")
@pytest.mark.parametrize(
    ("results", "streak"),
    [
        ([], 0),
        ([1.0, 1.0], 0),
        ([-1.0, -1.0, 1.0, -1.0], 2),
        ([-1.0, 1.0, -1.0, -1.0, -1.0], 3),
        ([-1.0, 0.0, -1.0], 1),
        ([-1.0, 1e-12, -1.0], 1),
        ([-1.0, -1e-12, -1.0], 1),
    ],
)
def test_a_streak_ends_with_a_trade_that_is_no_loss(make_config: Any, results: list[float], streak: int) -> None:
    trades = [closed(result, result, result) for result in results]
    assert metrics(new_account(make_config()), trades, Variant.CANONICAL)["longest_losing_streak"] == streak


@pytest.mark.rule("Q-P5c")
def test_equal_trades_have_no_quality_number() -> None:
    assert system_quality([], None) is None
    assert system_quality([2.0], 2.0) is None
    assert system_quality([2.0, 2.0], 2.0) is None
    assert system_quality([2.0, 2.0 + 4e-13], 2.0) is None  # the rounding error of a distance
    assert system_quality([1.0, 3.0], 2.0) == pytest.approx(2.0, rel=1e-15)  # √2 · 2 / √2
    assert system_quality([-1.0, 1.0], 0.0) == 0.0
