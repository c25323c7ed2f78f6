"""What the booking and marking of a run change (wave 2), part of :mod:`omega.contract.types`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Portfolio:
    """Cash, equity and drawdowns of one run in the account currency (wave 2)."""

    initial_balance: float
    cash: float
    cash_before: float
    """At the end of the last bar."""
    equity: float
    """Of the last bar."""
    open_profit: float
    """Of what is open after the last bar (Q-P3); 0.0 where equity does not include it."""
    fees: float
    """The sum of all booked so far."""
    swap: float
    """The sum of all booked so far, negative where they cost."""
    peak: float
    """The highest equity of a bar; the initial balance before."""
    drawdown_bars: int
    """Bars since equity was last at its peak."""
    max_drawdown_abs: float
    max_drawdown_ratio: float
    max_drawdown_bars: int
    max_drawdown_initial: float
    max_drawdown_intrabar: float
    """From the peak to the worse corner of a later bar (P-5)."""
