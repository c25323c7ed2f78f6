"""Equity at the end of a bar: the profit of what is open (P-3)."""

from __future__ import annotations

from omega.contract.types import Direction, Position
from omega_reference.execution.state import Book, Rules
from omega_reference.portfolio.money import price_move
from omega_reference.quotes import Quote
from omega_reference.worth import value_at


def open_profit(book: Book, rules: Rules, quote: Quote) -> float:
    """Return the profit of open positions marked at the closes, in order_id order (P-3, Q-P3)."""
    total = 0.0
    for position in book.positions:
        if position.trigger_time is None:
            continue
        # hit P-3
        total = total + position_profit(rules, position, quote.bid_close, quote.ask_close, quote.timestamp)
    return total


def position_profit(rules: Rules, position: Position, bid: float, ask: float, time: int) -> float:
    """Return the profit of an open position marked at its exit side, in the bar of a time, µs (Q-P3)."""
    price = bid if position.direction is Direction.LONG else ask
    move = price_move(position.direction, position.entry_price, price)
    return (move * position.size) * value_at(rules.terms.worth, price, time)
