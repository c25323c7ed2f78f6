"""Nights: what a rollover books on the positions that were open before it (C-4, Q-C4b)."""

from __future__ import annotations

from omega.contract.types import Direction, Event, EventKind, Position
from omega_reference.costs.swap import SwapTerms, swap_amount
from omega_reference.execution.ledger import emit
from omega_reference.execution.ordinals import next_seq
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.execution.stop_out import is_older
from omega_reference.quotes import Quote, side_open
from omega_reference.worth import value_at


def pass_rollovers(book: Book, swap: SwapTerms, time: int) -> int:
    """Return the nights of the rollovers since the bar before, of which the bar of a time, µs, is the first after."""
    nights, passed = 0, book.rollovers_passed
    while passed < len(swap.rollovers) and swap.rollovers[passed] <= time:
        nights += swap.nights[passed]
        passed += 1
    book.rollovers_passed = passed
    return nights


def book_nights(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, time: int, swap: SwapTerms) -> None:
    """Book the nights that end with the bar of a time, µs, on what was open before it, in order_id order."""
    nights = pass_rollovers(book, swap, time)
    if nights == 0:
        return
    for position in book.positions:
        if is_older(quote, position):
            charge_nights(account, log, rules, quote, position, swap, nights)


def charge_nights(
    account: Account, log: Log, rules: Rules, quote: Quote, position: Position, swap: SwapTerms, nights: int
) -> None:
    """Book some nights of one position by what the open of the bar is worth at which it could be left."""
    price = side_open(quote, position.direction is Direction.SHORT)
    value = value_at(rules.terms.worth, price, quote.timestamp)
    amount = swap_amount(swap, position.direction, position.size, value, nights)
    if amount == 0.0:
        return
    # hit C-4
    position.swap = position.swap + amount
    rules.books.book_swap(account.portfolio, amount)
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.timestamp,
            kind=EventKind.SWAP,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            price=price,
            size=position.size,
            fee=-amount,
        ),
    )
