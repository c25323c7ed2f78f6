//! Where a stop that trails the price moves to (E-14).

use crate::execution::columns::Position;
use crate::execution::state::Rules;
use crate::grid::{grid_distance, grid_price};
use crate::quotes::Quote;
use crate::types::{Direction, is_unset};

/// The stop behind the bar's best price of the exit side; none where that is no step forward (Q-E14).
#[must_use]
pub fn trailing_stop(rules: &Rules, quote: &Quote, position: &Position) -> Option<f64> {
    let distance = position.trailing_distance;
    if is_unset(distance) {
        return None;
    }
    let grid = &rules.terms.grid;
    let (candidate, step);
    match position.direction {
        Direction::Long => {
            candidate = grid_price(grid, quote.bid_high - distance);
            step = grid_distance(grid, candidate - position.stop_loss);
        }
        Direction::Short => {
            candidate = grid_price(grid, quote.ask_low + distance);
            step = grid_distance(grid, position.stop_loss - candidate);
        }
    }
    let least = grid_distance(grid, if is_unset(position.trailing_step) { 0.0 } else { position.trailing_step });
    rule!("Q-E14", step > 0.0 && step == least);
    rule!("Q-E14", 0.0 < step && step < least);
    (step > 0.0 && step >= least).then_some(candidate)
}

#[cfg(test)]
#[path = "tests/trailing.rs"]
mod tests;
