"""The rules of prices, each a formula of the contract. All prices are signed points: an order is a long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import xxhash

from .orders import Instruction, Order, Quote, Side
from .terms import Points, Terms, finer
from .worth import typed

U64 = 2**64
TYPES = ("market", "limit", "stop")
ENTRY, EXIT, PART = 0, 1, 2
"""Legs of a draw, PART that of the first part."""

NEAR_HALF = Fraction(1, 1_000)
"""Of a point: with six digits the doubles of a price of a million are a ten thousandth apart."""

STOPPED = {
    "initial": "stop_loss",
    "break_even": "break_even_stop_loss",
    "trailing": "trailing_stop",
    "modified": "modified_stop_loss",
}
"""Why an order left at its stop, by who set that last (Q-E10)."""


def draw(terms: Terms, order_type: str, sign: int, timestamp: int, magic: int, ordinal: int, leg: int) -> Fraction:
    """Draw u in [0, 1) by NumPy's Philox (N-6, Q-N6)."""
    symbol_id = xxhash.xxh3_64_intdigest(terms.symbol.encode()) % 2**32
    kind = (0 if sign > 0 else 1) + 2 * TYPES.index(order_type)
    words = (timestamp % U64, magic % U64, ordinal + 2**32 * symbol_id, leg + 2**32 * kind)
    counter = (sum(word << (64 * place) for place, word in enumerate(words)) - 1) % 2**256
    parts = np.array([(counter >> (64 * place)) % U64 for place in range(4)], dtype=np.uint64)
    key = np.array([terms.seed, 0], dtype=np.uint64)
    word = int(np.random.Philox(counter=parts, key=key).random_raw())
    return Fraction(word >> 11, 2**53)


def slippage(terms: Terms, u: Fraction) -> int:
    """Whole points against the trader (C-1, Q-C1)."""
    offset = (terms.fixed_pips + u * terms.random_pips) * terms.pip
    return math.ceil(Fraction(round(offset * 10**6), 10**6))


def entry_after_slippage(terms: Terms, level: Points, offset: int) -> int:
    """Pay more, on the grid (C-1, N-8)."""
    return terms.on_grid(level) + offset


def exit_after_slippage(terms: Terms, level: Points, offset: int) -> int:
    """Get less, on the grid (C-1, N-8)."""
    return terms.on_grid(level) - offset


def is_judged(order: Order, time: int) -> bool:
    """Whether the pass of a bar looks at an order: not at one of the same bar (E-5)."""
    return order.entry_time < time


def triggers(order: Order, entry: Points) -> bool:
    """Whether a price of the entry's side triggers an order (E-3, Q-E7)."""
    return entry <= order.price if order.order_type == "limit" else entry >= order.price


def entry_fill(order: Order, entry_open: Points, *, at_open: bool) -> Points:
    """Price of a triggered order: its level, at the open the better for a limit, the worse for a stop (Q-E3)."""
    if not at_open:
        return order.price
    if order.order_type == "market":
        return entry_open
    return min(order.price, entry_open) if order.order_type == "limit" else max(order.price, entry_open)


def stop_fill(level: Points, exit_open: Points) -> Points:
    """The worse of level and open (E-9)."""
    return min(level, exit_open)


def target_fill(level: Points, exit_open: Points) -> Points:
    """The better of level and open (E-9)."""
    return max(level, exit_open)


def reaches_stop(order: Order, price: Points, buffer: Fraction) -> bool:
    """E-6, Q-E6."""
    return price <= order.stop + buffer


def reaches_target(order: Order, price: Points) -> bool:
    """E-6; an unset target is never hit."""
    return order.target is not None and price >= order.target


class Walk(NamedTuple):
    """Where in a bar an order enters and leaves: whether at the open, and why it leaves."""

    enters_at_open: bool
    leaves_at_open: bool
    reason: str | None


def low_comes_first(bid: Side) -> bool:
    """Which extreme is nearer to the open, by the close where both are as near (Q-E7)."""
    down, up = finer(bid.open - bid.low), finer(bid.high - bid.open)
    return bid.close >= bid.open if down == up else down < up


def walk(order: Order, quote: Quote, buffer: Fraction, *, low_first: bool) -> Walk:
    """Go through a bar point by point (Q-E7)."""
    entry, exit_ = quote.entry(order.sign), quote.exit(order.sign)
    extremes = [(entry.low, exit_.low), (entry.high, exit_.high)]
    if low_first is not (order.sign > 0):  # what is low is high to whom prices are negated
        extremes.reverse()
    is_open, at_open = order.is_open, True
    for place, (enters, leaves) in enumerate(
        [(entry.open, exit_.open), *extremes, (entry.close, exit_.close)],
    ):
        if not is_open:
            is_open, at_open = triggers(order, enters), place == 0
        if is_open and reaches_stop(order, leaves, buffer):
            return Walk(at_open, place == 0, "stop_loss")
        if is_open and reaches_target(order, leaves):
            return Walk(at_open, place == 0, "take_profit")
    return Walk(at_open, leaves_at_open=False, reason=None)


def worse(path: Walk, other: Walk) -> Walk:
    """The stop rather than nothing, nothing rather than the target (Q-E7)."""
    for reason in ("stop_loss", None):
        for one in (path, other):
            if one.reason == reason:
                return one
    return path


def expires(order: Order, time: int) -> bool:
    """E-4."""
    expires_at = order.signal["expires_at"]
    return expires_at is not None and expires_at <= time


def is_old(order: Order, time: int) -> bool:
    """E-12."""
    limit = order.signal["max_holding"]
    return limit is not None and order.trigger_time is not None and time - order.trigger_time >= limit


def is_managed(order: Order, time: int) -> bool:
    """Whether management looks at an order: not in the bar of its fill (E-11)."""
    return order.is_open and order.trigger_time is not None and order.trigger_time < time


def gain(order: Order, quote: Quote) -> Points:
    """How far a bar went the order's way (Q-E13)."""
    return quote.exit(order.sign).high - order.price


def is_due(order: Order, quote: Quote) -> bool:
    """Whether break-even comes now: once, so many initial distances from the fill (Q-E13)."""
    at_r, distance = order.signal["break_even_at_r"], finer(abs(order.price - order.initial_stop))
    if at_r is None or order.was_due or distance == 0:
        return False
    return finer(gain(order, quote)) >= finer(typed(at_r) * distance)


def break_even_level(terms: Terms, order: Order) -> Points:
    """The fill and the offset, not yet on the grid (Q-E13)."""
    return order.price + terms.points(order.signal["break_even_offset"])


def trailing_level(terms: Terms, order: Order, quote: Quote) -> Points:
    """So far behind the bar's best price, not yet on the grid (Q-E14)."""
    return quote.exit(order.sign).high - terms.points(order.signal["trailing_distance"])


def is_half(points: Points) -> bool:
    """Whether a level lies so exactly between two points that doubles decide."""
    return abs(points % 1 - Fraction(1, 2)) <= NEAR_HALF


def is_a_step(terms: Terms, order: Order, level: int) -> bool:
    """Whether a trailing stop moves so far at once (Q-E14)."""
    return level - order.stop > 0 and level - order.stop >= finer(terms.points(order.signal["trailing_step"]))


def can_stand(terms: Terms, order: Order, level: int) -> bool:
    """Whether a stop can fill above 0, whatever slippage is drawn (Q-E11)."""
    return order.sign * level > slippage(terms, Fraction(1))


def is_reached(instruction: Instruction, order: Order) -> bool:
    """Whether an exit or modify signal is about an order: its own or any direction, asked for before it (Q-E15)."""
    signal = instruction.signal
    is_same = order.signal["magic_number"] == signal["magic_number"]
    is_same = is_same and signal["direction"] in (None, order.signal["direction"])
    return is_same and order.order_id < instruction.before


def change_refusal(left_at: int, stop: int | None, target: int | None) -> str | None:
    """The checks of a modify signal, of what it sets (Q-E15b)."""
    if stop is not None and stop >= left_at:
        return "stop_side"
    return "target_side" if target is not None and target <= left_at else None


def level_refusal(terms: Terms, fill: int, left_at: int, stop: int, target: int | None) -> str | None:
    """The checks of E-1, the stop seen from where the position could be left at once."""
    if finer(abs(left_at - stop)) < terms.min_distance:
        return "stop_distance"
    if stop >= left_at:
        return "stop_side"
    if target is not None and target <= max(fill, left_at):
        return "target_side"
    return None


def refused_fills(terms: Terms, quotes: Sequence[Quote]) -> tuple[str, int] | None:
    """Column and row of what could bring a fill to 0 or below: the first of the lowest low, bid before ask (Q-C1b)."""
    low, _, row = min(
        (side.low, place, row) for row, quote in enumerate(quotes) for place, side in enumerate((quote.bid, quote.ask))
    )
    on_grid = terms.on_grid(low)
    if on_grid <= 0:
        return "instruments.digits", row
    most = slippage(terms, Fraction(1))
    return ("costs.slippage", row) if most and min(low, on_grid) <= most + terms.buffer else None


def is_new(order: Order, time: int) -> bool:
    """Whether an open order was opened in the bar of a time (Q-C4b)."""
    return order.trigger_time == time
