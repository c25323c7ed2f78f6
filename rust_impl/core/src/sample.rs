//! The built-in sample: a five-minute EURUSD from keyed draws (Q-D1).

use crate::data::BarColumns;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::quantize;
use crate::rng::{philox, uniform};

/// Most rows that [`sample_bars`] makes.
pub const MAX_ROWS: usize = 10_000_000;

const DIGITS: u32 = 5;
const PRICE_LEVEL: f64 = 1.10;
const FIRST_WEEK: i64 = 1_578_261_600_000_000;
const WEEK: i64 = 604_800_000_000;
const FIVE_MINUTES: i64 = 300_000_000;
const HOUR: i64 = 3_600_000_000;
/// Bars from Sunday 22:00 to Friday 22:00.
const SLOTS_PER_WEEK: usize = 1440;
/// Monday 00:00, two hours into the week.
const FIRST_SLOT: usize = 24;
const REGIME_PERIOD: i64 = 5760;
const LOW_BITS: u64 = 2047;

/// Activity by hour of day, UTC.
const ACTIVITY: [f64; 24] = [
    0.45, 0.45, 0.4, 0.4, 0.45, 0.55, 0.8, 1.1, 1.3, 1.2, 1.1, 1.0, 1.1, 1.4, 1.6, 1.5, 1.2, 0.9, 0.7, 0.6, 0.5, 0.35,
    0.3, 0.35,
];

/// `n` bars, always the same for the same `seed`.
///
/// # Errors
/// OUT_OF_BOUNDS for `n` outside 1 … [`MAX_ROWS`].
pub fn sample_bars(n: usize, seed: u64) -> Result<BarColumns, OmegaError> {
    check_row_count(n)?;
    let mut bars = BarColumns::with_capacity(n);
    let mut mid = PRICE_LEVEL;
    for row in 0..n {
        mid = push_row(&mut bars, row, seed, mid);
    }
    Ok(bars)
}

fn check_row_count(n: usize) -> Result<(), OmegaError> {
    if (1..=MAX_ROWS).contains(&n) {
        return Ok(());
    }
    let message = format!("n must be 1 to {MAX_ROWS}, found {n}");
    Err(OmegaError::new(ErrorCode::OutOfBounds, message)
        .rule("Q-D1")
        .column("n")
        .value(Value::Int(i64::try_from(n).unwrap_or(i64::MAX))))
}

/// Appends a row and returns the mid price it closed at.
fn push_row(bars: &mut BarColumns, row: usize, seed: u64, mid: f64) -> f64 {
    let words = philox([seed, 0], [row as u64, 0, 0, u64::MAX]);
    let u = words.map(uniform);
    let b = words.map(|word| (word & LOW_BITS) as f64);
    let slot = row + FIRST_SLOT;
    let in_week = slot.rem_euclid(SLOTS_PER_WEEK);
    let timestamp = FIRST_WEEK + (slot / SLOTS_PER_WEEK) as i64 * WEEK + in_week as i64 * FIVE_MINUTES;
    let activity = ACTIVITY[((timestamp / HOUR).rem_euclid(24)) as usize];
    let phase = ((row as i64).rem_euclid(REGIME_PERIOD) - REGIME_PERIOD / 2).abs() as f64;
    let regime = 0.7 + (0.6 * (phase / 2880.0));
    let size = (0.0006 * activity) * regime;

    let open = mid + gap(row, in_week, b);
    let close = open + ((size * ((u[0] + u[1]) - 1.0)) + (0.0001 * (PRICE_LEVEL - open)));
    let (top, bottom) = if close > open { (close, open) } else { (open, close) };
    let high = top + ((0.4 * size) * u[2]);
    let low = bottom - ((0.4 * size) * u[3]);
    let spread = spread(in_week, b);

    bars.timestamp.push(timestamp);
    bars.bid_open.push(price(open, 0.0));
    bars.bid_high.push(price(high, 0.0));
    bars.bid_low.push(price(low, 0.0));
    bars.bid_close.push(price(close, 0.0));
    bars.ask_open.push(price(open, spread));
    bars.ask_high.push(price(high, spread));
    bars.ask_low.push(price(low, spread));
    bars.ask_close.push(price(close, spread));
    bars.volume.push(100.0 + (activity * b[3]).floor());
    close
}

fn price(x: f64, spread: f64) -> f64 {
    quantize(x + spread, DIGITS)
}

/// Distance of the open from the close before: after weekends, and seldom elsewhere.
fn gap(row: usize, in_week: usize, b: [f64; 4]) -> f64 {
    if row > 0 && in_week == 0 {
        (b[3] - 1023.5) * 0.000_002
    } else if b[0] < 4.0 {
        (b[3] - 1023.5) * 0.000_000_5
    } else {
        0.0
    }
}

/// Wider in the first hour of the week, and seldom elsewhere.
fn spread(in_week: usize, b: [f64; 4]) -> f64 {
    let mut spread = 0.00008 + (0.00004 * (b[1] / 2047.0));
    if in_week < 12 {
        spread *= 3.0;
    }
    if b[2] < 2.0 {
        spread *= 5.0;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::check_bars;

    #[test]
    fn the_sample_is_sound_and_its_own_prefix() {
        let bars = sample_bars(20_000, 7).unwrap();
        let findings = check_bars(&bars.view(), FIVE_MINUTES, Vec::new()).unwrap();
        // 13 weekends of two days each.
        assert_eq!((findings.gaps, findings.crossed_quotes, findings.weekend_bars), (13, 0, 0));
        let short = sample_bars(100, 7).unwrap();
        assert_eq!(short.bid_close[..], bars.bid_close[..100]);
        assert_ne!(short.bid_close, sample_bars(100, 8).unwrap().bid_close);
    }

    #[test]
    fn the_first_row_follows_the_recipe() {
        // Q-D1 by hand for row 0: no gap before it, Monday 00:00, so that activity is 0.45 and regime 1.3.
        let bars = sample_bars(1, 7).unwrap();
        let u = philox([7, 0], [0, 0, 0, u64::MAX]).map(uniform);
        let close = 1.10 + (((0.0006 * 0.45) * 1.2999999999999998) * ((u[0] + u[1]) - 1.0));
        assert_eq!(bars.timestamp, [1_578_268_800_000_000]);
        assert_eq!(bars.bid_open, [1.10]);
        assert!((bars.bid_close[0] - close).abs() < 0.5001e-5);
    }

    #[test]
    fn weekends_open_with_a_gap_and_a_wide_spread() {
        let bars = sample_bars(SLOTS_PER_WEEK + 20, 7).unwrap();
        let sunday = SLOTS_PER_WEEK - FIRST_SLOT;
        assert_eq!(bars.timestamp[sunday] - bars.timestamp[sunday - 1], 49 * HOUR - HOUR + FIVE_MINUTES);
        let spread = bars.ask_close[sunday] - bars.bid_close[sunday];
        assert!(spread > 0.00023 && spread < 0.00037, "{spread}");
    }

    #[test]
    fn a_row_count_out_of_range_is_refused() {
        assert!(check_row_count(1).is_ok() && check_row_count(MAX_ROWS).is_ok());
        for n in [0, MAX_ROWS + 1, usize::MAX] {
            let error = check_row_count(n).unwrap_err();
            assert_eq!(
                (error.code, error.rule, error.column.as_deref()),
                (ErrorCode::OutOfBounds, Some("Q-D1"), Some("n"))
            );
        }
    }
}
