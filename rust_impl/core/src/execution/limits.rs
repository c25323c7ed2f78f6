//! What is decided before the first bar of a run, so that no fill has to be looked at: C-1's end of slippage.

use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::state::Rules;
use crate::grid::grid_price;
use crate::numbers::{maximum, minimum};
use crate::signals::columns::SignalRows;
use crate::types::{Bars, Direction, Signal, SignalType, Signals};

/// Rows that are looked at together.
const BLOCK: usize = 1024;

/// Refuses what could bring a fill to 0 or below (C-1, Q-C1b): a grid that is too coarse, then slippage.
///
/// # Errors
/// CONSTRAINT_VIOLATION with the row of the lowest bar: column `instruments.digits` and its price, or `costs.slippage`
/// and the largest slippage as value.
pub fn check_fills(rules: &Rules, bars: &Bars<'_>, signals: Option<&Signals>) -> Result<(), OmegaError> {
    let slippage = rules.largest_slippage;
    let grid = &rules.terms.grid;
    // The price of the grid is above 0 from half a point on.
    if bars.is_empty() || (slippage == 0.0 && !(grid.is_kept && is_any_below(bars, grid.point))) {
        return Ok(());
    }
    let (row, price) = lowest_price(bars);
    let on_grid = grid_price(grid, price);
    if on_grid <= 0.0 {
        return Err(too_coarse(rules.terms.digits, row, price));
    }
    let reach = (slippage + rules.stop_buffer) + maximum(rules.buffers.stop, rules.idle_buffers.stop);
    let lowest = minimum(price, on_grid);
    if slippage != 0.0 && lowest <= reach {
        return Err(too_large(slippage, Some(row), lowest));
    }
    signals.map_or(Ok(()), |signals| check_levels(rules, SignalRows::all(signals)))
}

/// Refuses signals whose fill slippage could bring to 0 or below, wherever the market is (C-1, Q-C1b).
///
/// # Errors
/// CONSTRAINT_VIOLATION, column `costs.slippage`, with the largest slippage.
pub fn check_levels(rules: &Rules, signals: impl Iterator<Item = Signal>) -> Result<(), OmegaError> {
    let slippage = rules.largest_slippage;
    if slippage == 0.0 || rules.variant.checks_sides {
        return Ok(());
    }
    let level = lowest_level(signals);
    if level <= slippage {
        return Err(too_large(slippage, None, level));
    }
    Ok(())
}

/// Whether a low of either side is below `price`; nothing else is asked of most bars.
#[inline]
#[must_use]
pub fn is_any_below(bars: &Bars<'_>, price: f64) -> bool {
    [bars.bid_low, bars.ask_low].into_iter().any(|lows| {
        // By blocks, because a search that may end at any row is not vectorized.
        lows.chunks(BLOCK).any(|block| {
            let mut is_below = false;
            for &low in block {
                is_below |= low < price;
            }
            is_below
        })
    })
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

/// The lowest price or stop above 0 of the short entries: v1 fills there, wherever the market is.
#[must_use]
pub fn lowest_level(signals: impl Iterator<Item = Signal>) -> f64 {
    let mut lowest = f64::INFINITY;
    for signal in signals {
        if signal.direction != Some(Direction::Short) || signal.signal_type != SignalType::Entry {
            continue;
        }
        for level in [signal.price, signal.stop_loss] {
            if level > 0.0 {
                lowest = minimum(lowest, level);
            }
        }
    }
    lowest
}

fn too_coarse(digits: u32, row: usize, price: f64) -> OmegaError {
    let message = format!(
        "with {digits} digits the price {price} (bar {row}) would be 0: correct the instrument's digits, or the bars"
    );
    let error = OmegaError::new(ErrorCode::ConstraintViolation, message).rule("C-1").column("instruments.digits");
    error.row(row).value(Value::Float(price))
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
