//! Where an order fills (E, fill primitives; Q-E3) and how slippage moves it (Q-C1). Buys fill on ask, sells on bid.

use crate::execution::columns::Position;
use crate::execution::state::Rules;
use crate::grid::{Grid, grid_price};
use crate::numbers::{maximum, minimum};

/// The worse of level and the filling side's open: a stop that the bar opened through fills at the open (Q-E3).
#[inline]
#[must_use]
pub fn fill_stop(level: f64, side_open: f64, is_buy: bool) -> f64 {
    rule!("Q-E3", side_open != level && (side_open > level) == is_buy);
    if is_buy { maximum(level, side_open) } else { minimum(level, side_open) }
}

/// The better of level and the filling side's open (Q-E3).
#[inline]
#[must_use]
pub fn fill_limit(level: f64, side_open: f64, is_buy: bool) -> f64 {
    rule!("Q-E3", side_open != level && (side_open < level) == is_buy);
    if is_buy { minimum(level, side_open) } else { maximum(level, side_open) }
}

/// The unsigned slippage of one fill of an order, drawn by what the order is (C-1, N-6).
#[must_use]
pub fn fill_offset(rules: &Rules, order: &Position, leg: u32) -> f64 {
    let (direction, order_type) = (order.direction as u32, order.order_type as u32);
    rules.costs.fill_slippage(order.signal_timestamp, order.magic_number, order.ordinal, leg, direction, order_type)
}

/// The price of the grid with the unsigned slippage against the trader (Q-C1).
#[inline]
#[must_use]
pub fn slipped(grid: &Grid, price: f64, offset: f64, is_buy: bool) -> f64 {
    rule!("C-1", offset != 0.0);
    let price = grid_price(grid, price);
    if offset == 0.0 {
        // A price of the grid is its own nearest one.
        return price;
    }
    grid_price(grid, if is_buy { price + offset } else { price - offset })
}

#[cfg(test)]
#[path = "tests/fills.rs"]
mod tests;
