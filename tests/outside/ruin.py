"""Where an account stands inside a bar, and where it meets the level at which it is stopped out, exact (E-21)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .orders import Order, Quote
from .terms import Points, Terms

CORNERS = ("low", "high")


def mark(order: Order, quote: Quote, place: str) -> Points:
    """Return the exit side's open, low or high, signed: what is low is high to whom prices are negated."""
    side = quote.exit(order.sign)
    if place == "open":
        return side.open
    return side.low if (place == "low") is (order.sign > 0) else side.high


def moves(order: Order, time: int) -> bool:
    """Whether all of the bar came after an order's fill (Q-E21)."""
    return order.is_open and (order.trigger_time != time or order.opened_at_open)


def is_older(order: Order, time: int) -> bool:
    """Whether an order was filled before the bar."""
    return order.trigger_time is not None and order.trigger_time < time


def above_level_at_open(terms: Terms, cash: Fraction, orders: Sequence[Order], quote: Quote) -> Fraction:
    """Return how far the bar began above the level, by what was open before it (Q-E21c)."""
    older = [order for order in orders if is_older(order, quote.time)]
    profits = (terms.profit(order, mark(order, quote, "open"), quote.time) for order in older)
    return cash + sum(profits, Fraction(0)) - level_of(terms, older)


def equity_at(terms: Terms, cash: Fraction, orders: Sequence[Order], quote: Quote, place: str) -> Fraction:
    """Return the equity at a point of the bar."""
    moved = [(order, mark(order, quote, place)) for order in orders if moves(order, quote.time)]
    return cash + sum((terms.profit(order, price, quote.time) for order, price in moved), Fraction(0))


def level_of(terms: Terms, orders: Sequence[Order]) -> Fraction:
    """Return the equity at which the account is stopped out."""
    used = sum((order.margin for order in orders if order.is_open), Fraction(0))
    return Fraction(0) if terms.margin is None else terms.margin[1] * used


def share_of(above: Fraction, opened: Fraction, corner: Fraction, level: Fraction) -> Fraction | None:
    """Return how far on the way from the open to the corner the level was met; None where nobody knows (Q-E21c)."""
    if above <= 0:
        return Fraction(0)
    return None if opened <= level else (opened - level) / (opened - corner)


def is_beyond(order: Order, equity: Fraction, orders: Sequence[Order]) -> bool:
    """Whether an order asks for more margin than is free."""
    return order.margin > equity - sum((other.margin for other in orders), Fraction(0))
