//! What a position costs or brings overnight, and the instants at which it does so (C-4).

use std::sync::Arc;

use crate::error::{ErrorCode, OmegaError, Value};
use crate::terms::SymbolTerms;
use crate::types::{Direction, EngineConfig};
use crate::variants::variant_rules;

/// A run's swap (Q-C4).
#[derive(Clone, Debug, PartialEq)]
pub struct SwapTerms {
    /// Price per night: what a long position gains by it, negative where it pays.
    pub long_move: f64,
    /// The same of a short one.
    pub short_move: f64,
    /// µs, rising.
    pub rollovers: Arc<[i64]>,
    /// Of each rollover.
    pub nights: Arc<[i64]>,
}

/// The run's swap; none where nights are free, as in v1.
#[must_use]
pub fn swap_terms(config: &EngineConfig, terms: &SymbolTerms) -> Option<SwapTerms> {
    let (Some(swap), Some(spec)) = (&config.swap, &terms.spec) else { return None };
    variant_rules(config.variant).charges_nights.then(|| SwapTerms {
        long_move: swap.long_points * spec.tick_size,
        short_move: swap.short_points * spec.tick_size,
        rollovers: Arc::clone(&swap.rollovers),
        nights: Arc::clone(&swap.nights),
    })
}

/// What some nights bring a position in account currency, negative where they cost (C-4, Q-C4b); a price is worth
/// `value`.
#[must_use]
pub fn swap_amount(terms: &SwapTerms, direction: Direction, size: f64, value: f64, nights: i64) -> f64 {
    let moved = if direction == Direction::Long { terms.long_move } else { terms.short_move };
    ((moved * value) * size) * nights as f64
}

/// Refuses a bar, from row `first` on, for which no rollovers are known (Q-C4).
///
/// # Errors
/// CONSTRAINT_VIOLATION naming the bar's row and its time.
pub fn check_rollovers(terms: Option<&SwapTerms>, timestamps: &[i64], first: usize) -> Result<(), OmegaError> {
    let Some(terms) = terms else { return Ok(()) };
    let (earliest, latest) = match &*terms.rollovers {
        [] => (i64::MAX, i64::MIN),
        [only] => (*only, *only),
        [first, .., last] => (*first, *last),
    };
    let Some(row) = (first..timestamps.len()).find(|&row| timestamps[row] < earliest || timestamps[row] > latest)
    else {
        return Ok(());
    };
    let message =
        format!("no rollovers are known for bar {row}: leave costs.swap out, or give bars of the years 1970 … 2099");
    let error = OmegaError::new(ErrorCode::ConstraintViolation, message).rule("C-4").column("costs.swap");
    Err(error.row(row).value(Value::Int(timestamps[row])))
}

#[cfg(test)]
#[path = "tests/swap.rs"]
mod tests;
