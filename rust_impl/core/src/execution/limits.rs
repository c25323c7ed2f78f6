//! What is decided before the first bar of a run, so that no fill has to be looked at: C-1's end of slippage.

use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::state::Rules;
use crate::numbers::maximum;
use crate::types::{Bars, Direction, Signals};

/// Refuses slippage that could push a fill to 0 or below (C-1, Q-C1b).
///
/// # Errors
/// CONSTRAINT_VIOLATION, column `costs.slippage`, the row of the lowest bar, the largest slippage as value.
pub fn check_slippage(rules: &Rules, bars: &Bars<'_>, signals: Option<&Signals>) -> Result<(), OmegaError> {
    let slippage = rules.largest_slippage;
    if slippage == 0.0 || bars.is_empty() {
        return Ok(());
    }
    let reach = (slippage + rules.stop_buffer) + maximum(rules.buffers.stop, rules.idle_buffers.stop);
    let (row, price) = lowest_price(bars);
    if price <= reach {
        return Err(too_large(slippage, Some(row), price));
    }
    if rules.variant.checks_sides {
        return Ok(());
    }
    let level = signals.map_or(f64::INFINITY, lowest_level);
    if level <= slippage {
        return Err(too_large(slippage, None, level));
    }
    Ok(())
}

/// The lowest low of both sides and its row, the bid's first row where several are as low.
///
/// # Panics
/// Without a bar.
#[must_use]
pub fn lowest_price(bars: &Bars<'_>) -> (usize, f64) {
    let (mut at, mut lowest) = (0, bars.bid_low[0]);
    for low in [bars.bid_low, bars.ask_low] {
        for (row, &price) in low.iter().enumerate() {
            if price < lowest {
                (at, lowest) = (row, price);
            }
        }
    }
    (at, lowest)
}

/// The lowest price or stop above 0 of the short signals: v1 fills there, wherever the market is.
#[must_use]
pub fn lowest_level(signals: &Signals) -> f64 {
    let mut lowest = f64::INFINITY;
    for (row, &direction) in signals.direction.iter().enumerate() {
        if direction != Some(Direction::Short) {
            continue;
        }
        for level in [signals.price[row], signals.stop_loss[row]] {
            if 0.0 < level && level < lowest {
                lowest = level;
            }
        }
    }
    lowest
}

fn too_large(slippage: f64, row: Option<usize>, price: f64) -> OmegaError {
    let place = row.map_or_else(|| "a signal".to_owned(), |row| format!("bar {row}"));
    let message = format!(
        "slippage of up to {slippage} in price would push a fill at {price} ({place}) to 0 or below: lower \
         costs.slippage.fixed_pips and random_pips, or correct the instrument's pip_size"
    );
    let error = OmegaError::new(ErrorCode::ConstraintViolation, message).rule("C-1").column("costs.slippage");
    OmegaError { row, ..error.value(Value::Float(slippage)) }
}

#[cfg(test)]
#[path = "tests/limits.rs"]
mod tests;
