"""Summary metrics of a run (P-5)."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.types import Position
from omega_reference.portfolio.money import Portfolio


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
    wins = losses = 0
    gross_profit = gross_loss = largest_win = largest_loss = total_r = 0.0
    for trade in trades:
        result, r_multiple = trade.result, trade.r_multiple
        assert result is not None and r_multiple is not None, "T-7: a closed position has both"  # noqa: PT018
        total_r = total_r + r_multiple
        if result > 0.0:
            wins += 1
            gross_profit = gross_profit + result
            if result > largest_win:
                largest_win = result
        elif result < 0.0:
            losses += 1
            gross_loss = gross_loss + result
            if result < largest_loss:
                largest_loss = result
    count = len(trades)
    gross = gross_profit + gross_loss
    return {
        "trades": count,
        "wins": wins,
        "losses": losses,
        "breakeven": count - wins - losses,
        "win_rate": _quotient(wins, count),
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "fees": portfolio.fees,
        "net_profit": (gross - portfolio.fees),
        "profit_factor": _quotient(gross_profit, abs(gross_loss)),
        "expectancy": _quotient(gross, count),
        "avg_r": _quotient(total_r, count),
        "avg_win": _quotient(gross_profit, wins),
        "avg_loss": _quotient(gross_loss, losses),
        "largest_win": largest_win,
        "largest_loss": largest_loss,
        "max_drawdown_abs": portfolio.max_drawdown_abs,
        "max_drawdown_ratio": portfolio.max_drawdown_ratio,
        "max_drawdown_bars": portfolio.max_drawdown_bars,
        "max_drawdown_initial": portfolio.max_drawdown_initial,
        "ambiguous_bars": ambiguous_bars,
        "final_cash": portfolio.cash,
        "final_equity": portfolio.equity,
    }


def _quotient(numerator: float, denominator: float) -> float:
    return (numerator / denominator) if denominator != 0.0 else 0.0
