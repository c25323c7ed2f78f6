//! The built-in sample: a five-minute EURUSD from keyed draws (Q-D1).

use crate::data::BarColumns;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::{floor, maximum, minimum, quantize, remainder};
use crate::rng::{philox, unit};

/// Most rows that [`sample_bars`] makes.
pub const MAX_ROWS: usize = 10_000_000;

const DIGITS: u32 = 5;
/// Sunday 2020-01-05 22:00 UTC.
const FIRST_WEEK: i64 = 1_578_261_600_000_000;
const WEEK: i64 = 604_800_000_000;
const HOUR: i64 = 3_600_000_000;
const FIVE_MINUTES: i64 = 300_000_000;
/// Bars from Sunday 22:00 to Friday 22:00.
const SLOTS_PER_WEEK: i64 = 1440;
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
type Ohlc = [f64; 4];

/// `n` bars, always the same for the same `seed`.
///
/// # Errors
/// OUT_OF_BOUNDS for `n` outside 1 … [`MAX_ROWS`].
pub fn sample_bars(n: usize, seed: u64) -> Result<BarColumns, OmegaError> {
    check_range("n", i64::try_from(n).unwrap_or(i64::MAX), 1, MAX_ROWS as i64)?;
    let mut bars = BarColumns::with_capacity(n);
    let mut mid = MID_START;
    for row in 0..n as i64 {
        let words = philox([seed, 0], [row as u64, 0, 0, COUNTER_TAG]);
        let quote = mid_ohlc(row, mid, words);
        mid = quote[3];
        let spread = spread_of(row, words);
        bars.timestamp.push(timestamp_of(row));
        let bid = [&mut bars.bid_open, &mut bars.bid_high, &mut bars.bid_low, &mut bars.bid_close];
        let ask = [&mut bars.ask_open, &mut bars.ask_high, &mut bars.ask_low, &mut bars.ask_close];
        for (columns, offset) in [(bid, 0.0), (ask, spread)] {
            for (column, price) in columns.into_iter().zip(quote) {
                column.push(quantize(price + offset, DIGITS));
            }
        }
        bars.volume.push(volume_of(row, words));
    }
    Ok(bars)
}

/// Open time of `row`, µs, weekends left out.
fn timestamp_of(row: i64) -> i64 {
    let slot = row + FIRST_SLOT;
    FIRST_WEEK + slot / SLOTS_PER_WEEK * WEEK + remainder(slot, SLOTS_PER_WEEK) * FIVE_MINUTES
}

/// Open, high, low and close of the mid price, given the close before.
fn mid_ohlc(row: i64, mid_before: f64, words: Words) -> Ohlc {
    let [u0, u1, u2, u3] = words.map(unit);
    let size = (0.0006 * activity(row)) * regime(row);
    let open = mid_before + gap(row, words);
    let close = open + ((size * ((u0 + u1) - 1.0)) + (0.0001 * (MID_START - open)));
    let high = maximum(open, close) + ((0.4 * size) * u2);
    let low = minimum(open, close) - ((0.4 * size) * u3);
    [open, high, low, close]
}

/// The bar's spread in price: 0.8 to 1.2 pips, triple in a week's first hour, rarely five times that.
fn spread_of(row: i64, words: Words) -> f64 {
    let mut spread = 0.00008 + (0.00004 * (low_bits(words[1]) as f64 / 2047.0));
    if slot_of_week(row) < FIRST_HOUR_SLOTS {
        spread *= 3.0;
    }
    if low_bits(words[2]) < 2 {
        spread *= 5.0;
    }
    spread
}

/// The bar's volume, a whole number from 100 that follows the hour.
fn volume_of(row: i64, words: Words) -> f64 {
    100.0 + floor(activity(row) * low_bits(words[3]) as f64)
}

/// Distance of the open from the close before: after weekends, and seldom elsewhere.
fn gap(row: i64, words: Words) -> f64 {
    let shift = low_bits(words[3]) as f64 - 1023.5;
    if row > 0 && slot_of_week(row) == 0 {
        return shift * 0.000_002;
    }
    if low_bits(words[0]) < 4 {
        return shift * 0.000_000_5;
    }
    0.0
}

/// The 11 bits that [`unit`] leaves out, independent of its value.
fn low_bits(word: u64) -> u64 {
    word & 2047
}

fn slot_of_week(row: i64) -> i64 {
    remainder(row + FIRST_SLOT, SLOTS_PER_WEEK)
}

fn activity(row: i64) -> f64 {
    ACTIVITY_BY_HOUR[remainder(timestamp_of(row) / HOUR, 24) as usize]
}

fn regime(row: i64) -> f64 {
    let half = REGIME_ROWS / 2;
    0.7 + (0.6 * ((remainder(row, REGIME_ROWS) - half).abs() as f64 / half as f64))
}

fn check_range(column: &str, value: i64, low: i64, high: i64) -> Result<(), OmegaError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let message = format!("{column} must be in {low} … {high}, got {value}");
    Err(OmegaError::new(ErrorCode::OutOfBounds, message).rule("Q-D1").column(column).value(Value::Int(value)))
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
        let u = philox([7, 0], [0, 0, 0, u64::MAX]).map(unit);
        let close = 1.10 + (((0.0006 * 0.45) * 1.2999999999999998) * ((u[0] + u[1]) - 1.0));
        assert_eq!(bars.timestamp, [1_578_268_800_000_000]);
        assert_eq!(bars.bid_open, [1.10]);
        assert!((bars.bid_close[0] - close).abs() < 0.5001e-5);
    }

    #[test]
    fn weekends_open_with_a_gap_and_a_wide_spread() {
        let bars = sample_bars(SLOTS_PER_WEEK as usize + 20, 7).unwrap();
        let sunday = (SLOTS_PER_WEEK - FIRST_SLOT) as usize;
        assert_eq!(bars.timestamp[sunday] - bars.timestamp[sunday - 1], 49 * HOUR - HOUR + FIVE_MINUTES);
        let spread = bars.ask_close[sunday] - bars.bid_close[sunday];
        assert!(spread > 0.00023 && spread < 0.00037, "{spread}");
    }

    #[test]
    fn a_row_count_out_of_range_is_refused() {
        assert_eq!(sample_bars(1, 0).unwrap().timestamp.len(), 1);
        for n in [0, MAX_ROWS + 1, usize::MAX] {
            let error = sample_bars(n, 0).unwrap_err();
            assert_eq!(
                (error.code, error.rule, error.column.as_deref()),
                (ErrorCode::OutOfBounds, Some("Q-D1"), Some("n"))
            );
        }
    }
}
