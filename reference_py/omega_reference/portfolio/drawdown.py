"""Peak and drawdowns, bar by bar (P-4, P-5)."""

from __future__ import annotations

from omega.contract.types import Portfolio


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
