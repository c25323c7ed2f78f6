"""The third opinion with one rule changed: each change is noticed, or its agreement would prove nothing."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest

from . import cases, charges, money, returns, ruin, rules
from .failing import Change, Run, is_noticed
from .foreign import foreign
from .opinion import Opinion
from .terms import Terms
from .worth import Worth

DAY = 86_400_000_000
"""Microseconds."""

CHANGES: Final = (
    Change("N-6", "an exit repeats the draw of its entry", rules, "draw", lambda draw: lambda *key: draw(*key[:-1], 0)),
    Change("N-6", "equal signals share a draw", rules, "draw", lambda draw: lambda *key: draw(*key[:-2], 0, key[-1])),
    Change(
        "N-8",
        "prices are cut, not rounded",
        Terms,
        "p",
        lambda _: lambda terms, x: math.floor(Fraction(x) * terms.scale),
    ),
    Change("C-1", "slippage is rounded down", rules, "slippage", lambda right: lambda *of: max(right(*of) - 1, 0)),
    Change("C-1", "exits slip the trader's way", rules, "exit_after_slippage", lambda _: rules.entry_after_slippage),
    Change("C-2", "fees stay in the quote currency", money, "fee", lambda _: _fee_in_quote),
    Change(
        "S-2",
        "the fraction is of the first balance",
        money,
        "risk_amount",
        lambda right: lambda t, _: right(t, t.initial_balance),
    ),
    Change("E-3", "an order is sized by its fill", Opinion, "open", lambda right: _sized_by_the_fill(right)),
    Change(
        "S-4", "sizes are rounded up", money, "lots_of", lambda right: lambda t, raw: right(t, raw + t.volume_step / 2)
    ),
    Change("E-1", "the nearest stop is too near", rules, "level_refusal", lambda right: _strict_distance(right)),
    Change("E-3", "a touch triggers nothing", rules, "triggers", lambda _: _by_more_than_a_touch),
    Change(
        "E-3",
        "an entry at a gap fills at its level",
        rules,
        "entry_fill",
        lambda right: lambda order, opened, **_: right(order, opened, at_open=False),
    ),
    Change(
        "E-4",
        "an order expires a bar later",
        rules,
        "expires",
        lambda right: lambda order, time: right(order, time - 1),
    ),
    Change(
        "E-5",
        "one is judged in its own bar",
        rules,
        "is_judged",
        lambda _: lambda order, time: order.entry_time <= time,
    ),
    Change(
        "E-6",
        "the stop has no buffer",
        rules,
        "reaches_stop",
        lambda right: lambda order, price, _: right(order, price, Fraction(0)),
    ),
    Change(
        "E-6",
        "a touch is no target",
        rules,
        "reaches_target",
        lambda _: lambda order, price: order.target is not None and price > order.target,
    ),
    Change("E-7", "the low always comes first", rules, "low_comes_first", lambda _: lambda _: True),
    Change("E-8", "a fill at the open reaches no target", rules, "walk", lambda right: _no_target_at_once(right)),
    Change("E-7", "the worse order is the path", rules, "worse", lambda _: lambda path, _: path),
    Change(
        "E-1",
        "a stop is seen from the fill",
        rules,
        "level_refusal",
        lambda right: lambda terms, fill, _, *levels: right(terms, fill, fill, *levels),
    ),
    Change("T-8", "a bar is known at its open", Terms, "bar_end", lambda _: lambda _, time: time),
    Change("P-5", "trades are measured before fees", money, "net", lambda _: lambda order: order.result),
    Change("P-5", "what has no divisor is 0", money, "ratio", lambda right: lambda *of: right(*of) or Fraction(0)),
    Change(
        "P-5",
        "a deviation is that of all there is",
        returns,
        "deviation",
        lambda right: lambda values, *of: right(values, *of) * (1 - 1 / Decimal(len(values))).sqrt(),
    ),
    Change("P-5", "a weekend has days of its own", returns, "day_of", lambda _: lambda time: time // DAY),
    Change("P-5", "the bar of an exit is not exposed", returns, "bisect_right", lambda _: bisect_left),
    Change("P-5", "the longest streak is of all losses", returns, "longest_streak", lambda _: _all_losses),
    Change("E-9", "a stop at a gap fills at its level", rules, "stop_fill", lambda _: lambda level, _: level),
    Change("E-9", "a target at a gap fills at its level", rules, "target_fill", lambda _: lambda level, _: level),
    Change(
        "E-12", "a timeout comes a bar late", rules, "is_old", lambda right: lambda order, time: right(order, time - 1)
    ),
    Change("E-18", "the end leaves orders pending", Opinion, "drop", lambda right: _drop_but_at_the_end(right)),
    Change("S-1", "a price is worth what it was at first", Worth, "at", lambda right: _at_the_first_row(right)),
    Change("C-6", "a rate that one divides by multiplies", Worth, "at", lambda right: _never_divided(right)),
    Change("E-21", "the account is looked at at its lows only", ruin, "CORNERS", lambda _: ("low", "low")),
    Change("E-21", "it is closed at the corner", ruin, "share_of", lambda _: lambda *_: Fraction(1)),
    Change("E-21", "any free margin is enough", ruin, "is_beyond", lambda _: lambda order, equity, _: equity < 0),
    Change("E-21", "the level is nothing", ruin, "level_of", lambda _: lambda *_: Fraction(0)),
    Change("Q-E21c", "the open knows what came later", ruin, "share_of", lambda right: _known_at_open(right)),
    Change("Q-E21c", "what the pass closed is forgotten", ruin, "is_older", lambda right: _still_open(right)),
    Change("C-3", "a commission is not rounded to cents", charges, "cents", lambda _: lambda amount: amount),
    Change("C-3", "every side is charged", charges, "is_charged", lambda _: lambda *_: True),
    Change("C-3", "its notional stays in the quotes", charges, "base_of", lambda right: _at_a_value_of_one(right)),
    Change("C-3", "its money is the account's", charges, "back", lambda _: lambda _, __, amount, ___: amount),
    Change("C-4", "every rollover ends one night", charges, "rollovers", lambda right: _single_nights(right)),
    Change("C-4", "weekends have rollovers", charges, "WEEKEND", lambda _: ()),
    Change(
        "C-4", "short ones pay as long ones", charges, "swap", lambda right: lambda n, t, _, *of: right(n, t, 1, *of)
    ),
    Change("C-4", "what opened in the bar pays too", rules, "is_new", lambda _: lambda *_: False),
    Change("S-3", "a pip is worth a point", money, "pip_value", lambda _: lambda t, order: order.value / t.scale),
    Change("S-3", "fixed lots are those of the risk", money, "raw_size", lambda right: _never_fixed(right)),
    Change("P-3", "only cash is equity", Opinion, "mark", lambda right: _mark_cash(right)),
    Change("P-4", "a drawdown ends only above its peak", money.Drawdown, "see", lambda right: _see_the_peak(right)),
)


def _all_losses(results: Sequence[Fraction]) -> int:
    return sum(round(result, 8) < 0 for result in results)


def _at_a_value_of_one(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    return lambda commission, size, fill: right(commission, size, fill._replace(value=size))


def _single_nights(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *of: ((instant, 1) for instant, _ in right(*of))


def _never_fixed(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    return lambda terms, *of: right(replace(terms, sizing="risk"), *of)


def _at_the_first_row(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    def at(worth: Worth, price: Fraction, time: int) -> Fraction:
        since = [rows[0].since for rows, _ in worth.steps if rows[0].since is not None]
        return right(worth, price, max(since, default=time))

    return at


def _never_divided(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    def at(worth: Worth, price: Fraction, time: int) -> Fraction:
        return right(replace(worth, steps=[(rows, False) for rows, _ in worth.steps]), price, time)

    return at


def _fee_in_quote(terms: Terms, lots: Fraction, price: int, _: int, **__: bool) -> Fraction:
    base = lots * terms.contract_size * price / terms.scale / 1_000_000 * terms.per_million
    return max(base, terms.min_fee)


def _strict_distance(right: Callable[..., Any]) -> Callable[..., Any]:
    def refusal(terms: Terms, fill: int, left_at: int, stop: int, target: int | None) -> object:
        is_nearest = abs(left_at - stop) == terms.min_distance
        return "stop_distance" if is_nearest else right(terms, fill, left_at, stop, target)

    return refusal


def _by_more_than_a_touch(order: Any, entry: Any) -> bool:
    return bool(entry < order.price if order.order_type == "limit" else entry > order.price)


def _sized_by_the_fill(right: Callable[..., Any]) -> Callable[..., Any]:
    def opened(opinion: Opinion, quote: Any, order: Any, fill: int, **where: bool) -> None:
        placed, order.order_price = order.order_price, fill
        opinion.size(order)
        order.order_price = placed
        right(opinion, quote, order, fill, **where)

    return opened


def _no_target_at_once(right: Callable[..., rules.Walk]) -> Callable[..., rules.Walk]:
    def walk(order: Any, quote: Any, buffer: Fraction, *, low_first: bool) -> rules.Walk:
        found = right(order, quote, buffer, low_first=low_first)
        is_at_once = not order.is_open and found.enters_at_open and found.reason == "take_profit"
        return found._replace(reason=None) if is_at_once else found

    return walk


def _drop_but_at_the_end(right: Callable[..., Any]) -> Callable[..., Any]:
    def drop(opinion: Opinion, quote: Any, order: Any, kind: str, **why: Any) -> None:
        if why["reason"] != "end_of_data":
            right(opinion, quote, order, kind, **why)

    return drop


def _known_at_open(right: Callable[..., Fraction | None]) -> Callable[..., Fraction | None]:
    return lambda above, opened, *way: right(min(above, opened - way[-1]), opened, *way)


def _still_open(right: Callable[..., bool]) -> Callable[..., bool]:
    return lambda order, time: right(order, time) and order.exit_time is None


def _mark_cash(right: Callable[..., Any]) -> Callable[..., Any]:
    def mark(opinion: Opinion, *given: Any) -> None:
        held, opinion.orders = opinion.orders, []
        right(opinion, *given)
        opinion.orders = held

    return mark


def _see_the_peak(right: Callable[..., Any]) -> Callable[..., Any]:
    def see(drawdown: money.Drawdown, equity: Fraction, cash: Fraction) -> None:
        length, is_peak = drawdown.length, equity == drawdown.peak
        right(drawdown, equity, cash)
        if is_peak:
            drawdown.length = length + 1
            drawdown.bars = max(drawdown.bars, drawdown.length)

    return see


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Runs of the reference that the right opinion agrees with."""
    inputs = [*cases.generated(80, 2), *cases.odd(40, 2), *foreign(110)]
    return [(run, run.result("python")) for run in inputs]


def test_unchanged_it_agrees(runs: list[Run]) -> None:
    assert not is_noticed(runs)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.rule} {change.what}")
def test_a_changed_rule_is_noticed(change: Change, runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change.place, change.name, change.other(getattr(change.place, change.name)))
    assert is_noticed(runs), f"{change.rule}: {change.what}"


def test_a_dozen_rules_are_changed() -> None:
    assert len({change.rule for change in CHANGES}) >= 12
