"""What happens to orders after the pass of a bar: exit and modify signals, parts, and management (E-11…E-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from . import money, refusals, rules
from .orders import Instruction, Order, Quote, Signal
from .worth import typed

if TYPE_CHECKING:
    from .opinion import Opinion

# Signals


def act(opinion: Opinion, quote: Quote) -> None:
    """Let the waiting signals act, in the order given (Q-E15)."""
    waiting, opinion.waiting = opinion.waiting, []
    for instruction in waiting:
        reached = reached_by(instruction, opinion.orders)
        for order in reached:
            if instruction.signal["signal_type"] == "modify":
                modify(opinion, quote, order, instruction.signal)
            elif order.is_open:
                leave(opinion, quote, order, instruction.signal)
            else:
                opinion.drop(quote, order, "cancelled", reason="signal_exit")
        if not reached:
            opinion.reject(quote, instruction.signal, "no_match")


def reached_by(instruction: Instruction, orders: list[Order]) -> list[Order]:
    """Return the orders that a signal acts on; an exit of a part only on open ones."""
    reached = [order for order in orders if rules.is_reached(instruction, order)]
    is_part = instruction.signal["signal_type"] == "exit" and fraction_of(instruction.signal) < 1
    return [order for order in reached if order.is_open] if is_part else reached


def fraction_of(signal: Signal) -> Fraction:
    """Return how much of a position an exit closes."""
    return Fraction(1) if signal["fraction"] is None else typed(signal["fraction"])


def leave(opinion: Opinion, quote: Quote, order: Order, signal: Signal) -> None:
    """Close an order or a part of it (E-16)."""
    part, fate = order.lots, "closed"
    if fraction_of(signal) < 1:
        part = money.part_of(opinion.terms, order, fraction_of(signal))
        fate = money.fate_of(opinion.terms, part, order.lots - part)
    if fate == "part_below_min":
        refuse(opinion, quote, order, fate)
    elif fate == "closed":
        opinion.close_at_market(quote, order, "signal_exit")
    else:
        close_part(opinion, quote, order, part)


def close_part(opinion: Opinion, quote: Quote, order: Order, lots: Fraction) -> None:
    """Book a part as a trade of its own; the order goes on with the rest (Q-E16)."""
    shares = money.shares(order, lots)
    price = opinion.market_exit(quote, order, rules.PART + order.parts)
    part = replace(order, lots=lots, **shares)  # type: ignore[arg-type]  # by name
    opinion.book(quote, part, "partially_closed", price, "signal_exit")
    order.parts += 1
    for name, share in {"lots": lots, **shares}.items():
        setattr(order, name, getattr(order, name) - share)


def modify(opinion: Opinion, quote: Quote, order: Order, signal: Signal) -> None:
    """Set a stop, a target or both, or nothing (Q-E15b)."""
    stop, target = (
        None if level is None else order.sign * opinion.terms.p(level)
        for level in (signal["stop_loss"], signal["take_profit"])
    )
    refusal = rules.change_refusal(judged_at(opinion, quote, order), stop, target)
    if refusal is not None:
        refuse(opinion, quote, order, refusal, stop, target)
        return
    order.target = order.target if target is None else target
    move(opinion, quote, order, order.stop if stop is None else stop, "modified", "modify_signal")


def refuse(
    opinion: Opinion, quote: Quote, order: Order, reason: str, stop: int | None = None, target: int | None = None
) -> None:
    """Write the row of a change of an order: with the levels that were asked for (Q-T8)."""
    levels = {
        name: None if level is None else opinion.price(order, level)
        for name, level in (("stop_loss", stop), ("take_profit", target))
    }
    fields: dict[str, Any] = {"reason": reason, "error_code": refusals.code_of(reason), **levels}
    opinion.emit(quote, "rejected", order, **fields)


def judged_at(opinion: Opinion, quote: Quote, order: Order) -> int:
    """Return the price that a modify signal is checked against."""
    return opinion.terms.on_grid(quote.exit(order.sign).close) if order.is_open else order.order_price


# Management


def manage(opinion: Opinion, quote: Quote) -> None:
    """E-11: each step sees the stop that the former set."""
    for order in [order for order in opinion.orders if rules.is_managed(order, quote.time)]:
        if rules.is_old(order, quote.time):
            opinion.close_at_market(quote, order, "timeout")
            continue
        for step in STEPS:
            step(opinion, quote, order)


def look_inside(opinion: Opinion, bar: Quote, parts: Sequence[Quote]) -> Quote:
    """Work through the detail bars of a bar but the last, which is returned and stands in for the bar (Q-E22)."""
    for part in parts[:-1]:
        if opinion.orders:
            opinion.pass_nights(bar, part)
        opinion.judge(part)
        if opinion.orders or any(order.exit_time == part.time for order in opinion.outcome.trades):
            opinion.look(part)
        follow(opinion, part)
        opinion.cash_before = opinion.cash
    return parts[-1]


def follow(opinion: Opinion, quote: Quote) -> None:
    """Q-E22: stops move after each detail bar."""
    for order in [order for order in opinion.orders if rules.is_managed(order, quote.time)]:
        for step in STEPS:
            step(opinion, quote, order)


def break_even(opinion: Opinion, quote: Quote, order: Order) -> None:
    """E-13: it comes once, also where it moves nothing."""
    if rules.is_due(order, quote):
        order.was_due = True
        exact = rules.break_even_level(opinion.terms, order)
        opinion.close_calls += rules.is_half(exact)
        level = opinion.terms.on_grid(exact)
        if level > order.stop and rules.can_stand(opinion.terms, order, level):
            move(opinion, quote, order, level, "break_even", "break_even")


def trail(opinion: Opinion, quote: Quote, order: Order) -> None:
    """E-14."""
    if order.signal["trailing_distance"] is not None:
        exact = rules.trailing_level(opinion.terms, order, quote)
        opinion.close_calls += exact > order.stop and rules.is_half(exact)
        level = opinion.terms.on_grid(exact)
        if rules.is_a_step(opinion.terms, order, level) and rules.can_stand(opinion.terms, order, level):
            move(opinion, quote, order, level, "trailing", "trailing")


STEPS = (break_even, trail)


def move(opinion: Opinion, quote: Quote, order: Order, stop: int, kind: str, reason: str) -> None:
    """Set a stop and say so; its kind changes with its value (Q-E11)."""
    if stop != order.stop:
        order.stop, order.stop_kind = stop, kind
    opinion.emit(quote, "modified", order, reason=reason)
