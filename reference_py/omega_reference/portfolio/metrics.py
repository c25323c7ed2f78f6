"""Summary metrics of a run (P-5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omega.contract.types import Portfolio
from omega_reference.execution.state import Account, Book, Log
from omega_reference.numbers import maximum, quantize
from omega_reference.portfolio.curve import exposed_bars, first_bar, open_since
from omega_reference.portfolio.returns import account_returns, known, mean, sample_deviation
from omega_reference.variants import VariantRules

MONEY_DIGITS: Final = 8
"""Decimals of account currency that an amount is known to."""
R_DIGITS: Final = 8
"""Decimals that the deviation of R is known to."""
MINUTE: Final = 60_000_000.0
"""Microseconds."""


@dataclass(slots=True)
class Tally:
    """Trades counted by one of their results, in account currency."""

    wins: int = 0
    losses: int = 0
    won: float = 0.0
    lost: float = 0.0
    largest_win: float | None = None
    largest_loss: float | None = None
    losing_streak: int = 0
    """Losses since a trade was none."""
    longest_losing_streak: int = 0


def summary_metrics(book: Book, account: Account, log: Log, variant: VariantRules) -> dict[str, int | float | None]:
    """Return the summary metrics after the last bar, names, units and formulas as in Q-P5."""
    portfolio, trades = account.portfolio, log.trades
    gross, net, multiples, held = Tally(), Tally(), [], 0.0
    for trade in trades:
        assert trade.result is not None, "T-7: closed"
        assert trade.net_result is not None, "T-7: closed"
        assert trade.r_multiple is not None, "T-7: closed"
        assert trade.exit_time is not None, "T-7: closed"
        count_result(gross, trade.result)
        count_result(net, noticeable(trade.net_result))
        multiples.append(trade.r_multiple)
        held = held + float(trade.exit_time - open_since(trade.trigger_time, trade.entry_time))
    measured, count = net if variant.measures_net else gross, len(trades)
    avg_r, returns = average_r(multiples), account_returns(account, log)
    bars = len(log.timestamps) - first_bar(account, log)
    net_profit = ((gross.won + gross.lost) - portfolio.fees) + portfolio.swap
    return {
        "trades": count,
        "wins": measured.wins,
        "losses": measured.losses,
        "breakeven": (count - measured.wins) - measured.losses,
        "win_rate": quotient(measured.wins, count),
        "gross_profit": gross.won,
        "gross_loss": gross.lost,
        "fees": portfolio.fees,
        "swap": portfolio.swap,
        "net_profit": net_profit,
        "open_profit": portfolio.open_profit if variant.marks_open_profit else None,
        "profit_factor": quotient(measured.won, abs(measured.lost)),
        "profit_factor_gross": quotient(gross.won, abs(gross.lost)),
        "expectancy": quotient(measured.won + measured.lost, count),
        "avg_r": avg_r,
        "avg_win": quotient(measured.won, measured.wins),
        "avg_loss": quotient(measured.lost, measured.losses),
        "largest_win": measured.largest_win,
        "largest_loss": measured.largest_loss,
        **drawdown_metrics(portfolio, variant),
        "ambiguous_bars": account.ambiguous_bars,
        "stop_outs": account.stop_outs,
        "adjusted_sizes": account.adjusted_sizes,
        "final_cash": portfolio.cash,
        "final_equity": portfolio.equity,
        "total_return": returns.total_return,
        "volatility": returns.volatility,
        "sharpe": returns.sharpe,
        "sortino": returns.sortino,
        "cagr": returns.cagr,
        "calmar": returns.calmar,
        "exposure": quotient(exposed_bars(book, account, log), bars),
        "longest_losing_streak": measured.longest_losing_streak,
        "sqn": system_quality(multiples, avg_r),
        "avg_duration_minutes": quotient(held / MINUTE, count),
        "recovery_factor": quotient(net_profit, noticeable(portfolio.max_drawdown_abs)),
    }


def drawdown_metrics(portfolio: Portfolio, variant: VariantRules) -> dict[str, int | float | None]:
    """Return how far the account was down; inside bars at least as far as at their ends (Q-P5)."""
    intrabar = maximum(portfolio.max_drawdown_intrabar, portfolio.max_drawdown_abs)
    return {
        "max_drawdown_abs": portfolio.max_drawdown_abs,
        "max_drawdown_ratio": portfolio.max_drawdown_ratio,
        "max_drawdown_bars": portfolio.max_drawdown_bars,
        "max_drawdown_initial": portfolio.max_drawdown_initial,
        "max_drawdown_intrabar": intrabar if variant.looks_inside_bars else None,
    }


def noticeable(amount: float) -> float:
    """Return an amount, 0.0 where it is nothing but the rounding error of a sum (Q-P5)."""
    return 0.0 if quantize(amount, MONEY_DIGITS) == 0.0 else amount


def count_result(tally: Tally, result: float) -> None:
    """Count one trade as won or lost, and its result with them; as neither where it is 0."""
    tally.losing_streak = tally.losing_streak + 1 if result < 0.0 else 0
    if result > 0.0:
        tally.wins += 1
        tally.won = tally.won + result
        if tally.largest_win is None or result > tally.largest_win:
            tally.largest_win = result
    elif result < 0.0:
        tally.losses += 1
        tally.lost = tally.lost + result
        if tally.largest_loss is None or result < tally.largest_loss:
            tally.largest_loss = result
        if tally.losing_streak > tally.longest_losing_streak:
            tally.longest_losing_streak = tally.losing_streak


def average_r(multiples: Sequence[float]) -> float | None:
    """Return the mean R; None without a trade (P-5)."""
    return mean(multiples) if multiples else None


def system_quality(multiples: Sequence[float], average: float | None) -> float | None:
    """Return the system quality number; None for fewer than two trades or where all brought the same R (Q-P5c)."""
    count = len(multiples)
    if average is None or count < 2:
        return None
    return quotient(math.sqrt(count) * average, known(sample_deviation(multiples, average), R_DIGITS))


def quotient(numerator: float, denominator: float) -> float | None:
    """Return the quotient; None where there is nothing to divide by."""
    return (numerator / denominator) if denominator != 0.0 else None
