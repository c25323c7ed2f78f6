"""Money (chapter P): results, cash, equity, drawdown and summary metrics, all in the account currency."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.types import Direction, Position, Variant
from omega_reference.bars.columns import BarColumns


def trade_result(
    position: Position, exit_price: float, value_per_price: float, variant: Variant
) -> tuple[float, float]:
    """Return result, gross of fees, and r_multiple of a closed position (P-1, Q-P1)."""
    side = 1.0 if position.direction is Direction.LONG else -1.0
    distance = abs(position.entry_price - position.initial_stop_loss)
    if variant is Variant.V1:
        risk_per_trade = position.risk_per_trade
        assert risk_per_trade is not None, "T-7: an open position knows its risk"
        r = (((exit_price - position.entry_price) * side) / distance) if distance != 0.0 else 0.0
        # hit Q-P1 if distance == 0.0
        # hit P-1v if r * risk_per_trade != 0.0
        return (r * risk_per_trade), r
    result = (((exit_price - position.entry_price) * side) * position.size) * value_per_price
    risk = (position.size * distance) * value_per_price
    # hit P-1 if result != 0.0
    # hit Q-P1 if risk == 0.0
    return result, (result / risk) if risk != 0.0 else 0.0


def open_profit(positions: Sequence[Position], bars: BarColumns, row: int, value_per_price: float) -> float:
    """Return the profit of open positions marked at the closes, in order_id order (P-3, Q-P3)."""
    total = 0.0
    for position in positions:
        if position.trigger_time is None:
            continue
        # hit P-3
        entry = position.entry_price
        if position.direction is Direction.LONG:
            total = total + ((((bars.bid_close[row] - entry) * 1.0) * position.size) * value_per_price)
        else:
            total = total + ((((bars.ask_close[row] - entry) * -1.0) * position.size) * value_per_price)
    return total


class Portfolio:
    """Cash, equity curve and drawdown of one run (wave 2).

    Attributes
    ----------
    cash, equity, fees : float
        ``equity`` is that of the last bar; ``fees`` the sum of all booked so far.
    timestamps, cash_curve, equity_curve : list
        One point per bar (P-4).
    """

    __slots__ = (
        *("cash", "cash_curve", "drawdown_bars", "equity", "equity_curve", "fees", "initial_balance"),
        *("max_drawdown_abs", "max_drawdown_bars", "max_drawdown_initial", "max_drawdown_ratio"),
        *("peak", "timestamps"),
    )

    def __init__(self, initial_balance: float) -> None:
        self.initial_balance = initial_balance
        self.cash = initial_balance
        self.equity = initial_balance
        self.fees = 0.0
        self.peak = initial_balance
        self.drawdown_bars = 0
        self.max_drawdown_abs = 0.0
        self.max_drawdown_ratio = 0.0
        self.max_drawdown_bars = 0
        self.max_drawdown_initial = 0.0
        self.timestamps: list[int] = []
        self.cash_curve: list[float] = []
        self.equity_curve: list[float] = []

    def add_initial_point(self, timestamp: int) -> None:
        """Put the initial balance in front of the curve (P-4, v1)."""
        self.timestamps.append(timestamp)
        self.cash_curve.append(self.initial_balance)
        self.equity_curve.append(self.initial_balance)

    def book_entry(self, fee: float) -> None:
        """Book the fee of an entry (P-2, Q-P2)."""
        # hit P-2 if fee != 0.0
        self.cash = self.cash - fee
        self.fees = self.fees + fee

    def book_exit(self, fee: float, result: float) -> None:
        """Book fee and result of an exit, the fee first (P-2, Q-P2)."""
        # hit Q-P2 if (self.cash - fee) + result != (self.cash + result) - fee
        self.cash = (self.cash - fee) + result
        self.fees = self.fees + fee

    def mark(self, timestamp: int, equity: float) -> None:
        """Add a bar's point to the curve and update peak and drawdowns (P-4, Q-P4)."""
        self.equity = equity
        self.timestamps.append(timestamp)
        self.cash_curve.append(self.cash)
        self.equity_curve.append(equity)
        if equity > self.peak:
            self.peak = equity
        if equity < self.peak:
            self._update_drawdown(equity)
        else:
            self.drawdown_bars = 0

    def _update_drawdown(self, equity: float) -> None:
        """Equity under the initial balance is under the peak too, so all four are kept here."""
        # hit P-4
        drawdown = self.peak - equity
        ratio = (drawdown / self.peak) if self.peak > 0.0 else 0.0
        from_initial = self.initial_balance - equity
        self.drawdown_bars += 1
        if self.drawdown_bars > self.max_drawdown_bars:
            self.max_drawdown_bars = self.drawdown_bars
        if drawdown > self.max_drawdown_abs:
            self.max_drawdown_abs = drawdown
        if ratio > self.max_drawdown_ratio:
            self.max_drawdown_ratio = ratio
        if from_initial > self.max_drawdown_initial:
            self.max_drawdown_initial = from_initial


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
