//! What is legal in bars but doubtful, counted (Q-T2b).

use crate::numbers::remainder;
use crate::types::{Bars, QualityFindings};

const DAY: i64 = 86_400_000_000;
/// Days after the epoch's Thursday.
const SATURDAY: i64 = 2;
/// A spike is a range of more than this many mean ranges.
const SPIKE_FACTOR: f64 = 10.0;

/// Counts what is legal but doubtful in bars that passed T-2 (Q-T2b).
#[must_use]
pub fn quality_findings(bars: &Bars<'_>, timeframe: i64) -> QualityFindings {
    QualityFindings {
        crossed_quotes: count_crossed(bars),
        zero_spread: count_zero_spread(bars.bid_close, bars.ask_close),
        gaps: count_gaps(bars.timestamp, timeframe),
        spikes: count_spikes(bars.bid_high, bars.bid_low),
        weekend_bars: count_weekend(bars.timestamp),
    }
}

/// Bars with an ask under the bid at open, high, low or close.
fn count_crossed(bars: &Bars<'_>) -> u64 {
    let mut count = 0;
    for row in 0..bars.len() {
        let is_crossed = bars.ask_open[row] < bars.bid_open[row]
            || bars.ask_high[row] < bars.bid_high[row]
            || bars.ask_low[row] < bars.bid_low[row]
            || bars.ask_close[row] < bars.bid_close[row];
        count += u64::from(is_crossed);
    }
    count
}

/// Bars that close with bid and ask equal.
fn count_zero_spread(bid_close: &[f64], ask_close: &[f64]) -> u64 {
    bid_close.iter().zip(ask_close).filter(|(bid, ask)| ask == bid).count() as u64
}

/// Steps longer than one bar.
fn count_gaps(timestamp: &[i64], timeframe: i64) -> u64 {
    timestamp.windows(2).filter(|pair| pair[1] - pair[0] > timeframe).count() as u64
}

/// Bid ranges of more than [`SPIKE_FACTOR`] times the mean.
fn count_spikes(bid_high: &[f64], bid_low: &[f64]) -> u64 {
    let ranges = || bid_high.iter().zip(bid_low).map(|(high, low)| high - low);
    let mut total = 0.0;
    for range in ranges() {
        total += range;
    }
    let limit = SPIKE_FACTOR * (total / bid_high.len() as f64);
    ranges().filter(|&range| range > limit).count() as u64
}

/// Bars that begin on a Saturday, UTC.
fn count_weekend(timestamp: &[i64]) -> u64 {
    timestamp.iter().filter(|time| remainder(time.div_euclid(DAY), 7) == SATURDAY).count() as u64
}

#[cfg(test)]
#[path = "tests/quality.rs"]
mod tests;
