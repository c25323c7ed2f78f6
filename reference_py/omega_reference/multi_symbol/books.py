"""The books of several symbols under one account: the order of one step (M-4, Q-M4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omega.contract.types import Direction, EventKind, Position, Reason, Signal, Status
from omega_reference.bars.columns import BarColumns
from omega_reference.execution.bar import evaluate_pass
from omega_reference.execution.closing import close_all, close_position, drop_order, forget_closed
from omega_reference.execution.entries import process_signal
from omega_reference.execution.instructions import act_on_instructions
from omega_reference.execution.ledger import add_point
from omega_reference.execution.management import manage_positions
from omega_reference.execution.opening import reject
from omega_reference.execution.rollover import book_nights
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.execution.stop_out import level_of, look_at_cash
from omega_reference.portfolio.equity import position_profit
from omega_reference.quotes import Quote, bar_end, carried_quote, quote_of, side_close
from omega_reference.state_chain import pack_positions


@dataclass(slots=True, kw_only=True)
class Place:
    """One symbol of a run, at the place that is its number (M-2)."""

    book: Book
    rules: Rules
    bars: BarColumns
    first_time: int | None
    """Of its first bar that the run covers, µs; None without one."""
    seen: int = 0
    """How many of its bars are not later than the step (Q-M3)."""
    is_here: bool = False
    """Whether the last of these is a bar of the step."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A signal that a step has to deal with: of the symbol at a place, or rejected (Q-M4b)."""

    signal: Signal
    place: int
    """Means nothing where it is rejected."""
    reason: Reason | None


def hand_over(
    places: Sequence[Place], waiting: list[Signal], arrived: Sequence[Signal], late: Sequence[Signal], start: int
) -> list[Handed]:
    """Return what a step deals with, in the order given, and leave in ``waiting`` what waits on (Q-M4b).

    Parameters
    ----------
    waiting, arrived, late : sequence of Signal
        From the steps before, of this one, and in the last step those that no step reaches.
    start : int
        Time of the run's first step, µs.
    """
    signals = [*waiting, *arrived]
    waiting.clear()
    handed = []
    for signal in signals:
        number = places[0].rules.numbers.get(signal.symbol)
        place = None if number is None else places[number]
        if number is None or place is None or place.first_time is None:
            # hit M-4
            reason = Reason.BEFORE_START if signal.timestamp < start else Reason.UNKNOWN_SYMBOL
            handed.append(Handed(signal, 0, reason))
        elif place.is_here:
            is_early = signal.timestamp < place.first_time
            handed.append(Handed(signal, number, Reason.BEFORE_START if is_early else None))
        elif place.seen == len(place.bars):
            # hit Q-M4b
            handed.append(Handed(signal, number, Reason.AFTER_END))
        else:
            # hit Q-M4b
            waiting.append(signal)
    return [*handed, *(Handed(signal, 0, Reason.AFTER_END) for signal in late)]


def process_step(
    places: Sequence[Place], account: Account, log: Log, time: int, handed: Sequence[Handed], is_last: bool
) -> None:
    """Work through one step of a time, µs, phase by phase over the symbols that have a bar in it (Q-M4)."""
    for one in handed:
        hand_to_book(places, account, log, time, one)
    here = [place for place in places if place.is_here]
    for place in here:
        if place.rules.swap is not None:
            book_nights(place.book, account, log, place.rules, quote_in(place, time), time, place.rules.swap)
    for place in here:
        if place.book.positions:
            evaluate_pass(place.book, account, log, place.rules, quote_in(place, time))
            if place.book.has_closed:
                forget_closed(place.book)
    look_at_books(places, account, log, time)
    for place in here:
        if place.book.waiting:
            # hit M-4
            act_on_instructions(place.book, account, log, place.rules, quote_in(place, time))
    for place in here:
        if place.book.positions:
            manage_positions(place.book, account, log, place.rules, quote_in(place, time), None)
    if is_last and places[0].rules.close_at_end:
        close_books(places, account, log, time)
    mark_step(places, account, log, time)


def hand_to_book(places: Sequence[Place], account: Account, log: Log, time: int, handed: Handed) -> None:
    """Let one signal act on its symbol's book, or reject it."""
    if handed.reason is not None:
        reject(account, log, bare_quote(time, places[0].rules.timeframe), handed.signal, handed.reason)
        return
    place = places[handed.place]
    if place.rules.margin_leverage is not None:
        account.margin_elsewhere = margin_elsewhere(places, handed.place)
    process_signal(place.book, account, log, place.rules, quote_in(place, time), handed.signal)


def bare_quote(time: int, timeframe: int) -> Quote:
    """Return the begin and the end of a step, without prices."""
    quote = Quote()
    quote.timestamp = time
    quote.end = bar_end(time, timeframe)
    return quote


def quote_in(place: Place, time: int) -> Quote:
    """Return a symbol's bar in the step of a time, µs; the closes of its last seen bar where it has none."""
    if place.is_here:
        return quote_of(place.bars, place.seen - 1, place.rules.timeframe)
    return carried_quote(place.bars, place.seen - 1, time, place.rules.timeframe)


def margin_elsewhere(places: Sequence[Place], number: int) -> float:
    """Return what the orders of the other symbols take of the equity (Q-M4c)."""
    taken = 0.0
    for other, place in enumerate(places):
        if other == number:
            continue
        # hit Q-M4c if place.book.positions
        own = 0.0
        for position in place.book.positions:
            own = own + position.margin
        taken = taken + own
    return taken


def in_order(places: Sequence[Place]) -> list[tuple[Place, Position]]:
    """Return what is pending or open, of all symbols in order_id order, each with its symbol's place."""
    found = [(place, position) for place in places for position in place.book.positions]
    found.sort(key=_order_id)
    return found


def _order_id(found: tuple[Place, Position]) -> int:
    return found[1].order_id


def total_open_profit(places: Sequence[Place], time: int) -> float:
    """Return the profit of what is open in all symbols, each at its last seen closes and the step's rates (Q-M4c)."""
    total = 0.0
    for place, position in in_order(places):
        if position.status is Status.OPEN:
            # hit Q-M4c if not place.is_here
            bars, row = place.bars, place.seen - 1
            total = total + position_profit(place.rules, position, bars.bid_close[row], bars.ask_close[row], time)
    return total


def look_at_books(places: Sequence[Place], account: Account, log: Log, time: int) -> None:
    """Look at the account after the pass of the last symbol, by closes alone (Q-M4c)."""
    rules = places[0].rules
    if not any(place.book.positions for place in places):
        look_at_cash(account, rules)
        return
    equity = account.portfolio.cash + total_open_profit(places, time)
    rules.books.note_corner(account.portfolio, equity)
    if rules.stops_out and equity <= level_of(rules, total_margin(places, rules)):
        # hit Q-M4c
        stop_out_books(places, account, log, time)


def total_margin(places: Sequence[Place], rules: Rules) -> float:
    """Return the margin of what is open in all symbols; 0.0 in a run without margin."""
    used = 0.0
    if rules.margin_leverage is None:
        return used
    for _, position in in_order(places):
        if position.status is Status.OPEN:
            used = used + position.margin
    return used


def stop_out_books(places: Sequence[Place], account: Account, log: Log, time: int) -> None:
    """Close all at the closes, in order_id order over all symbols, and cancel what is pending (Q-M4c)."""
    account.is_stopped_out = True
    for place, position in in_order(places):
        book, rules, quote = place.book, place.rules, quote_in(place, time)
        if position.status is not Status.OPEN:
            drop_order(book, account, log, quote, position, EventKind.CANCELLED, Reason.STOP_OUT)
            continue
        account.stop_outs += 1
        price = side_close(quote, position.direction is Direction.SHORT)
        close_position(book, account, log, rules, quote, position, price, Reason.STOP_OUT, True, True, False)
    for place in places:
        if place.book.has_closed:
            forget_closed(place.book)


def close_books(places: Sequence[Place], account: Account, log: Log, time: int) -> None:
    """Close what is open in any symbol after the last step's management (E-18, Q-M4)."""
    for place in places:
        if place.book.positions:
            # hit Q-M4 if not place.is_here
            close_all(place.book, account, log, place.rules, quote_in(place, time))


def mark_step(places: Sequence[Place], account: Account, log: Log, time: int) -> None:
    """End a step: what is open marked, one point of the curve and one digest over all books (Q-M4)."""
    portfolio, rules = account.portfolio, places[0].rules
    portfolio.open_profit = total_open_profit(places, time)
    kept = [position for _, position in in_order(places)]
    records = pack_positions(kept, rules.numbers)
    add_point(account, log, rules, time, portfolio.cash + portfolio.open_profit, len(kept), records)
