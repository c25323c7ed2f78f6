//! Errors that say where: the column, row and value of a breach, and which of several comes first (Q-T2).

use std::ops::RangeInclusive;

use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::UNSET_TIME;
use crate::types::ranges::Range;

/// First and last µs of the years 1 … 9999 (Q-T1).
pub const CALENDAR: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

const NOT_A_TIME: &str = "a time is in the years 1 … 9999, in µs since 1970 (are these nanoseconds?)";

/// What is wrong in one row of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Zero-based row.
    pub row: usize,
    /// Code of X-1.
    pub code: ErrorCode,
    /// What must be so.
    pub message: &'static str,
}

/// The error of one breach.
#[must_use]
pub fn breach(
    code: ErrorCode,
    rule: &'static str,
    column: &str,
    message: &str,
    row: Option<usize>,
    value: Option<Value>,
) -> OmegaError {
    let place = row.map_or_else(|| column.to_owned(), |row| format!("{column}[{row}]"));
    let mut error = OmegaError::new(code, format!("{place}: {message}")).rule(rule).column(column);
    error.row = row;
    error.value = value;
    error
}

/// Refuses the first breach in (column order, row) of those known and those `found` by column; at one row the known
/// goes first.
///
/// # Errors
/// That breach.
pub fn refuse_first(
    columns: &[&str],
    known: Vec<OmegaError>,
    found: impl Fn(&str) -> Option<OmegaError>,
) -> Result<(), OmegaError> {
    for &column in columns {
        let of_column = known.iter().filter(|fault| fault.column.as_deref() == Some(column));
        let first = earlier(of_column.min_by_key(|fault| fault.row).cloned(), found(column));
        if let Some(fault) = first {
            return Err(fault);
        }
    }
    Ok(())
}

/// Of two breaches of one column the one in the earlier row, the first where both are in one.
#[must_use]
pub fn earlier(first: Option<OmegaError>, second: Option<OmegaError>) -> Option<OmegaError> {
    match (&first, &second) {
        (Some(one), Some(other)) if other.row < one.row => second,
        (None, _) => second,
        _ => first,
    }
}

/// The refusal of a value that is NaN or infinite.
#[must_use]
pub fn not_finite(rule: &'static str, column: &str, row: usize, value: f64) -> Option<OmegaError> {
    let fault = finite_fault(row, value)?;
    Some(breach(fault.code, rule, column, fault.message, Some(row), Some(Value::Float(value))))
}

/// What is wrong with a value that is NaN or infinite.
#[must_use]
pub const fn finite_fault(row: usize, value: f64) -> Option<Fault> {
    if value.is_nan() {
        return Some(Fault { row, code: ErrorCode::NanValue, message: "must be a number" });
    }
    if value.is_infinite() {
        return Some(Fault { row, code: ErrorCode::InfiniteValue, message: "must be finite" });
    }
    None
}

/// What is wrong with times that are not in the years 1 … 9999 (Q-T1).
pub fn calendar_faults(times: &[i64]) -> impl Iterator<Item = Fault> {
    let is_beyond = |&row: &usize| !CALENDAR.contains(&times[row]);
    let fault = |row| Fault { row, code: ErrorCode::OutOfBounds, message: NOT_A_TIME };
    (0..times.len()).filter(is_beyond).map(fault)
}

/// The refusal of a number that is not in its range (T-10).
#[must_use]
pub fn out_of_range(rule: &'static str, column: &str, row: usize, value: f64, span: Range) -> OmegaError {
    let message = format!("must be in {span}");
    breach(ErrorCode::ConstraintViolation, rule, column, &message, Some(row), Some(Value::Float(value)))
}

/// First row whose time is not in the years 1 … 9999 (Q-T1); one that is not set is no breach where it `is_optional`.
#[must_use]
pub fn calendar_breach(rule: &'static str, column: &str, times: &[i64], is_optional: bool) -> Option<OmegaError> {
    let is_unset = |time: &i64| is_optional && *time == UNSET_TIME;
    let row = times.iter().position(|time| !(CALENDAR.contains(time) || is_unset(time)))?;
    Some(beyond_calendar(rule, column, row, times[row]))
}

/// The refusal of a time that is not in the years 1 … 9999 (Q-T1).
#[must_use]
pub fn beyond_calendar(rule: &'static str, column: &str, row: usize, time: i64) -> OmegaError {
    breach(ErrorCode::OutOfBounds, rule, column, NOT_A_TIME, Some(row), Some(Value::Int(time)))
}
