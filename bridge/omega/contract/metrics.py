"""The summary metrics of a run (P-5)."""

from __future__ import annotations

from typing import TypedDict


class Metrics(TypedDict):
    """Summary metrics of a run, in the order and units of Q-P5; None where there is no divisor or no trade."""

    trades: int
    wins: int
    losses: int
    breakeven: int
    win_rate: float | None
    gross_profit: float
    gross_loss: float
    fees: float
    swap: float
    net_profit: float
    open_profit: float | None
    profit_factor: float | None
    profit_factor_gross: float | None
    expectancy: float | None
    avg_r: float | None
    avg_win: float | None
    avg_loss: float | None
    largest_win: float | None
    largest_loss: float | None
    max_drawdown_abs: float
    max_drawdown_ratio: float
    max_drawdown_bars: int
    max_drawdown_initial: float
    max_drawdown_intrabar: float | None
    ambiguous_bars: int
    stop_outs: int
    adjusted_sizes: int
    final_cash: float
    final_equity: float
    total_return: float
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    cagr: float | None
    calmar: float | None
    exposure: float | None
    longest_losing_streak: int
    sqn: float | None
    avg_duration_minutes: float | None
    recovery_factor: float | None
