"""Summary metrics of a run (P-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omega.contract.types import Position
from omega_reference.execution.state import Account
from omega_reference.numbers import maximum, quantize
from omega_reference.portfolio.money import Portfolio
from omega_reference.variants import VariantRules

MONEY_DIGITS: Final = 8
"""Decimals of account currency that an amount is known to."""


@dataclass(slots=True)
class Tally:
    """Trades counted by one of their results, in account currency."""

    wins: int = 0
    losses: int = 0
    won: float = 0.0
    lost: float = 0.0
    largest_win: float | None = None
    largest_loss: float | None = None


def summary_metrics(
    account: Account, trades: Sequence[Position], variant: VariantRules
) -> dict[str, int | float | None]:
    """Return the summary metrics, names, units and formulas as in Q-P5.

    Parameters
    ----------
    account : Account
        After the last bar.
    trades : sequence of Position
        In the order of closing.
    """
    portfolio = account.portfolio
    gross, net, total_r = Tally(), Tally(), 0.0
    for trade in trades:
        result, brought, r_multiple = trade.result, trade.net_result, trade.r_multiple
        assert result is not None and brought is not None and r_multiple is not None, "T-7: closed"  # noqa: PT018
        count_result(gross, result)
        count_result(net, noticeable(brought))
        total_r = total_r + r_multiple
    measured, count = net if variant.measures_net else gross, len(trades)
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
        "net_profit": ((gross.won + gross.lost) - portfolio.fees) + portfolio.swap,
        "open_profit": portfolio.open_profit if variant.marks_open_profit else None,
        "profit_factor": quotient(measured.won, abs(measured.lost)),
        "profit_factor_gross": quotient(gross.won, abs(gross.lost)),
        "expectancy": quotient(measured.won + measured.lost, count),
        "avg_r": quotient(total_r, count),
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


def quotient(numerator: float, denominator: float) -> float | None:
    """Return the quotient; None where there is nothing to divide by."""
    return (numerator / denominator) if denominator != 0.0 else None
