"""Whether a bar reaches a stop, a target or a pending order's price (E-3, E-6, E-8)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.types import Direction, OrderType, Position, Status
from omega_reference.execution.state import Book, Buffers, Rules
from omega_reference.grid import grid_distance
from omega_reference.quotes import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What one bar does to one position; at least one of both is hit."""

    stop: bool
    target: bool
    is_ambiguous: bool
    """Both are hit and the open had reached neither (Q-E7b)."""


def bar_buffers(book: Book, rules: Rules) -> Buffers:
    """Return the buffers of the whole bar, decided when its pass starts (E-6)."""
    if rules.variant.idle_pip_size is None:
        return rules.buffers
    has_open = any(position.status is Status.OPEN for position in book.positions)
    return rules.buffers if has_open else rules.idle_buffers


def stop_reach(rules: Rules, direction: Direction, stop_loss: float) -> float:
    """Return from where on a stop counts as reached, by the buffer that it has of its own (E-6, Q-E6)."""
    is_long = direction is Direction.LONG
    return grid_distance(
        rules.terms.grid, (stop_loss + rules.stop_buffer) if is_long else (stop_loss - rules.stop_buffer)
    )


def is_triggered(quote: Quote, position: Position) -> bool:
    """Whether the bar reaches a pending order's price (E-3)."""
    price = position.order_price
    match position.order_type, position.direction:
        case OrderType.LIMIT, Direction.LONG:
            return quote.ask_low <= price
        case OrderType.LIMIT, _:
            return quote.bid_high >= price
        case _, Direction.LONG:
            return quote.ask_high >= price
        case _:
            return quote.bid_low <= price


def find_hits(quote: Quote, position: Position, buffers: Buffers, is_trigger_bar: bool) -> Hits | None:
    """Return what the bar hits (E-6), None if nothing.

    Parameters
    ----------
    quote : Quote
    position : Position
        An open one.
    buffers : Buffers
        Of the whole bar.
    is_trigger_bar : bool
        Whether a pending order became this position in this bar (E-8, v1).
    """
    if position.direction is Direction.LONG:
        stop = quote.bid_low <= (position.stop_reach + buffers.stop)
        target = position.take_profit is not None and quote.bid_high >= (position.take_profit - buffers.target)
    else:
        stop = quote.ask_high >= (position.stop_reach - buffers.stop)
        target = position.take_profit is not None and quote.ask_low <= (position.take_profit + buffers.target)
    if is_trigger_bar and position.order_type is OrderType.LIMIT:
        # hit E-8 if target != _is_target_passed_at_close(quote, position)
        target = _is_target_passed_at_close(quote, position)
    if not stop and not target:
        return None
    return Hits(stop=stop, target=target, is_ambiguous=stop and target and not _open_hits(quote, position, buffers))


def _is_target_passed_at_close(quote: Quote, position: Position) -> bool:
    """E-8: a limit entry may have touched the target before it was filled; only the close is certainly after."""
    if position.take_profit is None:
        return False
    if position.direction is Direction.LONG:
        return quote.bid_close > position.take_profit
    return quote.ask_close < position.take_profit


def _open_hits(quote: Quote, position: Position, buffers: Buffers) -> bool:
    """Whether E-6 holds with the open in place of high and low; called only when the target is set."""
    target = position.take_profit
    assert target is not None
    if position.direction is Direction.LONG:
        price = quote.bid_open
        return price <= (position.stop_reach + buffers.stop) or price >= (target - buffers.target)
    price = quote.ask_open
    return price >= (position.stop_reach - buffers.stop) or price <= (target + buffers.target)
