"""What detail bars show of the inside of a bar, up to the last one, which stands in for the bar (E-22, Q-E22)."""

from __future__ import annotations

from omega_reference.bars.columns import BarColumns
from omega_reference.bars.detail import Detail
from omega_reference.execution.bar import evaluate_pass
from omega_reference.execution.closing import forget_closed
from omega_reference.execution.management import follow_prices
from omega_reference.execution.rollover import book_nights
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.execution.stop_out import look_at_account
from omega_reference.quotes import quote_of


def evaluate_detail(
    book: Book, account: Account, log: Log, rules: Rules, bars: BarColumns, row: int, detail: Detail
) -> None:
    """Evaluate the detail bars of a bar but for its last one."""
    start, last = detail.starts[row], detail.starts[row + 1] - 1
    for place in range(start, last):
        if not book.positions:
            return
        # hit E-22
        quote = quote_of(detail.bars, place, detail.timeframe)
        if rules.swap is not None:
            book_nights(book, account, log, rules, quote, bars.timestamp[row], rules.swap)
        evaluate_pass(book, account, log, rules, quote)
        look_at_account(book, account, log, rules, quote)
        if book.has_closed:
            forget_closed(book)
        follow_prices(book, account, log, rules, quote)
        account.portfolio.cash_before = account.portfolio.cash
        # That of the bar before: a bar that ends without a position does not work it out anew.
        account.portfolio.open_profit = 0.0
