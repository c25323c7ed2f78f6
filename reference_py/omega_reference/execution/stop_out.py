"""Where an account stood worst inside a bar, and what becomes of it where nothing was left (E-21, Q-E21)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.types import Direction, EventKind, Position, Reason, Status
from omega_reference.execution.closing import close_position, drop_order
from omega_reference.execution.margin import margin_in_use
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.portfolio.equity import position_profit
from omega_reference.quotes import Quote, side_close, side_open


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """The worse of both ends that a bar's prices reached: all lows, or all highs."""

    equity: float
    is_low: bool


def look_at_account(book: Book, account: Account, log: Log, rules: Rules, quote: Quote) -> None:
    """Look at the account after the pass of a bar: its drawdown inside it, and whether it is stopped out."""
    if not rules.variant.looks_inside_bars:
        return
    corner = worst_corner(book, account, rules, quote)
    rules.books.note_corner(account.portfolio, corner.equity)
    level = level_of(rules, margin_in_use(book, rules))
    if rules.stops_out and corner.equity <= level:
        # hit E-21
        stop_out(book, account, log, rules, quote, corner, level)


def look_at_cash(account: Account, rules: Rules) -> None:
    """Look at the account in a bar without a position: its equity is the cash all through it."""
    if rules.stops_out and account.portfolio.cash <= 0.0:
        account.is_stopped_out = True


def worst_corner(book: Book, account: Account, rules: Rules, quote: Quote) -> Corner:
    """Return the corner of the lower equity, the lows' where both are equal."""
    lows = equity_at(book, account, rules, quote, quote.bid_low, quote.ask_low)
    highs = equity_at(book, account, rules, quote, quote.bid_high, quote.ask_high)
    return Corner(equity=lows, is_low=True) if lows <= highs else Corner(equity=highs, is_low=False)


def equity_at(book: Book, account: Account, rules: Rules, quote: Quote, bid: float, ask: float) -> float:
    """Return the equity with what was open from the bar's open on marked at ``bid`` and ``ask``."""
    total = 0.0
    for position in book.positions:
        if is_moved(quote, position):
            total = total + position_profit(rules, position, bid, ask, quote.timestamp)
    return account.portfolio.cash + total


def is_moved(quote: Quote, position: Position) -> bool:
    """Whether the bar moves an open position from its open on; one that opened later in it stands still."""
    if position.status is not Status.OPEN:
        return False
    return position.is_opened_at_open or is_older(quote, position)


def is_older(quote: Quote, position: Position) -> bool:
    """Whether a position was open before the bar."""
    return position.trigger_time is not None and position.trigger_time < quote.timestamp


def began_below(book: Book, account: Account, rules: Rules, quote: Quote) -> bool:
    """Whether the bar began at or below the level, by what was open and owned before it (Q-E21c)."""
    total, used = 0.0, 0.0
    for position in book.positions:
        if is_older(quote, position):
            total = total + position_profit(rules, position, quote.bid_open, quote.ask_open, quote.timestamp)
            used = used + position.margin
    return account.portfolio.cash_before + total <= level_of(rules, used)


def level_of(rules: Rules, used: float) -> float:
    """Return the equity at which an account with this margin in use is stopped out: a share of it, or nothing."""
    level = rules.margin_stop_out * used
    return level if level > 0.0 else 0.0


def stop_out(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, corner: Corner, level: float) -> None:
    """Close all where the account met the level (Q-E21c), and cancel what is pending."""
    share = share_of(book, account, rules, quote, corner, level)
    account.is_stopped_out = True
    for position in book.positions:
        if position.status is Status.CLOSED:
            continue
        if position.status is not Status.OPEN:
            drop_order(book, account, log, quote, position, EventKind.CANCELLED, Reason.STOP_OUT)
            continue
        account.stop_outs += 1
        is_at_open = share == 0.0 and is_moved(quote, position)
        price = price_on_the_way(quote, position, corner, share)
        close_position(book, account, log, rules, quote, position, price, Reason.STOP_OUT, True, True, is_at_open)


def share_of(book: Book, account: Account, rules: Rules, quote: Quote, corner: Corner, level: float) -> float | None:
    """Return how far from the open to the corner the account met the level; None where nobody knows (Q-E21c)."""
    if began_below(book, account, rules, quote):
        # hit Q-E21c
        return 0.0
    opened = equity_at(book, account, rules, quote, quote.bid_open, quote.ask_open)
    # hit Q-E21c if opened <= level
    return None if opened <= level else ((opened - level) / (opened - corner.equity))


def price_on_the_way(quote: Quote, position: Position, corner: Corner, share: float | None) -> float:
    """Return the exit side's price a share of the way from the open to the corner; its close for what stood still."""
    is_buy = position.direction is Direction.SHORT
    if share is None or not is_moved(quote, position):
        return side_close(quote, is_buy)
    opened = side_open(quote, is_buy)
    if is_buy:
        end = quote.ask_low if corner.is_low else quote.ask_high
    else:
        end = quote.bid_low if corner.is_low else quote.bid_high
    return opened + ((end - opened) * share)
