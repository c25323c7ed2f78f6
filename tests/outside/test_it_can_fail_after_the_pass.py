"""Moved stops, exit and modify signals, parts, with one rule changed: each change is noticed (E-10…E-16)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from . import changes, money, returns, rules
from . import detailed as detailed_runs
from .by_hand import run_of
from .detailed import detailed
from .failing import Change, Run, is_noticed
from .managed import managed
from .opinion import Opinion
from .orders import Instruction, Order, Quote
from .terms import Terms
from .test_worked_changes import EXAMPLES

NEVER: Final = 2**63


def _without(name: str) -> Callable[[Any], Any]:
    def other(right: Callable[..., dict[str, Fraction]]) -> Callable[..., dict[str, Fraction]]:
        return lambda order, part: {**right(order, part), name: Fraction(0)}

    return other


CHANGES: Final = (
    Change("E-10", "a moved stop is a stop", rules, "STOPPED", lambda right: dict.fromkeys(right, "stop_loss")),
    Change("E-10", "the first move names the stop", changes, "move", lambda right: _first_kind(right)),
    Change("E-11", "management looks at new ones", rules, "is_managed", lambda _: lambda order, _: order.is_open),
    Change("E-11", "trailing comes before break-even", changes, "STEPS", lambda right: right[::-1]),
    Change("E-11", "management comes before signals", changes, "act", lambda right: _after(changes.manage, right)),
    Change("E-22", "only the last detail bar counts", changes, "look_inside", lambda _: lambda _, __, parts: parts[-1]),
    Change("E-22", "stops move once a bar", changes, "follow", lambda _: lambda *_: None),
    Change("Q-E22", "the last one ends by itself", detailed_runs, "parts_of", lambda right: _ending_by_itself(right)),
    Change("Q-E22", "a bar is exposed from the next on", returns, "bar_of", lambda _: bisect_left),
    Change("Q-E11", "a stop may stand at 0", rules, "can_stand", lambda _: lambda *_: True),
    Change("E-13", "what the close gained counts", rules, "gain", lambda _: _gain_of_the_close),
    Change("E-13", "it comes again", rules, "is_due", lambda right: lambda o, q: right(replace(o, was_due=False), q)),
    Change("E-13", "it is used up where it moves", changes, "STEPS", lambda right: _kept_for_later(*right)),
    Change(
        "E-13",
        "the distance is that of the present stop",
        rules,
        "is_due",
        lambda right: lambda order, quote: right(replace(order, initial_stop=order.stop), quote),
    ),
    Change(
        "E-13",
        "the entry is what was asked for",
        rules,
        "is_due",
        lambda right: lambda order, quote: right(replace(order, price=order.order_price), quote),
    ),
    Change("E-13", "there is no offset", rules, "break_even_level", lambda _: lambda _, order: order.price),
    Change("E-14", "the close is trailed", rules, "trailing_level", lambda _: _trail_the_close),
    Change("E-14", "any step is enough", rules, "is_a_step", lambda _: lambda _, order, level: level > order.stop),
    Change("E-14", "a step just as long is not", rules, "is_a_step", lambda right: _a_longer_step(right)),
    Change(
        "E-14",
        "it starts without a loss",
        rules,
        "is_a_step",
        lambda right: lambda terms, order, level: level >= order.price and right(terms, order, level),
    ),
    Change("E-14", "it acts in its own bar", Opinion, "judge", lambda right: _after(_trail_all, right)),
    Change("E-15", "signals act before the pass", Opinion, "judge", lambda right: _after(changes.act, right)),
    Change("E-15", "any direction is meant", rules, "is_reached", lambda right: _asked(right, direction=None)),
    Change("E-15", "any number is meant", rules, "is_reached", lambda right: _any_number(right)),
    Change(
        "E-15",
        "later orders are reached",
        rules,
        "is_reached",
        lambda right: lambda instruction, order: right(instruction._replace(before=NEVER), order),
    ),
    Change("E-15", "an exit leaves orders pending", changes, "reached_by", lambda right: _only_open(right)),
    Change("E-15", "a part cancels orders", changes, "reached_by", lambda _: _all_reached),
    Change("Q-E15b", "a modify sets anything", rules, "change_refusal", lambda _: lambda *_: None),
    Change(
        "Q-E15b",
        "only its stop is checked",
        rules,
        "change_refusal",
        lambda right: lambda left_at, stop, _: right(left_at, stop, None),
    ),
    Change("Q-E15b", "what is pending is judged by the close", changes, "judged_at", lambda _: _exit_close),
    Change("Q-E15b", "what is open is judged by its fill", changes, "judged_at", lambda _: lambda _, __, o: o.price),
    Change("E-16", "a fraction is of all there was", money, "part_of", lambda right: _of_the_first_size(right)),
    Change("E-16", "parts are rounded up", money, "part_of", lambda right: _rounded_up(right)),
    Change("E-16", "first the part, then the rest", money, "fate_of", lambda right: _part_first(right)),
    Change("E-16", "a rest may be small", money, "fate_of", lambda right: lambda t, part, _: right(t, part, NEVER)),
    *(
        Change("E-16", f"a part has no share of {name}", money, "shares", _without(name))
        for name in ("entry_fee", "swap", "risk", "margin")
    ),
    Change("N-6", "a part repeats the draw of its entry", rules, "PART", lambda _: 0),
    Change(
        "N-6",
        "all parts share a draw",
        Opinion,
        "offset",
        lambda right: lambda opinion, order, leg: right(opinion, order, min(leg, 2)),
    ),
    Change(
        "P-1",
        "R is that of the moved stop",
        money,
        "r_multiple",
        lambda right: lambda terms, order, gross: right(terms, replace(order, initial_stop=order.stop), gross),
    ),
    Change("P-5", "a part is no trade", money, "metrics", lambda right: _only_last(right)),
)


def _after(first: Callable[..., Any], right: Callable[..., Any]) -> Callable[..., Any]:
    def both(opinion: Opinion, quote: Quote) -> None:
        first(opinion, quote)
        right(opinion, quote)

    return both


def _first_kind(right: Callable[..., Any]) -> Callable[..., Any]:
    def move(opinion: Opinion, quote: Quote, order: Order, stop: int, kind: str, reason: str) -> None:
        right(opinion, quote, order, stop, kind if order.stop_kind == "initial" else order.stop_kind, reason)

    return move


def _gain_of_the_close(order: Order, quote: Quote) -> Any:
    return quote.exit(order.sign).close - order.price


def _kept_for_later(right: Callable[..., Any], *others: Callable[..., Any]) -> tuple[Callable[..., Any], ...]:
    def break_even(opinion: Opinion, quote: Quote, order: Order) -> None:
        before = order.stop
        right(opinion, quote, order)
        order.was_due = order.was_due and order.stop != before

    return break_even, *others


def _trail_the_close(terms: Terms, order: Order, quote: Quote) -> int:
    return terms.on_grid(quote.exit(order.sign).close - terms.points(order.signal["trailing_distance"]))


def _a_longer_step(right: Callable[..., bool]) -> Callable[..., bool]:
    def is_a_step(terms: Terms, order: Order, level: int) -> bool:
        return right(terms, order, level) and level - order.stop != terms.points(order.signal["trailing_step"])

    return is_a_step


def _trail_all(opinion: Opinion, quote: Quote) -> None:
    for order in opinion.orders:
        if rules.is_managed(order, quote.time):
            changes.trail(opinion, quote, order)


def _asked(right: Callable[..., bool], **other: Any) -> Callable[..., bool]:
    def is_reached(instruction: Instruction, order: Order) -> bool:
        return right(instruction._replace(signal={**instruction.signal, **other}), order)

    return is_reached


def _any_number(right: Callable[..., bool]) -> Callable[..., bool]:
    def is_reached(instruction: Instruction, order: Order) -> bool:
        return _asked(right, magic_number=order.signal["magic_number"])(instruction, order)

    return is_reached


def _only_open(right: Callable[..., list[Order]]) -> Callable[..., list[Order]]:
    def reached_by(instruction: Instruction, orders: list[Order]) -> list[Order]:
        reached, is_exit = right(instruction, orders), instruction.signal["signal_type"] == "exit"
        return [order for order in reached if order.is_open or not is_exit]

    return reached_by


def _all_reached(instruction: Instruction, orders: list[Order]) -> list[Order]:
    return [order for order in orders if rules.is_reached(instruction, order)]


def _exit_close(opinion: Opinion, quote: Quote, order: Order) -> int:
    return opinion.terms.on_grid(quote.exit(order.sign).close)


def _of_the_first_size(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    first: dict[int, tuple[Order, Fraction]] = {}  # with the order, whose number nothing else has while it is kept

    def part_of(terms: Terms, order: Order, fraction: Fraction) -> Fraction:
        _, lots = first.setdefault(id(order), (order, order.lots))
        return min(right(terms, replace(order, lots=lots), fraction), order.lots)

    return part_of


def _ending_by_itself(right: Callable[..., Any]) -> Callable[..., Any]:
    def parts_of(bars: Sequence[Quote], detail: Sequence[Quote], terms: Terms, step: int) -> dict[int, list[Quote]]:
        parts = right(bars, detail, terms, step)
        return {time: [quote._replace(end=quote.time + step) for quote in of_bar] for time, of_bar in parts.items()}

    return parts_of


def _rounded_up(right: Callable[..., Fraction]) -> Callable[..., Fraction]:
    def part_of(terms: Terms, order: Order, fraction: Fraction) -> Fraction:
        part = right(terms, order, fraction)
        return part if part == fraction * order.lots else min(part + terms.volume_step, order.lots)

    return part_of


def _part_first(right: Callable[..., str]) -> Callable[..., str]:
    def fate_of(terms: Terms, part: Fraction, rest: Fraction) -> str:
        return "part_below_min" if part < terms.volume_min else right(terms, part, rest)

    return fate_of


def _only_last(right: Callable[..., Any]) -> Callable[..., Any]:
    def metrics(trades: Sequence[Order], *more: Any) -> Any:
        last = {trade.order_id: trade for trade in trades}
        return right([trade for trade in trades if trade is last[trade.order_id]], *more)

    return metrics


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Runs of the reference that the right opinion agrees with, some of them by hand: each change tells in one."""
    inputs = [*managed(40, 12), *detailed(30, 12), *map(run_of, EXAMPLES.values())]
    return [(run, run.result("python")) for run in inputs]


def test_unchanged_it_agrees(runs: list[Run]) -> None:
    assert not is_noticed(runs)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.rule} {change.what}")
def test_a_changed_rule_is_noticed(change: Change, runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change.place, change.name, change.other(getattr(change.place, change.name)))
    assert is_noticed(runs), f"{change.rule}: {change.what}"
