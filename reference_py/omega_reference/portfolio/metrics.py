"""Summary metrics of a run (P-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omega.contract.types import Position
from omega_reference.portfolio.money import Portfolio

METRICS: Final = (
    *("trades", "wins", "losses", "breakeven", "win_rate"),
    *("gross_profit", "gross_loss", "fees", "net_profit", "profit_factor", "expectancy", "avg_r"),
    *("avg_win", "avg_loss", "largest_win", "largest_loss"),
    *("max_drawdown_abs", "max_drawdown_ratio", "max_drawdown_bars", "max_drawdown_initial"),
    *("ambiguous_bars", "final_cash", "final_equity"),
)
"""Names in the order of the contract's table (Q-P5)."""


def summary_metrics(portfolio: Portfolio, trades: Sequence[Position], ambiguous_bars: int) -> dict[str, int | float]:
    """Return the summary metrics, names, units and formulas as in Q-P5; a quotient with denominator 0 is 0.0.

    Parameters
    ----------
    portfolio : Portfolio
        After the last bar.
    trades : sequence of Position
        In the order of closing.
    ambiguous_bars : int
        Count of Q-E7.
    """
    metrics: dict[str, int | float] = dict.fromkeys(METRICS, 0.0)
    metrics |= {
        "trades": len(trades),
        "wins": 0,
        "losses": 0,
        "breakeven": 0,
        "fees": portfolio.fees,
        "max_drawdown_abs": portfolio.max_drawdown_abs,
        "max_drawdown_ratio": portfolio.max_drawdown_ratio,
        "max_drawdown_bars": portfolio.max_drawdown_bars,
        "max_drawdown_initial": portfolio.max_drawdown_initial,
        "ambiguous_bars": ambiguous_bars,
        "final_cash": portfolio.cash,
        "final_equity": portfolio.equity,
    }
    total_r = 0.0
    for trade in trades:
        result, r_multiple = trade.result, trade.r_multiple
        assert result is not None and r_multiple is not None, "T-7: a closed position has both"  # noqa: PT018
        _count_result(metrics, result)
        total_r = total_r + r_multiple
    count = len(trades)
    gross = metrics["gross_profit"] + metrics["gross_loss"]
    metrics["win_rate"] = _quotient(metrics["wins"], count)
    metrics["net_profit"] = gross - metrics["fees"]
    metrics["profit_factor"] = _quotient(metrics["gross_profit"], abs(metrics["gross_loss"]))
    metrics["expectancy"] = _quotient(gross, count)
    metrics["avg_r"] = _quotient(total_r, count)
    metrics["avg_win"] = _quotient(metrics["gross_profit"], metrics["wins"])
    metrics["avg_loss"] = _quotient(metrics["gross_loss"], metrics["losses"])
    return metrics


def _count_result(metrics: dict[str, int | float], result: float) -> None:
    """Count one trade as won, lost or even, and its result with them."""
    if result > 0.0:
        _count_win(metrics, result)
    elif result < 0.0:
        _count_loss(metrics, result)
    else:
        metrics["breakeven"] += 1


def _count_win(metrics: dict[str, int | float], result: float) -> None:
    metrics["wins"] += 1
    metrics["gross_profit"] = metrics["gross_profit"] + result
    if result > metrics["largest_win"]:
        metrics["largest_win"] = result


def _count_loss(metrics: dict[str, int | float], result: float) -> None:
    metrics["losses"] += 1
    metrics["gross_loss"] = metrics["gross_loss"] + result
    if result < metrics["largest_loss"]:
        metrics["largest_loss"] = result


def _quotient(numerator: float, denominator: float) -> float:
    return (numerator / denominator) if denominator != 0.0 else 0.0
