//! Checks of the columns of a batch (Q-B4, Q-B5).

use crate::breaches::{breach, not_finite, out_of_range};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::ranges::Range;

/// Refuses a column that is not as long as the first.
///
/// # Errors
/// SIZE_MISMATCH with its length.
pub fn check_length(rule: &'static str, column: &str, length: usize, rows: usize) -> Result<(), OmegaError> {
    if length == rows {
        return Ok(());
    }
    let message = format!("the columns of a batch have one length, here {rows}");
    Err(breach(ErrorCode::SizeMismatch, rule, column, &message, None, Some(Value::Int(length as i64))))
}

/// Refuses the first value that is no number or beyond its range (T-10).
///
/// # Errors
/// NAN_VALUE, INFINITE_VALUE or CONSTRAINT_VIOLATION with its row.
pub fn check_numbers(
    rule: &'static str,
    column: &str,
    values: impl IntoIterator<Item = Option<f64>>,
    span: Range,
) -> Result<(), OmegaError> {
    for (row, value) in values.into_iter().enumerate() {
        let Some(value) = value else { continue };
        if let Some(found) = not_finite(rule, column, row, value) {
            return Err(found);
        }
        if !span.contains(value) {
            return Err(out_of_range(rule, column, row, value, span));
        }
    }
    Ok(())
}
