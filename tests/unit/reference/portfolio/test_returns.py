"""What an account returned by day, by hand (P-5, Q-P5b)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omega_reference.execution.state import Account, Log, new_account
from omega_reference.portfolio.curve import day_closes, first_bar, trading_day
from omega_reference.portfolio.returns import account_returns, annual_growth, daily_returns

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
DAY = 24 * HOUR


def micros(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def run(config: Any, times: Sequence[int], equity: Sequence[float]) -> tuple[Account, Log]:
    """Build what a run over bars leaves behind."""
    account = new_account(config)
    account.first_time = times[0] if times else None
    account.portfolio.equity = equity[-1] if equity else account.portfolio.initial_balance
    return account, Log(timestamps=list(times), equity_curve=list(equity))


@pytest.mark.rule("Q-P5b")
@pytest.mark.parametrize(
    ("time", "belongs_to"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), 0),
        (datetime(2024, 1, 5, 23, 59, 59, 999_999, tzinfo=UTC), 4),
        (datetime(2024, 1, 6, tzinfo=UTC), 7),
        (datetime(2024, 1, 7, 22, tzinfo=UTC), 7),
        (datetime(2024, 1, 8, tzinfo=UTC), 7),
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), -19_724),
        (datetime(1969, 12, 28, 12, tzinfo=UTC), -19_726),
    ],
)
def test_a_weekend_belongs_to_its_monday(time: datetime, belongs_to: int) -> None:
    # 2024-01-01 is a Monday, day 19,723; 1969-12-31 is a Wednesday, day -1; 1969-12-28 a Sunday: the Monday is day -3.
    assert trading_day(micros(time)) - 19_723 == belongs_to


@pytest.mark.rule("Q-P5b")
def test_a_day_ends_with_its_last_bar(make_config: Any) -> None:
    start = micros(MONDAY)
    friday, sunday, next_monday, wednesday = (start + days * DAY for days in (4, 6, 7, 9))
    times = [friday, friday + HOUR, sunday + 22 * HOUR, next_monday, next_monday + 23 * HOUR, wednesday]
    account, log = run(make_config(), times, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert day_closes(account, log) == [2.0, 5.0, 6.0]


@pytest.mark.rule("Q-P5b", "P-4")
def test_the_point_before_the_first_bar_is_no_day(make_config: Any) -> None:
    start = micros(MONDAY) + DAY
    account, log = run(make_config(), [start - HOUR, start], [100.0, 90.0])
    account.first_time = start
    assert (first_bar(account, log), day_closes(account, log)) == (1, [90.0])
    account.first_time = start - HOUR
    assert (first_bar(account, log), day_closes(account, log)) == (0, [100.0, 90.0])


@pytest.mark.rule("P-5", "Q-P5b")
def test_returns_by_hand(make_config: Any) -> None:
    # 100 → 110 → 99 → 108.9: +10 %, -10 %, +10 %, of which the mean is 1/30 and the variance (1 + 4 + 1) / 225 / 2.
    # Sharpe² = (1/900) / (1/75) · 252 = 21; the root mean square below 0 is 0.1 / √3: Sortino² = (1/900) · 300 · 252.
    times = [micros(MONDAY) + day * DAY for day in range(3)]
    account, log = run(make_config(initial_balance=100.0), times, [110.0, 99.0, 108.9])
    returns = account_returns(account, log)
    assert returns.total_return == pytest.approx(0.089, rel=1e-12)
    assert returns.volatility == pytest.approx(math.sqrt(252 / 75), rel=1e-12)
    assert returns.sharpe == pytest.approx(math.sqrt(21), rel=1e-12)
    assert returns.sortino == pytest.approx(math.sqrt(84), rel=1e-12)
    # Three days of 252: 1.089 to the power of 84; it was down 10 % once.
    account.portfolio.max_drawdown_ratio = 0.1
    returns = account_returns(account, log)
    assert returns.cagr == pytest.approx(1.089**84 - 1.0, rel=1e-12)
    assert returns.calmar == pytest.approx((1.089**84 - 1.0) / 0.1, rel=1e-12)


@pytest.mark.rule("P-5", "Q-P5b")
@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ([], (0.0, None, None, None, None, None)),
        ([125.0], (0.25, None, None, None, None, None)),
        ([100.0, 100.0], (0.0, 0.0, None, None, 0.0, None)),
        ([100.0, 100.00000000001], (1e-13, 0.0, None, None, pytest.approx(1.26e-11, rel=1e-2), None)),
        ([-20.0, -20.0], (-1.2, None, None, None, None, None)),
        ([0.0, 50.0], (-0.5, None, None, None, None, None)),
    ],
)
def test_what_cannot_be_measured_is_null(make_config: Any, equity: list[float], expected: tuple[object, ...]) -> None:
    times = [micros(MONDAY) + day * DAY for day in range(len(equity))]
    account, log = run(make_config(initial_balance=100.0), times, equity)
    found = astuple(account_returns(account, log))
    assert found == (pytest.approx(expected[0], abs=1e-15), *expected[1:])


@pytest.mark.rule("Q-P5b")
def test_without_a_losing_day_there_is_no_sortino_ratio(make_config: Any) -> None:
    times = [micros(MONDAY) + day * DAY for day in range(2)]
    returns = account_returns(*run(make_config(initial_balance=100.0), times, [100.0, 110.0]))
    # 0 and 10 %: the mean 5 % over √(2 · 0.0025): √(1/2) · √252.
    assert returns.sharpe == pytest.approx(math.sqrt(126), rel=1e-12)
    assert returns.sortino is None


@pytest.mark.rule("Q-P5b")
@pytest.mark.parametrize(
    ("growth", "days", "expected"),
    [
        (1.0, 2, 0.0),
        (1.1, 252, 0.1),
        (1.21, 504, 0.1),
        (0.5, 126, -0.75),
        (0.0, 9, None),
        (-1.0, 9, None),
        (300.0, 2, None),
    ],
)
def test_growth_is_that_of_a_year(growth: float, days: int, expected: float | None) -> None:
    """300 to the power of 126 is no double any more."""
    assert annual_growth(growth, days) == (None if expected is None else pytest.approx(expected, abs=1e-13))


@pytest.mark.rule("Q-P5b")
def test_a_run_that_ends_with_nothing_has_a_last_return() -> None:
    assert daily_returns(100.0, [50.0, 0.0]) == [-0.5, -1.0]
    assert daily_returns(100.0, [0.0, 0.0]) is None
