//! Checks of signals at the boundary (T-6, Q-T6): any breach refuses the whole table.

use crate::breaches::{breach, calendar_breach, earlier, not_finite, out_of_range, refuse_first};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::columns::Table as _;
use crate::types::ranges::{FACTOR, FRACTION, PRICE, Range, SIZE};
use crate::types::{Signals, UNSET_TIME, is_unset};

/// Refuses the first breach of T-6 in (column order, row).
///
/// `faults` is what only the boundary can see: nulls (1002), closed sets (1001) and NaN (2004), each with column and
/// row; the first of each column suffices.
///
/// # Errors
/// The faults; INFINITE_VALUE; CONSTRAINT_VIOLATION for a negative distance, a number beyond its range (T-10) or a time
/// before the last one; OUT_OF_BOUNDS for a time beyond the calendar.
pub fn check_signals(signals: &Signals, faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    let columns: Vec<&str> = Signals::COLUMNS.iter().map(|column| column.name).collect();
    refuse_first(&columns, faults, |column| column_breach(signals, column))
}

/// First breach of one column that needs no look at the table it came from.
fn column_breach(signals: &Signals, column: &str) -> Option<OmegaError> {
    match column {
        "timestamp" => {
            earlier(calendar_breach("T-6", column, &signals.timestamp, false), order_breach(column, &signals.timestamp))
        }
        "price" => number_breach(column, &signals.price, PRICE, false),
        "size" => number_breach(column, &signals.size, SIZE, false),
        "stop_loss" => number_breach(column, &signals.stop_loss, PRICE, false),
        "take_profit" => number_breach(column, &signals.take_profit, PRICE, false),
        "expires_at" => calendar_breach("T-6", column, &signals.expires_at, true),
        "trailing_distance" => number_breach(column, &signals.trailing_distance, FACTOR, true),
        "trailing_step" => number_breach(column, &signals.trailing_step, FACTOR, true),
        "break_even_at_r" => number_breach(column, &signals.break_even_at_r, FACTOR, true),
        "break_even_offset" => number_breach(column, &signals.break_even_offset, FACTOR, true),
        "max_holding" => duration_breach(column, &signals.max_holding),
        "fraction" => fraction_breach(column, &signals.fraction),
        _ => None,
    }
}

/// First row whose time is before that of the row before.
fn order_breach(column: &str, times: &[i64]) -> Option<OmegaError> {
    let row = (1..times.len()).find(|&row| times[row] < times[row - 1])?;
    let message = "signals must be sorted by time";
    Some(breach(ErrorCode::ConstraintViolation, "T-6", column, message, Some(row), Some(Value::Int(times[row]))))
}

/// First number that is infinite, negative where it `is_distance`, or beyond its range; a
/// level or size of 0 or below is no breach: it is a rejected event (`not_positive`).
fn number_breach(column: &str, values: &[f64], span: Range, is_distance: bool) -> Option<OmegaError> {
    for (row, &value) in values.iter().enumerate() {
        if is_unset(value) {
            continue;
        }
        let found = not_finite("T-6", column, row, value);
        if found.is_some() {
            return found;
        }
        if is_distance && value < 0.0 {
            return Some(negative("T-6", column, row, Value::Float(value)));
        }
        if value > span.most || (0.0 < value && value < span.least) {
            return Some(out_of_range("T-6", column, row, value, span));
        }
    }
    None
}

/// First duration below 0.
fn duration_breach(column: &str, durations: &[i64]) -> Option<OmegaError> {
    let row = durations.iter().position(|&duration| duration < 0 && duration != UNSET_TIME)?;
    Some(negative("T-6", column, row, Value::Int(durations[row])))
}

/// First part that is no number, none of a position, or more than all of it.
fn fraction_breach(column: &str, fractions: &[f64]) -> Option<OmegaError> {
    for (row, &fraction) in fractions.iter().enumerate() {
        if is_unset(fraction) {
            continue;
        }
        let found = not_finite("T-6", column, row, fraction);
        if found.is_some() {
            return found;
        }
        if !FRACTION.contains(fraction) {
            return Some(out_of_range("T-6", column, row, fraction, FRACTION));
        }
    }
    None
}

/// The refusal of a distance or a duration below 0 (Q-T6).
#[must_use]
pub fn negative(rule: &'static str, column: &str, row: usize, value: Value) -> OmegaError {
    breach(ErrorCode::ConstraintViolation, rule, column, "must not be negative", Some(row), Some(value))
}

#[cfg(test)]
#[path = "tests/checks.rs"]
mod tests;
