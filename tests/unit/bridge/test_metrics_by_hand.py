"""Metrics of days, of time and of the order of trades, worked out by hand, on both sides."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from .test_fills_by_hand import FLAT, Ohlc, Trial, hours, order

RISES = {0: 1.1100, 1: 1.1000, 2: 1.1100, 5: 1.1200, 6: 1.1300, 7: 1.1400}
"""Day of the run, Monday first, to the close of its last hour; all else is flat at the close before."""


def week() -> list[Ohlc]:
    """Return the hours of a week and a Monday."""
    price, bars = 1.1000, list[Ohlc]()
    for day in range(8):
        bars += [(price, price, price, price)] * 23
        close = RISES.get(day, price)
        bars.append((price, max(price, close), min(price, close), close))
        price = close
    return bars


# 100 USD over 100 pips are 0.10 lots, 1 USD a pip. After Monday … Friday 10,100, 10,000, 10,100, 10,100, 10,100; what
# Saturday and Sunday add is the second Monday's: 10,400.
@pytest.mark.rule("P-5", "Q-P5b")
def test_a_week_has_five_returns(backend: str) -> None:
    metrics = Trial(backend, week(), [order("market", None, 1.0900)]).metrics
    returns = [100 / 10_000, -100 / 10_100, 100 / 10_000, 0.0, 0.0, 300 / 10_100]
    mean, deviation = statistics.fmean(returns), statistics.stdev(returns)
    below = statistics.fmean([0.0, returns[1] ** 2, 0.0, 0.0, 0.0, 0.0]) ** 0.5
    assert metrics["total_return"] == pytest.approx(0.04)
    assert metrics["volatility"] == pytest.approx(deviation * 252**0.5)
    assert metrics["sharpe"] == pytest.approx(mean / deviation * 252**0.5)
    assert metrics["sortino"] == pytest.approx(mean / below * 252**0.5)
    assert (metrics["exposure"], metrics["avg_duration_minutes"], metrics["sqn"]) == (1.0, None, None)
    assert metrics["recovery_factor"] == 0.0  # 100 USD down, nothing closed


@pytest.mark.rule("P-5", "Q-P5b")
def test_v1_has_returns_of_its_cash(backend: str) -> None:
    entry = order("market", 1.1000, 1.0900, max_holding=30 * 3_600_000_000)
    metrics = Trial(backend, week(), [entry], variant="v1").metrics
    # Closed in hour 30, on Tuesday, at 1.1100: one R, 100 USD; no other day moves the cash.
    returns = [0.0, 0.01, 0.0, 0.0, 0.0, 0.0]
    assert metrics["total_return"] == pytest.approx(0.01)
    assert metrics["sharpe"] == pytest.approx(statistics.fmean(returns) / statistics.stdev(returns) * 252**0.5)
    assert metrics["sortino"] is None
    assert metrics["exposure"] == 31 / 192
    assert metrics["avg_duration_minutes"] == 30 * 60


# 100 USD over 10 pips are one lot. Lost, lost, won 2 R, lost: 1.1000 → 1.0990, 1.0990 → 1.0980, 1.0980 → 1.1000 and
# 1.1000 → 1.0990. The first two last 1 hour, the third 2, the last 1: the bars 0 … 1, 1 … 2, 2 … 4 and 6 … 7 of 9.
@pytest.mark.rule("P-5", "Q-P5c")
def test_trades_one_after_the_other(backend: str) -> None:
    bars: list[Ohlc] = [
        FLAT,
        (1.0990, 1.0990, 1.0990, 1.0990),
        (1.0980, 1.0980, 1.0980, 1.0980),
        (1.0985, 1.0985, 1.0985, 1.0985),
        (1.1000, 1.1000, 1.1000, 1.1000),
        *(FLAT, FLAT),
        (1.0990, 1.0990, 1.0990, 1.0990),
        (1.0990, 1.0990, 1.0990, 1.0990),
    ]
    entries = [
        {**order("market", None, 1.0990), "timestamp": hours(0)},
        {**order("market", None, 1.0980), "timestamp": hours(1)},
        {**order("market", None, 1.0970, 1.1000), "timestamp": hours(2)},
        {**order("market", None, 1.0990), "timestamp": hours(6)},
    ]
    trial = Trial(backend, bars, entries)
    assert [trade["result"] for trade in trial.trades] == pytest.approx([-100.0, -100.0, 200.0, -100.0])
    metrics: dict[str, Any] = trial.metrics
    assert metrics["longest_losing_streak"] == 2
    assert metrics["avg_duration_minutes"] == 75.0
    assert metrics["exposure"] == 7 / 9
    # R: -1, -1, 2, -1: mean -1/4, deviations -3/4, -3/4, 9/4, -3/4, variance 6.75 / 3.
    assert metrics["sqn"] == pytest.approx(2 * -0.25 / 1.5)
    # 200 USD down after the second, -100 in all.
    assert metrics["recovery_factor"] == pytest.approx(-0.5)
    assert (metrics["volatility"], metrics["total_return"]) == (None, pytest.approx(-0.01))
