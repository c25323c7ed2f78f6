//! Two sides of the market joined to bars (G-1, Q-G1).

use crate::bars::checks::time_breach;
use crate::bars::columns::{BarColumns, SideColumns};
use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};

/// Inner join of two sides on equal timestamps; the volume is the bid side's (Q-G1).
///
/// # Errors
/// As [`check_missing_ratio`], [`check_side`] and `check_unmatched`; EMPTY_INPUT when nothing is left.
pub fn join_sides(
    bid: &SideColumns<'_>,
    ask: &SideColumns<'_>,
    max_missing_ratio: f64,
) -> Result<BarColumns, OmegaError> {
    check_missing_ratio(max_missing_ratio)?;
    check_side(bid, "bid_")?;
    check_side(ask, "ask_")?;
    let (bid_rows, ask_rows) = matching_rows(bid.timestamp, ask.timestamp);
    let matched = bid_rows.len();
    check_unmatched(bid.timestamp.len() - matched, ask.timestamp.len() - matched, matched, max_missing_ratio)?;
    if matched == 0 {
        let message = "bid and ask have no time in common";
        return Err(breach(ErrorCode::EmptyInput, "G-1", "timestamp", message, None, None));
    }
    Ok(joined(bid, ask, &bid_rows, &ask_rows))
}

/// Refuses a ratio outside 0 … 1, before any table is looked at (Q-G1b).
///
/// # Errors
/// OUT_OF_BOUNDS.
pub fn check_missing_ratio(max_missing_ratio: f64) -> Result<(), OmegaError> {
    if (0.0..=1.0).contains(&max_missing_ratio) {
        return Ok(());
    }
    let value = Some(Value::Float(max_missing_ratio));
    Err(breach(ErrorCode::OutOfBounds, "G-1", "max_missing_ratio", "must be in 0 … 1", None, value))
}

/// Refuses a side with columns of unequal length or times that do not increase; `prefix` goes before the names of its
/// columns (Q-G1b).
///
/// # Errors
/// SIZE_MISMATCH, CONSTRAINT_VIOLATION.
pub fn check_side(side: &SideColumns<'_>, prefix: &str) -> Result<(), OmegaError> {
    let columns =
        [("open", side.open), ("high", side.high), ("low", side.low), ("close", side.close), ("volume", side.volume)];
    for (name, values) in columns {
        if values.len() != side.timestamp.len() {
            let message = format!("{} rows, timestamp has {}", values.len(), side.timestamp.len());
            return Err(breach(ErrorCode::SizeMismatch, "G-1", &format!("{prefix}{name}"), &message, None, None));
        }
    }
    time_breach("G-1", &format!("{prefix}timestamp"), side.timestamp).map_or(Ok(()), Err)
}

/// Rows of both sides that have equal times.
fn matching_rows(bid_times: &[i64], ask_times: &[i64]) -> (Vec<usize>, Vec<usize>) {
    let (mut bid_rows, mut ask_rows) = (Vec::new(), Vec::new());
    let mut ask_row = 0;
    for (bid_row, &time) in bid_times.iter().enumerate() {
        while ask_row < ask_times.len() && ask_times[ask_row] < time {
            ask_row += 1;
        }
        if ask_row < ask_times.len() && ask_times[ask_row] == time {
            bid_rows.push(bid_row);
            ask_rows.push(ask_row);
        }
    }
    (bid_rows, ask_rows)
}

/// Refuses two sides without a row, or with too many that have no partner.
///
/// # Errors
/// EMPTY_INPUT; CONSTRAINT_VIOLATION with both counts.
fn check_unmatched(bid_only: usize, ask_only: usize, matched: usize, max_missing_ratio: f64) -> Result<(), OmegaError> {
    let union = (bid_only + ask_only) + matched;
    if union == 0 {
        let message = "neither bid nor ask has a bar";
        return Err(breach(ErrorCode::EmptyInput, "G-1", "timestamp", message, None, None));
    }
    let ratio = (bid_only + ask_only) as f64 / union as f64;
    if ratio > max_missing_ratio {
        let message = format!(
            "{bid_only} bid and {ask_only} ask bars of {union} have no partner, more than max_missing_ratio \
             {max_missing_ratio} allows; the ratio must not exceed it"
        );
        let value = Some(Value::Float(ratio));
        return Err(breach(ErrorCode::ConstraintViolation, "G-1", "timestamp", &message, None, value));
    }
    Ok(())
}

/// Bars from pairs of rows.
fn joined(bid: &SideColumns<'_>, ask: &SideColumns<'_>, bid_rows: &[usize], ask_rows: &[usize]) -> BarColumns {
    BarColumns {
        timestamp: bid_rows.iter().map(|&row| bid.timestamp[row]).collect(),
        bid_open: taken(bid.open, bid_rows),
        bid_high: taken(bid.high, bid_rows),
        bid_low: taken(bid.low, bid_rows),
        bid_close: taken(bid.close, bid_rows),
        ask_open: taken(ask.open, ask_rows),
        ask_high: taken(ask.high, ask_rows),
        ask_low: taken(ask.low, ask_rows),
        ask_close: taken(ask.close, ask_rows),
        volume: taken(bid.volume, bid_rows),
    }
}

fn taken(values: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| values[row]).collect()
}

#[cfg(test)]
#[path = "tests/join.rs"]
mod tests;
