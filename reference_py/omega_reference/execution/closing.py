"""Closing positions and dropping orders (E-16, E-18)."""

from __future__ import annotations

from omega.contract.types import Direction, Event, EventKind, Position, Reason, Status
from omega_reference.costs.slippage import EXIT_LEG
from omega_reference.execution.fills import fill_offset, slipped
from omega_reference.execution.ledger import emit
from omega_reference.execution.ordinals import next_seq
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.grid import grid_price
from omega_reference.portfolio.money import book_exit, net_result, trade_result
from omega_reference.quotes import Quote, side_close
from omega_reference.worth import value_at


def close_position(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    price: float,
    reason: Reason,
    is_slipped: bool,
    is_charged: bool,
    is_at_open: bool,
) -> None:
    """Close a position at ``price``, with slippage and fee if so said, and book the result (C-1, C-2, P-1, P-2)."""
    if is_slipped:
        # v1 keeps the sign of the entry, which makes its exits favourable (C-1).
        is_buy = (position.direction is Direction.LONG) is rules.variant.slips_by_direction
        price = slipped(rules.terms.grid, price, fill_offset(rules, position, EXIT_LEG), is_buy)
    price = grid_price(rules.terms.grid, price)
    value = value_at(rules.terms.worth, price, quote.timestamp)
    fee = rules.costs.fee(position.size, price, value, quote.timestamp, EXIT_LEG) if is_charged else 0.0
    result, r_multiple = trade_result(rules.variant, position, price, value)
    position.status = Status.CLOSED
    position.exit_time = quote.timestamp
    position.known_at = quote.timestamp if is_at_open else quote.end
    position.exit_price = price
    position.result = result
    position.net_result = net_result(position, result, fee)
    position.r_multiple = r_multiple
    position.reason = reason
    position.exit_fee = fee
    book.has_closed = True
    book.records = None
    log.trades.append(position)
    book_exit(account.portfolio, fee, result)
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=position.known_at,
            kind=EventKind.CLOSED,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            price=price,
            size=position.size,
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            result=result,
            fee=fee,
            reason=reason,
        ),
    )


def drop_order(
    book: Book,
    account: Account,
    log: Log,
    quote: Quote,
    position: Position,
    kind: EventKind,
    reason: Reason,
) -> None:
    """End a pending order without a fill (E-4, E-18)."""
    position.status = Status.CLOSED
    book.has_closed = True
    book.records = None
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=kind,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            price=position.order_price,
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            reason=reason,
        ),
    )


def close_all(book: Book, account: Account, log: Log, rules: Rules, quote: Quote) -> None:
    """Close what is open at the bar's close and cancel what is pending (E-18, Q-E18)."""
    for position in book.positions:
        # hit E-18
        if position.status is Status.OPEN:
            price = side_close(quote, position.direction is Direction.SHORT)
            close_position(book, account, log, rules, quote, position, price, Reason.END_OF_DATA, True, True, False)
        else:
            drop_order(book, account, log, quote, position, EventKind.CANCELLED, Reason.END_OF_DATA)
    if book.has_closed:
        forget_closed(book)


def forget_closed(book: Book) -> None:
    """Take what was closed or dropped out of the book; asked for where the book says that there is any."""
    book.positions = [position for position in book.positions if position.status is not Status.CLOSED]
    book.has_closed = False
