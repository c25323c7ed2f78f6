"""What is written down: events, and at the end of a bar its point of the curve and its digest (T-8, P-4, H-1)."""

from __future__ import annotations

from omega.contract.types import Event
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.quotes import bar_end
from omega_reference.state_chain import next_digest, pack_positions


def emit(log: Log, event: Event) -> None:
    """Add an event to the log and to its bar's digest."""
    log.events.append(event)
    log.bar_events.append(event)


def add_initial_point(account: Account, log: Log, rules: Rules, timestamp: int) -> None:
    """Put the initial balance in front of the curve (P-4, v1)."""
    log.timestamps.append(timestamp)
    log.known_at.append(bar_end(timestamp, rules.timeframe))
    log.cash_curve.append(account.portfolio.initial_balance)
    log.equity_curve.append(account.portfolio.initial_balance)


def drop_point(log: Log) -> None:
    """Take back the last point of the curve, whose bar is marked again (Q-E18b)."""
    for column in (log.timestamps, log.known_at, log.cash_curve, log.equity_curve):
        column.pop()


def mark_bar(book: Book, account: Account, log: Log, rules: Rules, timestamp: int, equity: float) -> None:
    """End a bar: drawdown, its point of the curve and its digest (P-4, H-1)."""
    if book.records is None:
        book.records = pack_positions(book.positions, rules.numbers)
    add_point(account, log, rules, timestamp, equity, len(book.positions), book.records)


def add_point(
    account: Account, log: Log, rules: Rules, timestamp: int, equity: float, count: int, records: bytes
) -> None:
    """Add a point of the curve and its digest, over so many positions as ``records`` has packed."""
    portfolio = account.portfolio
    cash = portfolio.cash
    rules.books.mark(portfolio, equity)
    log.timestamps.append(timestamp)
    log.known_at.append(bar_end(timestamp, rules.timeframe))
    log.cash_curve.append(cash)
    log.equity_curve.append(equity)
    events = log.bar_events
    digest = next_digest(account.digest, timestamp, cash, equity, count, records, rules.numbers, events)
    account.digest = digest
    log.chain.append(digest)
    if events:
        # hit L-1 if events[0].kind.text in ("accepted", "rejected") and events[-1].kind.text == "closed"
        events.clear()
