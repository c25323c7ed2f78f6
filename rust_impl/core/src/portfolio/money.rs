//! Cash, and what a closed position is worth (P-1, P-2).

use crate::execution::columns::Position;
use crate::types::Direction;
pub use crate::types::Portfolio;
use crate::variants::VariantRules;

/// A portfolio with the initial balance as cash, equity and peak.
#[must_use]
pub fn new_portfolio(initial_balance: f64) -> Portfolio {
    Portfolio {
        initial_balance,
        cash: initial_balance,
        cash_before: initial_balance,
        equity: initial_balance,
        open_profit: 0.0,
        fees: 0.0,
        swap: 0.0,
        peak: initial_balance,
        drawdown_bars: 0,
        max_drawdown_bars: 0,
        max_drawdown_abs: 0.0,
        max_drawdown_ratio: 0.0,
        max_drawdown_initial: 0.0,
        max_drawdown_intrabar: 0.0,
    }
}

/// How far the price went in the position's favour; +0.0 where it went nowhere (Q-P1).
#[inline]
#[must_use]
pub fn price_move(direction: Direction, entry: f64, exit_price: f64) -> f64 {
    match direction {
        Direction::Long => exit_price - entry,
        Direction::Short => entry - exit_price,
    }
}

/// Result in account currency, gross of fees, and R multiple of a position closed at `exit_price`, where a price is worth
/// `value` (P-1, Q-P1).
#[must_use]
pub fn trade_result(variant: &VariantRules, position: &Position, exit_price: f64, value: f64) -> (f64, f64) {
    let moved = price_move(position.direction, position.entry_price, exit_price);
    if variant.results_by_risk {
        let distance = (position.entry_price - position.initial_stop_loss).abs();
        let r_multiple = if distance == 0.0 { 0.0 } else { moved / distance };
        rule!("Q-P1", distance == 0.0);
        rule!("P-1v", r_multiple * position.risk_per_trade != 0.0);
        return (r_multiple * position.risk_per_trade, r_multiple);
    }
    let result = (moved * position.size) * value;
    let distance = (position.order_price - position.initial_stop_loss).abs();
    let risk = (position.size * distance) * position.value_at_entry;
    rule!("P-1", result != 0.0);
    rule!("Q-P1", risk == 0.0);
    (result, if risk == 0.0 { 0.0 } else { result / risk })
}

/// What a closed position brought after both fees and with its swap (Q-P1).
#[inline]
#[must_use]
pub fn net_result(position: &Position, result: f64, exit_fee: f64) -> f64 {
    ((result - position.entry_fee) - exit_fee) + position.swap
}

/// Books the fee of an entry (P-2, Q-P2).
#[inline]
pub fn book_entry(portfolio: &mut Portfolio, fee: f64) {
    rule!("P-2", fee != 0.0);
    portfolio.cash -= fee;
    portfolio.fees += fee;
}

/// Books what nights bring; the bar at whose open that is known begins with it (Q-C4b).
pub fn book_swap(portfolio: &mut Portfolio, amount: f64) {
    let fee = -amount;
    portfolio.cash -= fee;
    portfolio.cash_before -= fee;
    portfolio.swap += amount;
}

/// Books the fee and the result of an exit, the fee first (P-2, Q-P2).
#[inline]
pub fn book_exit(portfolio: &mut Portfolio, fee: f64, result: f64) {
    rule!("Q-P2", (portfolio.cash - fee) + result != (portfolio.cash + result) - fee);
    portfolio.cash = (portfolio.cash - fee) + result;
    portfolio.fees += fee;
}

#[cfg(test)]
#[path = "tests/money.rs"]
mod tests;
