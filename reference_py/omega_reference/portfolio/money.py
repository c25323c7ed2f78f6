"""What a run owns, and what fees and exits do to it (P-1, P-2)."""

from __future__ import annotations

from omega.contract.types import Direction, Portfolio, Position
from omega_reference.variants import VariantRules


def new_portfolio(initial_balance: float) -> Portfolio:
    """Return the portfolio of a run that has not started."""
    return Portfolio(
        initial_balance=initial_balance,
        cash=initial_balance,
        cash_before=initial_balance,
        equity=initial_balance,
        open_profit=0.0,
        fees=0.0,
        swap=0.0,
        peak=initial_balance,
        drawdown_bars=0,
        max_drawdown_abs=0.0,
        max_drawdown_ratio=0.0,
        max_drawdown_bars=0,
        max_drawdown_initial=0.0,
        max_drawdown_intrabar=0.0,
    )


def price_move(direction: Direction, entry: float, exit_price: float) -> float:
    """Return how far the price went in the position's favour; +0.0 where it went nowhere (Q-P1)."""
    return (exit_price - entry) if direction is Direction.LONG else (entry - exit_price)


def trade_result(variant: VariantRules, position: Position, exit_price: float, value: float) -> tuple[float, float]:
    """Return result, gross of fees, and r_multiple of a closed position (P-1, Q-P1).

    ``value`` is what a price is worth at the exit.
    """
    move = price_move(position.direction, position.entry_price, exit_price)
    if variant.results_by_risk:
        distance = abs(position.entry_price - position.initial_stop_loss)
        risk_per_trade = position.risk_per_trade
        assert risk_per_trade is not None, "T-7: an open position knows its risk"
        r = (move / distance) if distance != 0.0 else 0.0
        # hit Q-P1 if distance == 0.0
        # hit P-1v if r * risk_per_trade != 0.0
        return (r * risk_per_trade), r
    result = (move * position.size) * value
    risk = (position.size * abs(position.order_price - position.initial_stop_loss)) * position.value_at_entry
    # hit P-1 if result != 0.0
    # hit Q-P1 if risk == 0.0
    return result, (result / risk) if risk != 0.0 else 0.0


def net_result(position: Position, result: float, exit_fee: float) -> float:
    """Return what a closed position brought after both fees and with its swap (Q-P1)."""
    entry_fee = position.entry_fee
    assert entry_fee is not None, "T-7: an open position has paid its entry"
    return ((result - entry_fee) - exit_fee) + position.swap


def book_entry(portfolio: Portfolio, fee: float) -> None:
    """Book the fee of an entry (P-2, Q-P2)."""
    # hit P-2 if fee != 0.0
    portfolio.cash = portfolio.cash - fee
    portfolio.fees = portfolio.fees + fee


def book_swap(portfolio: Portfolio, amount: float) -> None:
    """Book what nights bring; the bar at whose open that is known begins with it (Q-C4b)."""
    fee = -amount
    portfolio.cash = portfolio.cash - fee
    portfolio.cash_before = portfolio.cash_before - fee
    portfolio.swap = portfolio.swap + amount


def book_exit(portfolio: Portfolio, fee: float, result: float) -> None:
    """Book fee and result of an exit, the fee first (P-2, Q-P2)."""
    # hit Q-P2 if (portfolio.cash - fee) + result != (portfolio.cash + result) - fee
    portfolio.cash = (portfolio.cash - fee) + result
    portfolio.fees = portfolio.fees + fee
