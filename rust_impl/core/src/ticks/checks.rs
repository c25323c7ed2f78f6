//! Checks of ticks at the boundary (T-3, Q-T3): refused with a coded error, never repaired.

use crate::breaches::{breach, calendar_breach, earlier, not_finite, out_of_range, refuse_first};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::Ticks;
use crate::types::ranges::PRICE;

/// Refuses the first breach of T-3 in (column order, row) (Q-T3).
///
/// `faults` is what only the boundary can see: nulls (1002), each with column and row; the value under a null price
/// must be NaN.
///
/// # Errors
/// As [`check_lengths`]; EMPTY_INPUT, NULL_VALUE, OUT_OF_BOUNDS, NAN_VALUE, INFINITE_VALUE, CONSTRAINT_VIOLATION.
pub fn check_ticks(ticks: &Ticks<'_>, faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    check_lengths(ticks)?;
    if ticks.timestamp.is_empty() {
        return Err(breach(ErrorCode::EmptyInput, "T-3", "timestamp", "there is no tick", None, None));
    }
    let columns: Vec<&str> = Ticks::COLUMNS.iter().map(|column| column.name).collect();
    refuse_first(&columns, faults, |column| match column {
        "timestamp" => {
            let order = order_breach(ticks.timestamp);
            earlier(calendar_breach("T-3", "timestamp", ticks.timestamp, false), order)
        }
        _ => price_breach(column, if column == "bid" { ticks.bid } else { ticks.ask }),
    })
}

/// Refuses a column that is not as long as the times.
///
/// # Errors
/// SIZE_MISMATCH.
pub fn check_lengths(ticks: &Ticks<'_>) -> Result<(), OmegaError> {
    for (name, prices) in [("bid", ticks.bid), ("ask", ticks.ask)] {
        if prices.len() != ticks.timestamp.len() {
            let message = format!("{} rows, timestamp has {}", prices.len(), ticks.timestamp.len());
            return Err(breach(ErrorCode::SizeMismatch, "T-3", name, &message, None, None));
        }
    }
    Ok(())
}

/// First time that is earlier than the one before; equal ones keep their order (T-3).
#[must_use]
pub fn order_breach(timestamp: &[i64]) -> Option<OmegaError> {
    let row = (1..timestamp.len()).find(|&row| timestamp[row] < timestamp[row - 1])?;
    let value = Some(Value::Int(timestamp[row]));
    let message = "times must not decrease: sort the rows by time";
    Some(breach(ErrorCode::ConstraintViolation, "T-3", "timestamp", message, Some(row), value))
}

/// First price that is no number in [`PRICE`].
#[must_use]
pub fn price_breach(column: &str, prices: &[f64]) -> Option<OmegaError> {
    let row = prices.iter().position(|&price| !PRICE.contains(price))?;
    let price = prices[row];
    let unfit = not_finite("T-3", column, row, price);
    if unfit.is_some() {
        return unfit;
    }
    if price <= 0.0 {
        let (message, value) = ("a price must be greater than 0", Some(Value::Float(price)));
        return Some(breach(ErrorCode::ConstraintViolation, "T-3", column, message, Some(row), value));
    }
    Some(out_of_range("T-3", column, row, price, PRICE))
}

#[cfg(test)]
#[path = "tests/checks.rs"]
mod tests;
