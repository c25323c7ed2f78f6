"""Pending orders: expiry, else trigger and the exits of the trigger bar (E-3, E-4)."""

from __future__ import annotations

from omega.contract.types import Direction, EventKind, OrderType, Position, Reason
from omega_reference.costs.slippage import ENTRY_LEG
from omega_reference.execution.closing import drop_order
from omega_reference.execution.exits import close_hit, exit_if_hit
from omega_reference.execution.fills import fill_limit, fill_offset, fill_stop, slipped
from omega_reference.execution.hits import is_triggered
from omega_reference.execution.opening import open_position, size_order
from omega_reference.execution.state import Account, Book, Buffers, Log, Rules
from omega_reference.execution.walk import walk_bar
from omega_reference.grid import grid_price
from omega_reference.quotes import Quote, side_open


def evaluate_order(
    book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position, buffers: Buffers
) -> None:
    """Expire a pending order, or open it if the bar reaches its price, and judge its exits from there on."""
    if position.order_type is OrderType.MARKET:
        # hit E-3
        open_position(book, account, log, rules, quote, position, entry_fill(rules, quote, position, True), True)
        exit_if_hit(book, account, log, rules, quote, position, buffers, False)
        return
    if position.expires_at is not None and position.expires_at <= quote.timestamp:
        # hit E-4
        drop_order(book, account, log, quote, position, EventKind.EXPIRED, expiry_reason(rules, position))
        return
    if not is_triggered(quote, position):
        return
    # hit E-3
    if rules.variant.walks_bars:
        enter_by_walk(book, account, log, rules, quote, position)
        return
    reason = size_order(book, account, rules, position, position.order_price)
    assert reason is None, "S-4: where sizes come this late none is refused"
    open_position(book, account, log, rules, quote, position, entry_fill(rules, quote, position, False), False)
    asks_close = rules.variant.asks_close_for_targets
    exit_if_hit(book, account, log, rules, quote, position, buffers, asks_close)


def expiry_reason(rules: Rules, order: Position) -> Reason:
    """Return why an order expired: what it is (E-4)."""
    is_named = rules.variant.names_expired_stops and order.order_type is OrderType.STOP
    return Reason.EXPIRED if is_named else Reason.LIMIT_EXPIRED


def enter_by_walk(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position) -> None:
    """Open a triggered order where the walk of its bar enters it, and close it where the walk leaves it (E-7)."""
    is_stop = position.order_type is OrderType.STOP
    order = rules.intrabar_stop_entry if is_stop else rules.intrabar_limit_entry
    walked = walk_bar(account, rules, quote, position, order)
    is_at_open = walked.is_entry_at_open
    fill = entry_fill(rules, quote, position, is_at_open)
    open_position(book, account, log, rules, quote, position, fill, is_at_open)
    if walked.has_stop or walked.has_target:
        close_hit(book, account, log, rules, quote, position, walked.has_target, walked.is_exit_at_open)


def entry_fill(rules: Rules, quote: Quote, order: Position, is_at_open: bool) -> float:
    """Return where a triggered order fills: at the open or at its level, with slippage (Q-E3, C-1)."""
    is_buy = order.direction is Direction.LONG
    level, opened = order.order_price, side_open(quote, is_buy)
    if order.order_type is OrderType.LIMIT:
        return grid_price(rules.terms.grid, fill_limit(level, opened, is_buy) if is_at_open else level)
    fill = level
    if is_at_open:
        fill = opened if order.order_type is OrderType.MARKET else fill_stop(level, opened, is_buy)
    if not rules.variant.slips_stop_entries:
        return fill
    return slipped(rules.terms.grid, fill, fill_offset(rules, order, ENTRY_LEG), is_buy)
