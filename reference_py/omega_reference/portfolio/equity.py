"""Equity at the end of a bar: open profit, peak and drawdowns (P-3, P-4)."""

from __future__ import annotations

from omega.contract.types import Direction, Position
from omega_reference.execution.state import Book, Rules
from omega_reference.portfolio.money import Portfolio, price_move
from omega_reference.quotes import Quote
from omega_reference.worth import value_at


def open_profit(book: Book, rules: Rules, quote: Quote) -> float:
    """Return the profit of open positions marked at the closes, in order_id order (P-3, Q-P3)."""
    total = 0.0
    for position in book.positions:
        if position.trigger_time is None:
            continue
        # hit P-3
        total = total + position_profit(rules, position, quote.bid_close, quote.ask_close, quote.timestamp)
    return total


def position_profit(rules: Rules, position: Position, bid: float, ask: float, time: int) -> float:
    """Return the profit of an open position marked at its exit side, in the bar of a time, µs (Q-P3)."""
    price = bid if position.direction is Direction.LONG else ask
    move = price_move(position.direction, position.entry_price, price)
    return (move * position.size) * value_at(rules.terms.worth, price, time)


def note_corner(portfolio: Portfolio, equity: float) -> None:
    """Keep the largest way from the peak down to a corner of a bar (P-5)."""
    drawdown = portfolio.peak - equity
    if drawdown > portfolio.max_drawdown_intrabar:
        portfolio.max_drawdown_intrabar = drawdown


def mark(portfolio: Portfolio, equity: float) -> None:
    """Take over a bar's cash and equity and update peak and drawdowns (P-4, Q-P4)."""
    portfolio.cash_before = portfolio.cash
    portfolio.equity = equity
    if equity > portfolio.peak:
        portfolio.peak = equity
    if equity < portfolio.peak:
        _update_drawdown(portfolio, equity)
    else:
        portfolio.drawdown_bars = 0


def _update_drawdown(portfolio: Portfolio, equity: float) -> None:
    """Equity under the initial balance is under the peak too, so all four are kept here."""
    # hit P-4
    drawdown = portfolio.peak - equity
    ratio = (drawdown / portfolio.peak) if portfolio.peak > 0.0 else 0.0
    from_initial = portfolio.initial_balance - equity
    bars = portfolio.drawdown_bars + 1
    portfolio.drawdown_bars = bars
    if bars > portfolio.max_drawdown_bars:
        portfolio.max_drawdown_bars = bars
    if drawdown > portfolio.max_drawdown_abs:
        portfolio.max_drawdown_abs = drawdown
    if ratio > portfolio.max_drawdown_ratio:
        portfolio.max_drawdown_ratio = ratio
    if from_initial > portfolio.max_drawdown_initial:
        portfolio.max_drawdown_initial = from_initial
