"""The order of one bar (Q-L1): signals, swap, pass, stop-out, instructions, management, E-18, equity, digest."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.types import Reason, Signal, Status
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.detail import Detail
from omega_reference.execution.closing import close_all, forget_closed
from omega_reference.execution.entries import process_signal
from omega_reference.execution.exits import exit_if_hit
from omega_reference.execution.hits import bar_buffers
from omega_reference.execution.instructions import act_on_instructions
from omega_reference.execution.ledger import mark_bar
from omega_reference.execution.management import ManagePosition, manage_positions
from omega_reference.execution.opening import reject
from omega_reference.execution.pending import evaluate_order
from omega_reference.execution.rollover import book_nights, pass_rollovers
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.execution.stop_out import look_at_account, look_at_cash
from omega_reference.portfolio.equity import open_profit
from omega_reference.quotes import Quote, closing_quote, quote_of


def process_bar(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    bars: BarColumns,
    row: int,
    detail: Detail | None,
    signals: Sequence[Signal],
    late: Sequence[Signal],
    manage_position: ManagePosition | None,
    is_last: bool,
) -> None:
    """Work through one bar.

    Parameters
    ----------
    book, account, log, rules
    bars, row
        The bar; later than any before.
    detail : Detail, optional
        Its detail bars; those before its last one were evaluated (E-22).
    signals : sequence of Signal
        Handed over at this bar (L-1a).
    late : sequence of Signal
        In the last bar those that no bar reaches, which are rejected (L-1a).
    manage_position : callable, optional
        The strategy's part of management (E-11).
    is_last : bool
        Whether ``close_at_end`` acts in this bar.
    """
    time = bars.timestamp[row]
    if not (book.positions or signals or late):
        if rules.swap is not None:
            pass_rollovers(book, rules.swap, time)
        look_at_cash(account, rules)
        mark_bar(book, account, log, rules, time, account.portfolio.cash)
        return
    quote = (
        quote_of(bars, row, rules.timeframe) if detail is None else closing_quote(bars, row, rules.timeframe, detail)
    )
    for signal in signals:
        process_signal(book, account, log, rules, quote, signal)
    for signal in late:
        # hit L-1a
        reject(account, log, quote, signal, Reason.AFTER_END)
    finish_bar(book, account, log, rules, quote, time, manage_position, is_last)


def finish_bar(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    time: int,
    manage_position: ManagePosition | None,
    is_last: bool,
) -> None:
    """Do what follows the signals of the bar of a time: swap, pass, stop-out, management, end of data, equity."""
    evaluate_positions(book, account, log, rules, quote, time, manage_position)
    if is_last and rules.close_at_end:
        close_all(book, account, log, rules, quote)
    mark_quote(book, account, log, rules, quote, time)


def evaluate_positions(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    time: int,
    manage_position: ManagePosition | None,
) -> None:
    """Do what a bar does to the positions there are: swap, pass, stop-out, instructions and management."""
    if rules.swap is not None:
        book_nights(book, account, log, rules, quote, time, rules.swap)
    if not book.positions:
        look_at_cash(account, rules)
    else:
        evaluate_pass(book, account, log, rules, quote)
        look_at_account(book, account, log, rules, quote)
        if book.has_closed:
            forget_closed(book)
    if book.waiting:
        act_on_instructions(book, account, log, rules, quote)
    if book.positions:
        manage_positions(book, account, log, rules, quote, manage_position)


def mark_quote(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, time: int) -> None:
    """End the bar of a time: what is open marked at its closes, equity and digest."""
    portfolio = account.portfolio
    portfolio.open_profit = open_profit(book, rules, quote) if rules.variant.marks_open_profit else 0.0
    mark_bar(book, account, log, rules, time, portfolio.cash + portfolio.open_profit)


def evaluate_pass(book: Book, account: Account, log: Log, rules: Rules, quote: Quote) -> None:
    """Expiry, trigger and exit of one position after the other, in order_id order (E-5).

    What it closes stays in the book until the account was looked at (Q-E21c).
    """
    buffers = bar_buffers(book, rules)
    for position in book.positions:
        if position.entry_time >= quote.timestamp:
            # hit E-5
            continue
        if position.status is Status.OPEN:
            exit_if_hit(book, account, log, rules, quote, position, buffers, False)
        else:
            evaluate_order(book, account, log, rules, quote, position, buffers)
