"""Accepting and rejecting signals, sizing and opening positions (T-8, S-2, E-1)."""

from __future__ import annotations

from omega.contract.types import Event, EventKind, Position, Reason, Signal, Status
from omega_reference.execution.ledger import emit
from omega_reference.execution.ordinals import next_order_id, next_seq
from omega_reference.execution.refusals import code_of_reason
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.portfolio.money import book_entry
from omega_reference.quotes import Quote
from omega_reference.sizing import lots_from_raw, raw_size, risk_amount


def accept(book: Book, account: Account, log: Log, quote: Quote, order: Position) -> Position:
    """Give an order its id and put it into the book; a rejected signal consumes no id (T-8)."""
    order.order_id = next_order_id(account)
    book.positions.append(order)
    book.records = None
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            kind=EventKind.ACCEPTED,
            order_id=order.order_id,
            price=order.entry_price,
            size=order.requested_size,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
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
            kind=EventKind.REJECTED,
            price=signal.price,
            size=signal.size,
            stop_loss=signal.stop_loss,
            take_profit=signal.take_profit,
            reason=reason,
            error_code=int(code_of_reason(reason)),
        ),
    )


def size_entry(
    account: Account, rules: Rules, requested_size: float | None, entry: float, stop_loss: float
) -> tuple[float, float]:
    """Return risk amount and raw lots of an entry (S-2); an explicit size is the raw of S-4."""
    risk = risk_amount(rules, account.portfolio.equity)
    if requested_size is not None:
        return risk, requested_size
    # hit S-2
    return risk, raw_size(risk, entry, stop_loss, rules.terms)


def open_position(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    fill: float,
    risk: float,
    raw: float,
) -> None:
    """Open an accepted order at its fill, with the lots of ``raw``, and book the fee (S-4, C-2, P-2)."""
    lots = lots_from_raw(raw, rules.terms)
    fee = rules.costs.fee(lots, fill)
    position.status = Status.OPEN
    position.trigger_time = quote.timestamp
    position.entry_price = fill
    position.size = lots
    position.risk_per_trade = risk
    position.entry_fee = fee
    book.records = None
    book_entry(account.portfolio, fee)
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            kind=EventKind.OPENED,
            order_id=position.order_id,
            price=fill,
            size=lots,
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            fee=fee,
        ),
    )
