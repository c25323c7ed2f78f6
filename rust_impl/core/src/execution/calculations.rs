//! Lots that orders would get, without an order (B-5).

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
    calendar_breach("B-5", "timestamp", times, false).map_or(Ok(()), Err)?;
    times.iter().try_for_each(|&time| check_ages(&rules.rate_series, rules.rates_max_age, &[time], 0))
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
