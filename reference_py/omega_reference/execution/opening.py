"""Accepting and rejecting signals, sizing and opening positions (T-8, S-2, E-1)."""

from __future__ import annotations

from omega.contract.types import Event, EventKind, OrderType, Position, Reason, Signal, Status
from omega_reference.costs.slippage import ENTRY_LEG
from omega_reference.execution.ledger import emit
from omega_reference.execution.margin import lacks_margin, order_margin
from omega_reference.execution.ordinals import next_order_id, next_seq
from omega_reference.execution.refusals import code_of_reason
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.quotes import Quote
from omega_reference.sizing import is_refused, lots_again, lots_from_raw, raw_lots, risk_amount
from omega_reference.worth import value_at


def accept(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, order: Position) -> Position:
    """Give an order its id and put it into the book; a rejected signal consumes no id (T-8)."""
    order.order_id = next_order_id(account)
    book.positions.append(order)
    book.records = None
    is_sized = rules.variant.sizes_at_acceptance
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=EventKind.ACCEPTED,
            order_id=order.order_id,
            symbol=order.symbol,
            direction=order.direction,
            order_type=order.order_type,
            price=order.order_price,
            size=order.lots if is_sized else order.requested_size,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
            reason=Reason.SIZE_ADJUSTED if is_sized and is_adjusted(order) else None,
        ),
    )
    return order


def reject(account: Account, log: Log, quote: Quote, signal: Signal, reason: Reason) -> None:
    """Write down that a signal was refused, and why."""
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=EventKind.REJECTED,
            symbol=signal.symbol,
            direction=signal.direction,
            order_type=signal.order_type,
            price=signal.price,
            size=signal.size,
            stop_loss=signal.stop_loss,
            take_profit=signal.take_profit,
            reason=reason,
            error_code=int(code_of_reason(reason)),
        ),
    )


def refuse_change(
    account: Account,
    log: Log,
    quote: Quote,
    position: Position,
    stop_loss: float | None,
    take_profit: float | None,
    reason: Reason,
) -> None:
    """Write down that a change of an order or position was refused, what it asked for, and why (Q-T8)."""
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=EventKind.REJECTED,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            stop_loss=stop_loss,
            take_profit=take_profit,
            reason=reason,
            error_code=int(code_of_reason(reason)),
        ),
    )


def size_order(book: Book, account: Account, rules: Rules, order: Position, entry: float) -> Reason | None:
    """Give an order its lots, by ``entry``, and what it risks, or return why it has none (S-2, S-4, E-21)."""
    risk = risk_amount(rules, account.portfolio.equity)
    raw = order.requested_size
    if raw is None:
        raw = raw_lots(rules, risk, entry, order.initial_stop_loss, order.value_at_entry)
    if is_refused(raw, rules):
        return Reason.BELOW_MIN
    order.risk_per_trade = risk
    order.lots = lots_from_raw(raw, rules)
    if rules.variant.sizes_markets_twice and order.order_type is OrderType.MARKET:
        order.lots = lots_again(order.lots, rules)
    order.margin = order_margin(rules, order)
    if lacks_margin(book, account, rules, order):
        return Reason.FREE_MARGIN
    account.adjusted_sizes += is_adjusted(order)
    return None


def is_adjusted(order: Position) -> bool:
    """Whether an order's lots are not the size that its signal asks for (Q-T8)."""
    return order.requested_size is not None and order.lots != order.requested_size


def set_open(book: Book, rules: Rules, quote: Quote, position: Position) -> None:
    """Make an order an open position, with its trigger time; market orders of v1 have none at ticks (E-17)."""
    position.status = Status.OPEN
    book.records = None
    # hit E-17 if position.order_type is OrderType.MARKET and not rules.variant.stamps_market_triggers
    if rules.variant.stamps_market_triggers or position.order_type is not OrderType.MARKET:
        position.trigger_time = quote.timestamp


def open_position(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    fill: float,
    is_at_open: bool,
) -> None:
    """Open an accepted order at its fill, with its lots, and book the fee (C-2, P-2); the bar's open is known first."""
    lots = position.lots
    value = value_at(rules.terms.worth, fill, quote.timestamp)
    fee = rules.costs.fee(lots, fill, value, quote.timestamp, ENTRY_LEG)
    set_open(book, rules, quote, position)
    position.entry_price = fill
    position.size = lots
    position.entry_fee = fee
    position.is_opened_at_open = is_at_open
    rules.books.book_entry(account.portfolio, fee)
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.timestamp if is_at_open else quote.end,
            kind=EventKind.OPENED,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            price=fill,
            size=lots,
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            fee=fee,
        ),
    )
