//! The built-in sample: a five-minute EURUSD that needs no file and has the same bits everywhere (Q-D1).
//!
//! Trading runs from Sunday 22:00 to Friday 22:00 UTC. The mid price is a bounded walk whose size follows the hour
//! and a four-week regime, with a weak pull to 1.10; weekends and about one bar in 500 open with a gap.

use std::sync::atomic::Ordering;

use crate::bars::columns::BarColumns;
use crate::breaches::breach;
use crate::environment::check_environment;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::{floor, maximum, minimum, quantize, remainder};
use crate::rng::{philox, unit};
use crate::types::RunControl;

/// Most rows that [`sample_bars`] makes.
pub const ROWS_MAX: usize = 10_000_000;

/// Rows between two looks at the control.
const CONTROL_INTERVAL: i64 = 4096;
/// Sunday 2020-01-05 22:00 UTC, µs.
const FIRST_WEEK: i64 = 1_578_261_600_000_000;
const WEEK: i64 = 604_800_000_000;
const HOUR: i64 = 3_600_000_000;
const STEP: i64 = 300_000_000;
const WEEK_SLOTS: i64 = 1440;
/// Slot of row 0, Monday 00:00 UTC.
const FIRST_SLOT: i64 = 24;
const FIRST_HOUR_SLOTS: i64 = 12;
const REGIME_ROWS: i64 = 5760;
/// Fourth counter word; no leg of a fill can have it (N-6).
const COUNTER_TAG: u64 = u64::MAX;

const MID_START: f64 = 1.10;
/// Size of moves by hour of day (UTC): quiet nights, busy London and New York.
const ACTIVITY_BY_HOUR: [f64; 24] = [
    0.45, 0.45, 0.4, 0.4, 0.45, 0.55, 0.8, 1.1, 1.3, 1.2, 1.1, 1.0, 1.1, 1.4, 1.6, 1.5, 1.2, 0.9, 0.7, 0.6, 0.5, 0.35,
    0.3, 0.35,
];

type Words = [u64; 4];

/// `n` five-minute bars of a synthetic EURUSD from Monday 2020-01-06 00:00 UTC (Q-D1).
///
/// # Errors
/// OUT_OF_BOUNDS for `n` outside 1 … [`ROWS_MAX`]; every `seed` that fits is one. INVALID_STATE when cancelled. As
/// [`check_environment`].
pub fn sample_bars(n: usize, seed: u64, control: &RunControl) -> Result<BarColumns, OmegaError> {
    check_range("n", n as u64, 1, ROWS_MAX as u64)?;
    check_environment()?;
    let mut bars = BarColumns::default();
    let mut mid = MID_START;
    for row in 0..n as i64 {
        if remainder(row, CONTROL_INTERVAL) == 0 && control.is_cancelled.load(Ordering::Relaxed) {
            return Err(OmegaError::new(ErrorCode::InvalidState, "cancelled").rule("L-2"));
        }
        let words = philox([seed, 0], [row as u64, 0, 0, COUNTER_TAG]);
        let (open, high, low, close) = mid_ohlc(row, mid, words);
        mid = close;
        let spread = spread_of(row, words);
        bars.timestamp.push(timestamp_of(row));
        bars.bid_open.push(quantize(open, 5));
        bars.bid_high.push(quantize(high, 5));
        bars.bid_low.push(quantize(low, 5));
        bars.bid_close.push(quantize(close, 5));
        bars.ask_open.push(quantize(open + spread, 5));
        bars.ask_high.push(quantize(high + spread, 5));
        bars.ask_low.push(quantize(low + spread, 5));
        bars.ask_close.push(quantize(close + spread, 5));
        bars.volume.push(volume_of(row, words));
    }
    Ok(bars)
}

/// The open time of `row` in µs, weekends left out.
fn timestamp_of(row: i64) -> i64 {
    let slot = row + FIRST_SLOT;
    FIRST_WEEK + slot / WEEK_SLOTS * WEEK + remainder(slot, WEEK_SLOTS) * STEP
}

/// Open, high, low and close of the mid price, given the close before.
fn mid_ohlc(row: i64, mid_before: f64, words: Words) -> (f64, f64, f64, f64) {
    let [u0, u1, u2, u3] = words.map(unit);
    let size = (0.0006 * activity(row)) * regime(row);
    let open = mid_before + gap(row, words);
    let close = open + ((size * ((u0 + u1) - 1.0)) + (0.0001 * (MID_START - open)));
    let high = maximum(open, close) + ((0.4 * size) * u2);
    let low = minimum(open, close) - ((0.4 * size) * u3);
    (open, high, low, close)
}

/// The bar's spread in price: 0.8 to 1.2 pips, triple in a week's first hour, rarely five times that.
fn spread_of(row: i64, words: Words) -> f64 {
    let mut spread = 0.00008 + (0.00004 * (low_bits(words[1]) / 2047.0));
    if slot_of_week(row) < FIRST_HOUR_SLOTS {
        spread *= 3.0;
    }
    if low_bits(words[2]) < 2.0 {
        spread *= 5.0;
    }
    spread
}

/// The bar's volume, a whole number from 100 that follows the hour.
fn volume_of(row: i64, words: Words) -> f64 {
    100.0 + floor(activity(row) * low_bits(words[3]))
}

/// Distance of the open from the close before: after weekends, and seldom elsewhere.
fn gap(row: i64, words: Words) -> f64 {
    let shift = low_bits(words[3]) - 1023.5;
    if row > 0 && slot_of_week(row) == 0 {
        return shift * 0.000_002;
    }
    if low_bits(words[0]) < 4.0 {
        return shift * 0.000_000_5;
    }
    0.0
}

/// The 11 bits that [`unit()`] leaves out, independent of its value.
fn low_bits(word: u64) -> f64 {
    (word & 2047) as f64
}

fn slot_of_week(row: i64) -> i64 {
    remainder(row + FIRST_SLOT, WEEK_SLOTS)
}

fn activity(row: i64) -> f64 {
    ACTIVITY_BY_HOUR[remainder(timestamp_of(row) / HOUR, 24) as usize]
}

fn regime(row: i64) -> f64 {
    let half = REGIME_ROWS / 2;
    0.7 + (0.6 * ((remainder(row, REGIME_ROWS) - half).abs() as f64 / half as f64))
}

fn check_range(column: &str, value: u64, low: u64, high: u64) -> Result<(), OmegaError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let found = Some(Value::Int(i64::try_from(value).unwrap_or(i64::MAX)));
    Err(breach(ErrorCode::OutOfBounds, "Q-D1", column, &format!("must be in {low} … {high}"), None, found))
}

#[cfg(test)]
#[path = "tests/sample.rs"]
mod tests;
