"""What an account returned: in all, and by day as a year of such days would have it (P-5, Q-P5b)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omega_reference.execution.state import Account, Log
from omega_reference.numbers import quantize
from omega_reference.portfolio.curve import day_closes
from omega_reference.transcendental import exp, ln

DAYS_A_YEAR: Final = 252.0
RETURN_DIGITS: Final = 12
"""Decimals that the deviation of a return is known to: equity is a sum, and has the rounding error of one."""


@dataclass(slots=True, kw_only=True)
class Returns:
    """Ratios; None where there is nothing to measure or to divide by."""

    total_return: float
    volatility: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    cagr: float | None = None
    calmar: float | None = None


def account_returns(account: Account, log: Log) -> Returns:
    """Return what the account returned, the daily figures without interest and for a target of 0 (Q-P5b)."""
    portfolio = account.portfolio
    initial = portfolio.initial_balance
    returns = Returns(total_return=(portfolio.equity - initial) / initial)
    closes = day_closes(account, log)
    daily = daily_returns(initial, closes)
    if daily is None:
        return returns
    a_year, average = math.sqrt(DAYS_A_YEAR), mean(daily)
    deviation = known(sample_deviation(daily, average), RETURN_DIGITS)
    below = known(downside_deviation(daily), RETURN_DIGITS)
    returns.volatility = deviation * a_year
    if deviation != 0.0:
        returns.sharpe = (average / deviation) * a_year
    if below != 0.0:
        returns.sortino = (average / below) * a_year
    returns.cagr = annual_growth(closes[-1] / initial, len(closes))
    fallen = known(portfolio.max_drawdown_ratio, RETURN_DIGITS)
    if returns.cagr is not None and fallen != 0.0:
        returns.calmar = returns.cagr / fallen
    return returns


def daily_returns(initial: float, closes: Sequence[float]) -> list[float] | None:
    """Return each day's return; None for fewer than two days or where one began with nothing left (Q-P5b)."""
    returns, before = [], initial
    for close in closes:
        if before <= 0.0:
            return None
        returns.append((close - before) / before)
        before = close
    return returns if len(returns) > 1 else None


def annual_growth(growth: float, days: int) -> float | None:
    """Return what a growth in ``days`` days is in a year of such days; None where nothing is left, or it is no double.

    The compound annual growth rate, with a year of trading days as in the ratios beside it (Q-P5b).
    """
    if growth <= 0.0:
        return None
    annual = exp(ln(growth) * (DAYS_A_YEAR / days)) - 1.0
    return annual if math.isfinite(annual) else None


def mean(values: Sequence[float]) -> float:
    """Return the mean, summed from left to right."""
    total = 0.0
    for value in values:
        total = total + value
    return total / len(values)


def sample_deviation(values: Sequence[float], average: float) -> float:
    """Return the sample standard deviation of at least two values around their mean."""
    total = 0.0
    for value in values:
        total = total + ((value - average) * (value - average))
    return math.sqrt(total / (len(values) - 1))


def downside_deviation(values: Sequence[float]) -> float:
    """Return the root of the mean square of the values, those above 0 taken as 0."""
    total = 0.0
    for value in values:
        if value < 0.0:
            total = total + (value * value)
    return math.sqrt(total / len(values))


def known(deviation: float, digits: int) -> float:
    """Return a deviation, 0.0 where it is nothing but rounding error (Q-P5b, Q-P5c)."""
    return 0.0 if quantize(deviation, digits) == 0.0 else deviation
