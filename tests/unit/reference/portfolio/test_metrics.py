from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.reference.portfolio.conftest import position

from omega.contract.types import Position, Variant
from omega_reference.execution.state import new_account
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.portfolio.money import book_entry, book_swap
from omega_reference.variants import variant_rules


def closed(result: float, net_result: float, r_multiple: float) -> Position:
    return replace(position(), result=result, net_result=net_result, r_multiple=r_multiple)


# Before and after fees of 15 in all: the third is won before them and lost after.
TRADES = [closed(30.0, 27.0, 3.0), closed(-20.0, -24.0, -1.0), closed(2.0, -3.0, 0.2), closed(3.0, 0.0, 0.3)]
GROSS = {"gross_profit": 35.0, "gross_loss": -20.0, "fees": 15.0, "swap": -4.0, "profit_factor_gross": 1.75}
SAME = {
    "trades": 4,
    **GROSS,
    "net_profit": -4.0,
    "avg_r": 0.625,
    "max_drawdown_abs": 0.0,
    "max_drawdown_ratio": 0.0,
    "max_drawdown_bars": 0,
    "max_drawdown_initial": 0.0,
    "ambiguous_bars": 2,
    "stop_outs": 3,
    "adjusted_sizes": 1,
    "final_cash": 81.0,
    "final_equity": 100.0,
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
    assert summary_metrics(account, TRADES, variant_rules(variant)) == SAME | expected


@pytest.mark.rule("P-5", "Q-P5")
def test_what_has_no_divisor_is_null(make_config: Any) -> None:
    account, variant = new_account(make_config()), variant_rules(Variant.CANONICAL)
    empty = summary_metrics(account, [], variant)
    assert {name for name, value in empty.items() if value is None} == {
        *("win_rate", "profit_factor", "profit_factor_gross", "expectancy", "avg_r"),
        *("avg_win", "avg_loss", "largest_win", "largest_loss"),
    }
    account.portfolio.max_drawdown_abs = 5.0
    assert summary_metrics(account, [], variant)["max_drawdown_intrabar"] == 5.0
    won = summary_metrics(account, [closed(3.0, 2.0, 0.3)], variant)
    assert {name for name, value in won.items() if value is None} == {
        *("profit_factor", "profit_factor_gross", "avg_loss", "largest_loss"),
    }
