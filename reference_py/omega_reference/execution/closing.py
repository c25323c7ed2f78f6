"""Closing positions, parts of them, and dropping orders (E-16, E-18)."""

from __future__ import annotations

from dataclasses import replace

from omega.contract.types import Direction, Event, EventKind, Position, Reason, Status
from omega_reference.costs.slippage import EXIT_LEG, PART_LEG
from omega_reference.execution.fills import fill_offset, slipped
from omega_reference.execution.ledger import emit
from omega_reference.execution.opening import refuse_change
from omega_reference.execution.ordinals import next_seq
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.grid import grid_price
from omega_reference.portfolio.money import net_result, trade_result
from omega_reference.quotes import Quote, side_close
from omega_reference.sizing import least_lots, part_lots, rest_lots
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
        price = exit_slipped(rules, position, price, EXIT_LEG)
    book.has_closed = True
    book.records = None
    settle(account, log, rules, quote, position, price, reason, is_charged, is_at_open, EventKind.CLOSED)


def close_fraction(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    fraction: float,
    reason: Reason,
) -> None:
    """Close a part of an open position at the bar's close, or all of it where hardly anything would be left (E-16)."""
    price = side_close(quote, position.direction is Direction.SHORT)
    part = part_lots(fraction, position.size, rules.terms)
    rest = rest_lots(position.size, part)
    if fraction == 1.0 or rest < least_lots(rules.terms):
        # hit E-16 if fraction < 1.0
        close_position(book, account, log, rules, quote, position, price, reason, True, True, False)
    elif part < least_lots(rules.terms):
        # hit E-16
        refuse_change(account, log, quote, position, None, None, Reason.PART_BELOW_MIN)
    else:
        # hit E-16
        close_part(book, account, log, rules, quote, position, price, reason, part, rest)


def close_part(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    price: float,
    reason: Reason,
    part: float,
    rest: float,
) -> None:
    """Close a part as a trade of its own, with its share of the entry's fee, swap, risk and margin (Q-E16)."""
    entry_fee, risk = position.entry_fee, position.risk_per_trade
    assert entry_fee is not None, "T-7: an open position has paid its entry"
    assert risk is not None, "T-7: an open position knows its risk"
    share = part / position.size
    closed = replace(
        position,
        size=part,
        entry_fee=entry_fee * share,
        swap=position.swap * share,
        risk_per_trade=risk * share,
        margin=position.margin * share,
    )
    position.size = rest
    position.entry_fee = entry_fee - (entry_fee * share)
    position.swap = position.swap - closed.swap
    position.risk_per_trade = risk - (risk * share)
    position.margin = position.margin - closed.margin
    position.parts = position.parts + 1
    book.records = None
    price = exit_slipped(rules, position, price, PART_LEG + closed.parts)
    settle(account, log, rules, quote, closed, price, reason, True, False, EventKind.PARTIALLY_CLOSED)


def exit_slipped(rules: Rules, position: Position, price: float, leg: int) -> float:
    """Return the price of an exit with its slippage (C-1)."""
    # v1 keeps the sign of the entry, which makes its exits favourable (C-1).
    is_buy = (position.direction is Direction.LONG) is rules.variant.slips_by_direction
    return slipped(rules.terms.grid, price, fill_offset(rules, position, leg), is_buy)


def settle(
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    price: float,
    reason: Reason,
    is_charged: bool,
    is_at_open: bool,
    kind: EventKind,
) -> None:
    """Book what a position, or the part of one, brought at the price of its exit, and write it down (P-1, P-2)."""
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
    log.trades.append(position)
    rules.books.book_exit(account.portfolio, fee, result)
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=position.known_at,
            kind=kind,
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
