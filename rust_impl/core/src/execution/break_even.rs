//! When a stop moves to the entry, and where to (E-13).

use crate::execution::columns::Position;
use crate::execution::state::Rules;
use crate::grid::{grid_distance, grid_price};
use crate::quotes::Quote;
use crate::types::{Direction, is_unset};

/// Whether the bar's best price of the exit side gained the asked multiple of the first risk (Q-E13).
#[must_use]
pub fn is_break_even_due(rules: &Rules, quote: &Quote, position: &Position) -> bool {
    let at_r = position.break_even_at_r;
    if is_unset(at_r) || position.is_break_even_done {
        return false;
    }
    let entry = position.entry_price;
    let gain = match position.direction {
        Direction::Long => quote.bid_high - entry,
        Direction::Short => entry - quote.ask_low,
    };
    let distance = grid_distance(&rules.terms.grid, (entry - position.initial_stop_loss).abs());
    if distance == 0.0 {
        return false;
    }
    if rules.variant.measures_break_even_by_ratio {
        return (gain / distance) >= at_r;
    }
    grid_distance(&rules.terms.grid, gain) >= grid_distance(&rules.terms.grid, at_r * distance)
}

/// The stop at the entry and its offset; none where it is not beyond the one there is (Q-E13).
#[must_use]
pub fn break_even_stop(rules: &Rules, position: &Position) -> Option<f64> {
    let offset = if is_unset(position.break_even_offset) { 0.0 } else { position.break_even_offset };
    let (stop, is_forward);
    match position.direction {
        Direction::Long => {
            stop = grid_price(&rules.terms.grid, position.entry_price + offset);
            is_forward = stop > position.stop_loss;
        }
        Direction::Short => {
            stop = grid_price(&rules.terms.grid, position.entry_price - offset);
            is_forward = stop < position.stop_loss;
        }
    }
    is_forward.then_some(stop)
}

#[cfg(test)]
#[path = "tests/break_even.rs"]
mod tests;
