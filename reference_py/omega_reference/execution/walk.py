"""What a bar says of its inside: four points, at which entry and exits are judged (E-7, Q-E7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omega.contract.types import Direction, Intrabar, OrderType, Position, Status
from omega_reference.execution.state import Account, Rules
from omega_reference.grid import Grid, grid_distance
from omega_reference.quotes import Quote

Point = tuple[float, float]
"""Bid and ask at one moment of a bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What one order of a bar's points does to an order or a position."""

    is_entry_at_open: bool
    """Whether it had its entry at the bar's open, or was open before."""
    is_exit_at_open: bool
    has_stop: bool
    has_target: bool
    """At most one of both: it closes by the first that is touched."""


def walk_bar(account: Account, rules: Rules, quote: Quote, position: Position, order: Intrabar) -> Walk:
    """Walk the bar in the order that is asked for, and count it where the other one ends otherwise (Q-E7)."""
    is_low_first = low_first(rules.terms.grid, quote)
    path = walk(bar_points(quote, is_low_first), position)
    other = walk(bar_points(quote, not is_low_first), position)
    if path == other:
        return path
    # hit E-7
    # hit Q-E7 if order is Intrabar.ADVERSE
    account.ambiguous_bars += 1
    return worse(path, other) if order is Intrabar.ADVERSE else path


def low_first(grid: Grid, quote: Quote) -> bool:
    """Whether the low came before the high: the nearer of both to the open, by the close where they are as near."""
    down = grid_distance(grid, quote.bid_open - quote.bid_low)
    up = grid_distance(grid, quote.bid_high - quote.bid_open)
    if down == up:
        # hit Q-E7
        return quote.bid_close >= quote.bid_open
    return down < up


def bar_points(quote: Quote, is_low_first: bool) -> tuple[Point, Point, Point, Point]:
    """Return open, both extremes and close, each with both sides' prices."""
    low, high = (quote.bid_low, quote.ask_low), (quote.bid_high, quote.ask_high)
    first, second = (low, high) if is_low_first else (high, low)
    return (quote.bid_open, quote.ask_open), first, second, (quote.bid_close, quote.ask_close)


def walk(points: Sequence[Point], position: Position) -> Walk:
    """Walk from point to point: the entry where it is pending, from there on the first of stop and target."""
    is_pending = position.status is Status.PENDING
    is_entry_at_open = True
    for place, (bid, ask) in enumerate(points):
        if is_pending:
            if not is_entered(position, bid, ask):
                continue
            is_pending, is_entry_at_open = False, place == 0
        stop, target = is_stopped(position, bid, ask), is_taken(position, bid, ask)
        if stop or target:
            return Walk(
                is_entry_at_open=is_entry_at_open,
                is_exit_at_open=place == 0,
                has_stop=stop,
                has_target=target and not stop,
            )
    return Walk(is_entry_at_open=is_entry_at_open, is_exit_at_open=False, has_stop=False, has_target=False)


def is_entered(order: Position, bid: float, ask: float) -> bool:
    """Whether a pending order triggers at a point (Q-E7)."""
    price = order.order_price
    if order.order_type is OrderType.LIMIT:
        return ask <= price if order.direction is Direction.LONG else bid >= price
    return ask >= price if order.direction is Direction.LONG else bid <= price


def is_stopped(position: Position, bid: float, ask: float) -> bool:
    """Whether a point touches the stop, its buffer included (Q-E7)."""
    return bid <= position.stop_reach if position.direction is Direction.LONG else ask >= position.stop_reach


def is_taken(position: Position, bid: float, ask: float) -> bool:
    """Whether a point touches the target (Q-E7)."""
    target = position.take_profit
    if target is None:
        return False
    return bid >= target if position.direction is Direction.LONG else ask <= target


def worse(path: Walk, other: Walk) -> Walk:
    """Return the walk that is worse for the position: with its stop, else without its target (Q-E7)."""
    if path.has_stop or other.has_stop:
        return path if path.has_stop else other
    return other if path.has_target else path
