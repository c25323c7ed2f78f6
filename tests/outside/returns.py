"""Metrics of days, of time and of R (Q-P5b, Q-P5c), to sixty digits."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from .orders import Order, Outcome

DIGITS = Context(prec=60)
DAYS_A_YEAR = 252
KNOWN = {"returns": 12, "r": 8}
"""Decimals to which a deviation is more than a rounding error."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Measures = dict[str, int | Fraction | None]
"""Metrics by name."""


def measures(initial: Fraction, curve: Sequence[Fraction], outcome: Outcome, summary: Measures) -> Measures:
    """Return what follows the summary in the table of P-5."""
    trades = outcome.trades
    still_open = [order for order in outcome.positions if order.is_open]
    down, profit = summary["max_drawdown_abs"], summary["net_profit"]
    assert down is not None and profit is not None  # noqa: PT018
    return {
        "total_return": (curve[-1] - initial) / initial,
        **of_days(initial, outcome.times, curve, Fraction(summary["max_drawdown_ratio"] or 0)),
        "exposure": exposure(outcome.times, trades, still_open),
        "longest_losing_streak": longest_streak([order.net_result for order in trades]),
        "sqn": quality([order.r_multiple for order in trades]),
        "avg_duration_minutes": minutes(trades),
        "recovery_factor": Fraction(profit) / down if round(Fraction(down), 8) else None,
    }


def day_of(time: int) -> int:
    """Return the ordinal of a time's day; weekends belong to Monday."""
    day = (EPOCH + timedelta(microseconds=time)).date()
    return day.toordinal() + {5: 2, 6: 1}.get(day.weekday(), 0)


def deviation(values: Sequence[Decimal], mean: Decimal, known: int) -> Decimal:
    """Return the sample deviation, nothing where it is a rounding error."""
    squares = sum(((value - mean) ** 2 for value in values), Decimal(0)) / (len(values) - 1)
    return _known(squares.sqrt(), known)


def _known(value: Decimal, digits: int) -> Decimal:
    return value if round(value, digits) else Decimal(0)


def of_days(initial: Fraction, times: Sequence[int], equity: Sequence[Fraction], down: Fraction) -> Measures:
    """Q-P5b."""
    with localcontext(DIGITS):
        closes = list({day_of(time): _decimal(value) for time, value in zip(times, equity, strict=True)}.values())
        before = [_decimal(initial), *closes[:-1]]
        if len(closes) < 2 or min(before) <= 0:
            return dict.fromkeys(("volatility", "sharpe", "sortino", "cagr", "calmar"))
        returns = [(close - base) / base for base, close in zip(before, closes, strict=True)]
        mean = sum(returns, Decimal(0)) / len(returns)
        spread = deviation(returns, mean, KNOWN["returns"])
        squares = sum((value**2 for value in returns if value < 0), Decimal(0)) / len(returns)
        below = _known(squares.sqrt(), KNOWN["returns"])
        year = Decimal(DAYS_A_YEAR).sqrt()
        grown = None
        if closes[-1] > 0:
            grown = (closes[-1] / before[0]) ** (Decimal(DAYS_A_YEAR) / len(closes)) - 1
            grown = grown if grown <= Decimal(sys.float_info.max) else None
        return {
            "volatility": Fraction(spread * year),
            "sharpe": Fraction(mean / spread * year) if spread else None,
            "sortino": Fraction(mean / below * year) if below else None,
            "cagr": None if grown is None else Fraction(grown),
            "calmar": None if grown is None or not round(down, KNOWN["returns"]) else Fraction(grown) / down,
        }


def exposure(times: Sequence[int], trades: Sequence[Order], still_open: Sequence[Order]) -> Fraction:
    """Q-P5c: part of the bars."""
    exposed: set[int] = set()
    for order in trades:
        assert order.trigger_time is not None
        exposed.update(range(bar_of(times, order.trigger_time), bisect_right(times, order.exit_time)))
    for order in still_open:
        assert order.trigger_time is not None
        exposed.update(range(bar_of(times, order.trigger_time), len(times)))
    return Fraction(len(exposed), len(times))


def bar_of(times: Sequence[int], time: int) -> int:
    """Return the row of the bar that a time lies in (Q-E22)."""
    row = bisect_left(times, time)
    return row if row < len(times) and times[row] == time else row - 1


def longest_streak(results: Sequence[Fraction]) -> int:
    """Return the most losses one after the other."""
    marks = "".join("L" if round(result, 8) < 0 else " " for result in results)
    return max(map(len, marks.split()), default=0)


def quality(multiples: Sequence[Fraction]) -> Fraction | None:
    """Q-P5c: sqn."""
    if len(multiples) < 2:
        return None
    with localcontext(DIGITS):
        values = [_decimal(value) for value in multiples]
        mean = sum(values, Decimal(0)) / len(values)
        spread = deviation(values, mean, KNOWN["r"])
        return Fraction(Decimal(len(values)).sqrt() * mean / spread) if spread else None


def minutes(trades: Sequence[Order]) -> Fraction | None:
    """Return the mean duration."""
    held = [order.exit_time - (order.trigger_time or 0) for order in trades]
    return Fraction(sum(held), len(held) * 60_000_000) if held else None


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
