"""The rules of prices, each a formula of the contract. All prices are signed points: an order is a long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import xxhash

from .orders import Order, Quote, Side
from .terms import Points, Terms, finer

U64 = 2**64
TYPES = ("market", "limit", "stop")
ENTRY, EXIT = 0, 1


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


def triggers(order: Order, entry: Side) -> bool:
    """E-3."""
    return entry.low <= order.price if order.order_type == "limit" else entry.high >= order.price


def entry_fill(order: Order, entry: Side) -> Points:
    """Price of a triggered order: stops the worse, limits the better of level and open (Q-E3)."""
    return min(order.price, entry.open) if order.order_type == "limit" else max(order.price, entry.open)


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


def target_counts(order: Order, exit_: Side, *, in_trigger_bar: bool) -> bool:
    """E-6; in the trigger bar of a limit order only by the close (Q-E8)."""
    if in_trigger_bar and order.order_type == "limit":
        return order.target is not None and exit_.close > order.target
    return reaches_target(order, exit_.high)


def target_was_first(order: Order, exit_: Side, buffer: Fraction, *, in_trigger_bar: bool) -> bool:
    """Whether the target counts where both are hit: the open was there already, and not at the stop (E-7)."""
    return not in_trigger_bar and reaches_target(order, exit_.open) and not reaches_stop(order, exit_.open, buffer)


def is_ambiguous(order: Order, exit_: Side, buffer: Fraction) -> bool:
    """Whether, both being hit, the open reached neither (Q-E7)."""
    return not reaches_target(order, exit_.open) and not reaches_stop(order, exit_.open, buffer)


def expires(order: Order, time: int) -> bool:
    """E-4."""
    expires_at = order.signal["expires_at"]
    return expires_at is not None and expires_at <= time


def is_old(order: Order, time: int) -> bool:
    """E-12."""
    limit = order.signal["max_holding"]
    return limit is not None and order.trigger_time is not None and time - order.trigger_time >= limit


def level_refusal(terms: Terms, fill: int, stop: int, target: int | None) -> str | None:
    """The checks of E-1 with ``fill`` as entry."""
    if finer(abs(fill - stop)) < terms.min_distance:
        return "stop_distance"
    if stop >= fill:
        return "stop_side"
    if target is not None and target <= fill:
        return "target_side"
    return None


def refused_slippage(terms: Terms, quotes: Sequence[Quote]) -> int | None:
    """Row at which slippage could push a fill to 0 or below: the first of the lowest low, bid before ask (Q-C1b)."""
    most = (terms.fixed_pips + terms.random_pips) * terms.pip
    low, _, row = min(
        (side.low, place, row) for row, quote in enumerate(quotes) for place, side in enumerate(quote[1:])
    )
    return row if most and low <= most + terms.buffer else None
