//! Checks of bars at the boundary (T-2, T-4): refused with a coded error, never repaired.

use crate::breaches::{CALENDAR, breach, calendar_breach, earlier, not_finite, refuse_first};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::ranges::PRICE;
use crate::types::{Bars, TIMEFRAMES};

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

/// Whether times are of the calendar and each step is a whole number of bars.
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

/// Whether the way from `before` to a later `after` is a whole number of bars (Q-T4).
fn is_step(before: i64, after: i64, timeframe: i64) -> bool {
    // As u64 it fits whatever the two are.
    let (step, timeframe) = (after.wrapping_sub(before) as u64, timeframe as u64);
    // The usual answer without a division.
    step == timeframe || step.is_multiple_of(timeframe)
}

/// First row whose time is beyond the calendar, not after the one before, or not a whole number of bars after it.
fn bar_time_breach(timestamp: &[i64], timeframe: i64) -> Option<OmegaError> {
    let order = earlier(time_breach("T-2", "timestamp", timestamp), step_breach(timestamp, timeframe));
    earlier(calendar_breach("T-2", "timestamp", timestamp, false), order)
}

/// First row whose time is not after the one before.
#[must_use]
pub fn time_breach(rule: &'static str, column: &str, times: &[i64]) -> Option<OmegaError> {
    let row = (1..times.len()).find(|&row| times[row] <= times[row - 1])?;
    let message =
        if times[row] == times[row - 1] { "a duplicate of the time before" } else { "times must increase strictly" };
    Some(breach(ErrorCode::ConstraintViolation, rule, column, message, Some(row), Some(Value::Int(times[row]))))
}

/// First row that is later than the one before, but not by a whole number of bars (Q-T4).
fn step_breach(timestamp: &[i64], timeframe: i64) -> Option<OmegaError> {
    let is_off =
        |&row: &usize| timestamp[row] > timestamp[row - 1] && !is_step(timestamp[row - 1], timestamp[row], timeframe);
    let row = (1..timestamp.len()).find(is_off)?;
    let message = format!("the step to this time is no multiple of the timeframe ({timeframe} µs)");
    let value = Some(Value::Int(timestamp[row]));
    Some(breach(ErrorCode::ConstraintViolation, "T-4", "timestamp", &message, Some(row), value))
}

/// First breach of a price column or of the volume.
fn value_breach(bars: &Bars<'_>, column: &str) -> Option<OmegaError> {
    if column == "volume" {
        return volume_breach(column, bars.volume);
    }
    let columns = bars.value_columns();
    let index = columns.iter().position(|(name, _)| *name == column)?;
    // Open, high, low and close of each side follow one another.
    let side = index / 4 * 4;
    price_breach(column, columns[index].1, columns[side + 1].1, columns[side + 2].1)
}

/// First price that is no number in [`PRICE`] between low and high.
fn price_breach(column: &str, prices: &[f64], highs: &[f64], lows: &[f64]) -> Option<OmegaError> {
    let is_ranged = column.ends_with("_open") || column.ends_with("_close");
    let beyond = format!("a price must be in {PRICE}");
    for (row, &price) in prices.iter().enumerate() {
        let found = not_finite("T-2", column, row, price);
        if found.is_some() {
            return found;
        }
        // A bound that is NaN is a breach of its own column, reported in that column's turn.
        let message = if price <= 0.0 {
            "a price must be greater than 0"
        } else if !PRICE.contains(price) {
            &beyond
        } else if is_ranged && (price < lows[row] || price > highs[row]) {
            "must lie within low … high"
        } else {
            continue;
        };
        let value = Some(Value::Float(price));
        return Some(breach(ErrorCode::ConstraintViolation, "T-2", column, message, Some(row), value));
    }
    None
}

/// First volume that is no number of at least 0.
fn volume_breach(column: &str, volume: &[f64]) -> Option<OmegaError> {
    for (row, &value) in volume.iter().enumerate() {
        let found = not_finite("T-2", column, row, value);
        if found.is_some() {
            return found;
        }
        if value < 0.0 {
            let message = "a volume must not be negative";
            let value = Some(Value::Float(value));
            return Some(breach(ErrorCode::ConstraintViolation, "T-2", column, message, Some(row), value));
        }
    }
    None
}

#[cfg(test)]
#[path = "tests/checks.rs"]
mod tests;
