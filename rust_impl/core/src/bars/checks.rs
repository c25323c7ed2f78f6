//! Checks of bars at the boundary (T-2, T-4): refused with a coded error, never repaired.

use std::iter;

use crate::bars::steps::{is_step, step_breach};
use crate::breaches::{CALENDAR, Fault, breach, calendar_breach, earlier, finite_fault, refuse_first};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::ranges::PRICE;
use crate::types::{Bars, TIMEFRAMES};

/// Says [`PRICE`], which a test holds it to.
const BEYOND: &str = "a price must be in 1e-12 … 1e12";
const DUPLICATE: &str = "a duplicate of the time before: keep one row of each time";

/// Refuses the first breach of T-2 and T-4 in (column order, row) (Q-T2).
///
/// `faults` is what only the boundary can see: nulls (1002), each with column and row; the value under a null price
/// must be NaN.
///
/// # Errors
/// As [`check_timeframe`] and [`check_lengths`]; EMPTY_INPUT, NULL_VALUE, OUT_OF_BOUNDS, NAN_VALUE, INFINITE_VALUE,
/// CONSTRAINT_VIOLATION.
pub fn check_bars(bars: &Bars<'_>, timeframe: i64, faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    check_timeframe(timeframe)?;
    check_lengths(bars)?;
    if bars.is_empty() {
        return Err(breach(ErrorCode::EmptyInput, "T-2", "timestamp", "there is no bar", None, None));
    }
    if faults.is_empty() && is_sound(bars, timeframe) {
        return Ok(());
    }
    let columns: Vec<&str> = Bars::COLUMNS.iter().map(|column| column.name).collect();
    refuse_first(&columns, faults, |column| match column {
        "timestamp" => bar_time_breach(bars.timestamp, timeframe),
        _ => value_breach(bars, column),
    })
}

/// Refuses a length of a bar that is not one of T-4, before any table is looked at (Q-T4b).
///
/// # Errors
/// INVALID_ARGUMENT.
pub fn check_timeframe(timeframe: i64) -> Result<(), OmegaError> {
    if TIMEFRAMES.iter().any(|&(_, length)| length == timeframe) {
        return Ok(());
    }
    let names: Vec<&str> = TIMEFRAMES.iter().map(|&(name, _)| name).collect();
    let message = format!("a timeframe is one of {}, in µs", names.join(" "));
    Err(breach(ErrorCode::InvalidArgument, "T-4", "timeframe", &message, None, Some(Value::Int(timeframe))))
}

/// Refuses a column that is not as long as the times.
///
/// # Errors
/// SIZE_MISMATCH.
pub fn check_lengths(bars: &Bars<'_>) -> Result<(), OmegaError> {
    for (name, values) in bars.value_columns() {
        if values.len() != bars.len() {
            let message = format!("{} rows, timestamp has {}", values.len(), bars.len());
            return Err(breach(ErrorCode::SizeMismatch, "T-2", name, &message, None, None));
        }
    }
    Ok(())
}

/// Whether no row breaks T-2 and T-4: the whole answer in the usual case, without a branch per row.
fn is_sound(bars: &Bars<'_>, timeframe: i64) -> bool {
    are_times_sound(bars.timestamp, timeframe)
        && is_side_sound(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close)
        && is_side_sound(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close)
        && is_volume_sound(bars.volume)
}

/// Whether times are of the calendar and each step is right.
fn are_times_sound(timestamp: &[i64], timeframe: i64) -> bool {
    // Times increase, so the first and the last speak for all.
    let ends = [timestamp.first(), timestamp.last()];
    let mut is_sound = ends.iter().flatten().all(|time| CALENDAR.contains(time));
    for pair in timestamp.windows(2) {
        is_sound &= pair[0] < pair[1] && is_step(pair[0], pair[1], timeframe);
    }
    is_sound
}

/// Whether low ≤ open, close ≤ high in every row, all in [`PRICE`]; a NaN is on no side of anything.
fn is_side_sound(opens: &[f64], highs: &[f64], lows: &[f64], closes: &[f64]) -> bool {
    let rows = opens.len();
    let (highs, lows, closes) = (&highs[..rows], &lows[..rows], &closes[..rows]);
    let mut is_sound = true;
    for row in 0..rows {
        is_sound &= (PRICE.least <= lows[row])
            & (lows[row] <= opens[row])
            & (opens[row] <= highs[row])
            & (lows[row] <= closes[row])
            & (closes[row] <= highs[row])
            & (highs[row] <= PRICE.most);
    }
    is_sound
}

/// Whether 0 ≤ volume < ∞ in every row.
fn is_volume_sound(volume: &[f64]) -> bool {
    let mut is_sound = true;
    for &value in volume {
        is_sound &= (0.0..=f64::MAX).contains(&value);
    }
    is_sound
}

/// First row whose time is beyond the calendar, not after the one before, or the first uneven step of too many.
fn bar_time_breach(timestamp: &[i64], timeframe: i64) -> Option<OmegaError> {
    let order = earlier(time_breach("T-2", "timestamp", timestamp), step_breach(timestamp, timeframe));
    earlier(calendar_breach("T-2", "timestamp", timestamp, false), order)
}

/// First row whose time is not after the one before.
#[must_use]
pub fn time_breach(rule: &'static str, column: &str, times: &[i64]) -> Option<OmegaError> {
    let fault = time_faults(times).next()?;
    let value = Some(Value::Int(times[fault.row]));
    Some(breach(fault.code, rule, column, fault.message, Some(fault.row), value))
}

/// What is wrong with times that are not after the one before.
pub fn time_faults(times: &[i64]) -> impl Iterator<Item = Fault> {
    let fault = |row: usize| {
        let is_duplicate = times[row] == times[row - 1];
        let message = if is_duplicate { DUPLICATE } else { "times must increase strictly: sort the rows by time" };
        Fault { row, code: ErrorCode::ConstraintViolation, message }
    };
    (1..times.len()).filter(|&row| times[row] <= times[row - 1]).map(fault)
}

/// First breach of a price column or of the volume.
fn value_breach(bars: &Bars<'_>, column: &str) -> Option<OmegaError> {
    let fault = value_faults(bars, column).next()?;
    let (_, values) = bars.value_columns().into_iter().find(|(name, _)| *name == column)?;
    let value = Some(Value::Float(values[fault.row]));
    Some(breach(fault.code, "T-2", column, fault.message, Some(fault.row), value))
}

/// What is wrong in a price column or in the volume, row by row.
pub fn value_faults<'a>(bars: &Bars<'a>, column: &str) -> Box<dyn Iterator<Item = Fault> + 'a> {
    if column == "volume" {
        return Box::new(volume_faults(bars.volume));
    }
    let columns = bars.value_columns();
    let Some(index) = columns.iter().position(|(name, _)| *name == column) else { return Box::new(iter::empty()) };
    // Open, high, low and close of each side follow one another.
    let side = index / 4 * 4;
    Box::new(price_faults(column, columns[index].1, columns[side + 1].1, columns[side + 2].1))
}

/// The prices that are no number in [`PRICE`] between low and high.
fn price_faults<'a>(
    column: &str,
    prices: &'a [f64],
    highs: &'a [f64],
    lows: &'a [f64],
) -> impl Iterator<Item = Fault> + use<'a> {
    let is_ranged = column.ends_with("_open") || column.ends_with("_close");
    prices.iter().enumerate().filter_map(move |(row, &price)| {
        // A bound that is NaN is a breach of its own column, reported in that column's turn.
        finite_fault(row, price).or_else(|| {
            let message = if price <= 0.0 {
                "a price must be greater than 0"
            } else if !PRICE.contains(price) {
                BEYOND
            } else if is_ranged && (price < lows[row] || price > highs[row]) {
                "must lie within low … high"
            } else {
                return None;
            };
            Some(Fault { row, code: ErrorCode::ConstraintViolation, message })
        })
    })
}

/// The volumes that are no number of at least 0.
fn volume_faults(volume: &[f64]) -> impl Iterator<Item = Fault> {
    volume.iter().enumerate().filter_map(|(row, &value)| {
        let negative = || Fault { row, code: ErrorCode::ConstraintViolation, message: "a volume must not be negative" };
        finite_fault(row, value).or_else(|| (value < 0.0).then(negative))
    })
}

#[cfg(test)]
#[path = "tests/checks.rs"]
mod tests;
