//! What is legal in bars but doubtful, counted (Q-T2b).

use crate::bars::steps::uneven_rows;
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
        crossed_quotes: count(crossed_rows(bars)),
        zero_spread: count(zero_spread_rows(bars.bid_close, bars.ask_close)),
        gaps: count(gap_rows(bars.timestamp, timeframe)),
        spikes: count(spike_rows(bars.bid_high, bars.bid_low)),
        weekend_bars: count(weekend_rows(bars.timestamp)),
        uneven_steps: count(uneven_rows(bars.timestamp, timeframe)),
    }
}

/// Rows with an ask under the bid at open, high, low or close.
pub fn crossed_rows(bars: &Bars<'_>) -> impl Iterator<Item = usize> {
    (0..bars.len()).filter(|&row| {
        bars.ask_open[row] < bars.bid_open[row]
            || bars.ask_high[row] < bars.bid_high[row]
            || bars.ask_low[row] < bars.bid_low[row]
            || bars.ask_close[row] < bars.bid_close[row]
    })
}

/// Rows that close with bid and ask equal.
pub fn zero_spread_rows(bid_close: &[f64], ask_close: &[f64]) -> impl Iterator<Item = usize> {
    (0..bid_close.len()).filter(|&row| ask_close[row] == bid_close[row])
}

/// Rows that are more than one bar after the one before.
pub fn gap_rows(timestamp: &[i64], timeframe: i64) -> impl Iterator<Item = usize> {
    (1..timestamp.len()).filter(move |&row| timestamp[row] - timestamp[row - 1] > timeframe)
}

/// Rows whose bid range is more than `SPIKE_FACTOR` times the mean.
pub fn spike_rows(bid_high: &[f64], bid_low: &[f64]) -> impl Iterator<Item = usize> {
    let range = |row: usize| bid_high[row] - bid_low[row];
    let mut total = 0.0;
    for row in 0..bid_high.len() {
        total += range(row);
    }
    let limit = SPIKE_FACTOR * (total / bid_high.len() as f64);
    (0..bid_high.len()).filter(move |&row| range(row) > limit)
}

/// Rows that begin on a Saturday, UTC.
pub fn weekend_rows(timestamp: &[i64]) -> impl Iterator<Item = usize> {
    (0..timestamp.len()).filter(|&row| remainder(timestamp[row].div_euclid(DAY), 7) == SATURDAY)
}

fn count(rows: impl Iterator<Item = usize>) -> u64 {
    rows.count() as u64
}

#[cfg(test)]
#[path = "tests/quality.rs"]
mod tests;
