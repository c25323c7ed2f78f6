//! What orders and fills would get and cost, without one (B-5).

use crate::breaches::calendar_breach;
use crate::error::OmegaError;
use crate::execution::batches::{check_length, check_numbers};
use crate::execution::state::{Account, Rules};
use crate::grid::grid_price;
use crate::sizing::{is_refused, lots_from_raw, raw_lots, risk_amount};
use crate::types::ranges::{PRICE, SIZE};
use crate::worth::{check_ages, value_at};

/// Refuses the first breach of orders to be sized in (column order, row) (Q-B5).
///
/// # Errors
/// SIZE_MISMATCH for columns of unequal lengths; NAN_VALUE, INFINITE_VALUE, CONSTRAINT_VIOLATION or OUT_OF_BOUNDS for a
/// value; or as [`check_ages`] for a time without a rate.
pub fn check_orders(
    rules: &Rules,
    prices: &[f64],
    stop_losses: &[f64],
    sizes: &[Option<f64>],
    times: &[i64],
) -> Result<(), OmegaError> {
    check_length("B-5", "stop_loss", stop_losses.len(), prices.len())?;
    check_length("B-5", "size", sizes.len(), prices.len())?;
    check_length("B-5", "timestamp", times.len(), prices.len())?;
    check_numbers("B-5", "price", prices.iter().copied().map(Some), PRICE)?;
    check_numbers("B-5", "stop_loss", stop_losses.iter().copied().map(Some), PRICE)?;
    check_numbers("B-5", "size", sizes.iter().copied(), SIZE)?;
    check_times(rules, times)
}

/// The lots of an order at `price`, by the equity of the last bar; none where it is too small (S-4).
#[must_use]
pub fn lot_size(
    account: &Account,
    rules: &Rules,
    price: f64,
    stop_loss: f64,
    size: Option<f64>,
    time: i64,
) -> Option<f64> {
    let grid = &rules.terms.grid;
    let (price, stop_loss) = (grid_price(grid, price), grid_price(grid, stop_loss));
    let risk = risk_amount(rules, account.portfolio.equity);
    let value = value_at(&rules.terms.worth, price, time);
    let raw = size.unwrap_or_else(|| raw_lots(rules, risk, price, stop_loss, value));
    (!is_refused(raw, rules)).then(|| lots_from_raw(raw, rules))
}

/// Refuses the first breach of fills to be charged in (column order, row) (Q-B5).
///
/// # Errors
/// As [`check_orders`].
pub fn check_fills_to_charge(
    rules: &Rules,
    lots: &[f64],
    prices: &[f64],
    times: &[i64],
    legs: &[i64],
) -> Result<(), OmegaError> {
    check_length("B-5", "price", prices.len(), lots.len())?;
    check_length("B-5", "timestamp", times.len(), lots.len())?;
    check_length("B-5", "leg", legs.len(), lots.len())?;
    check_numbers("B-5", "lots", lots.iter().copied().map(Some), SIZE)?;
    check_numbers("B-5", "price", prices.iter().copied().map(Some), PRICE)?;
    check_times(rules, times)
}

/// Refuses a time beyond the calendar, or one without a rate (Q-B5).
///
/// # Errors
/// OUT_OF_BOUNDS; as [`check_ages`].
pub fn check_times(rules: &Rules, times: &[i64]) -> Result<(), OmegaError> {
    calendar_breach("B-5", "timestamp", times, false).map_or(Ok(()), Err)?;
    times.iter().try_for_each(|&time| check_ages(&rules.rate_series, rules.rates_max_age, &[time], 0))
}

/// The fee or commission of a fill; leg 0 is the entry (C-2, C-3).
#[must_use]
pub fn charge(rules: &Rules, lots: f64, price: f64, time: i64, leg: i64) -> f64 {
    let price = grid_price(&rules.terms.grid, price);
    rules.costs.fee(lots, price, value_at(&rules.terms.worth, price, time), time, leg)
}

#[cfg(test)]
#[path = "tests/calculations.rs"]
mod tests;
