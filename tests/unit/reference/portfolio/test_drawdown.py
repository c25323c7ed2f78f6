from __future__ import annotations

import pytest

from omega_reference.portfolio.drawdown import mark
from omega_reference.portfolio.money import new_portfolio


@pytest.mark.rule("P-4")
def test_drawdowns_by_hand() -> None:
    portfolio = new_portfolio(100.0)
    for equity in (90.0, 120.0, 90.0, 60.0, 90.0, 130.0, 129.0):
        mark(portfolio, equity)
    assert (portfolio.max_drawdown_abs, portfolio.max_drawdown_ratio) == (60.0, 0.5)
    assert (portfolio.max_drawdown_bars, portfolio.max_drawdown_initial, portfolio.peak) == (3, 40.0, 130.0)


@pytest.mark.rule("P-4")
def test_the_ratio_is_zero_under_a_peak_that_is_not_positive() -> None:
    portfolio = new_portfolio(0.0)
    mark(portfolio, -5.0)
    assert (portfolio.max_drawdown_abs, portfolio.max_drawdown_ratio) == (5.0, 0.0)
