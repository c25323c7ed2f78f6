"""Pending orders: expiry, else trigger and the exits of the trigger bar (E-3, E-4)."""

from __future__ import annotations

from omega.contract.types import Direction, EventKind, OrderType, Position, Reason
from omega_reference.costs.slippage import ENTRY_LEG
from omega_reference.execution.closing import drop_order
from omega_reference.execution.exits import exit_if_hit
from omega_reference.execution.fills import fill_limit, fill_offset, fill_stop, slipped
from omega_reference.execution.hits import is_triggered
from omega_reference.execution.opening import open_position, size_entry
from omega_reference.execution.refusals import code_of_reason, level_refusal
from omega_reference.execution.state import Account, Book, Buffers, Log, Rules
from omega_reference.grid import grid_price
from omega_reference.quotes import Quote, side_open
from omega_reference.sizing import is_refused


def evaluate_order(
    book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position, buffers: Buffers
) -> None:
    """Expire a pending order, or open it if the bar reaches its price, or cancel it if it may not open."""
    if position.expires_at is not None and position.expires_at <= quote.timestamp:
        # hit E-4
        drop_order(book, account, log, quote, position, EventKind.EXPIRED, Reason.LIMIT_EXPIRED, None)
        return
    if not is_triggered(quote, position):
        return
    # hit E-3
    reason = trigger(book, account, log, rules, quote, position)
    if reason is None:
        exit_if_hit(book, account, log, rules, quote, position, buffers, True)
    else:
        drop_order(book, account, log, quote, position, EventKind.CANCELLED, reason, code_of_reason(reason))


def trigger(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position) -> Reason | None:
    """Check, size and open a pending order at its fill (E-3, Q-E3), or return why not."""
    fill = grid_price(rules.terms.grid, trigger_fill(rules, quote, position))
    if rules.variant.checks_pending:
        reason = level_refusal(rules, position.direction, fill, position.stop_loss, position.take_profit)
        if reason is not None:
            return reason
    risk, raw = size_entry(account, rules, position.requested_size, fill, position.stop_loss)
    if is_refused(raw, rules):
        return Reason.BELOW_MIN
    open_position(book, account, log, rules, quote, position, fill, risk, raw)
    return None


def trigger_fill(rules: Rules, quote: Quote, position: Position) -> float:
    """Return where a triggered order fills (Q-E3, C-1)."""
    level = position.entry_price
    is_buy = position.direction is Direction.LONG
    if position.order_type is OrderType.LIMIT:
        return fill_limit(rules, level, side_open(quote, is_buy), is_buy)
    fill = fill_stop(rules, level, side_open(quote, is_buy), is_buy)
    if not rules.variant.slips_stop_entries:
        return fill
    offset = fill_offset(rules, position, ENTRY_LEG)
    return slipped(fill, offset, is_buy)
