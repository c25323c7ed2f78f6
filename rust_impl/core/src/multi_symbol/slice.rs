//! What one step shows of one symbol (Q-M1, Q-M3): its current bar, the last one seen, the candle of a side.

use crate::types::Bars;

/// One side of a bar with the bar's volume (Q-M1).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Candle {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
}

/// The row of the last bar seen, where `seen` bars are not later than the slice.
#[inline]
#[must_use]
pub const fn last_seen(seen: usize) -> Option<usize> {
    seen.checked_sub(1)
}

/// The row of the bar that has exactly the slice's time.
#[inline]
#[must_use]
pub fn current_row(times: &[i64], seen: usize, timestamp: i64) -> Option<usize> {
    last_seen(seen).filter(|&row| times[row] == timestamp)
}

/// The bid's candle of a bar.
#[must_use]
pub fn bid_candle(bars: &Bars<'_>, row: usize) -> Candle {
    Candle {
        open: bars.bid_open[row],
        high: bars.bid_high[row],
        low: bars.bid_low[row],
        close: bars.bid_close[row],
        volume: bars.volume[row],
    }
}

/// The ask's candle of a bar.
#[must_use]
pub fn ask_candle(bars: &Bars<'_>, row: usize) -> Candle {
    Candle {
        open: bars.ask_open[row],
        high: bars.ask_high[row],
        low: bars.ask_low[row],
        close: bars.ask_close[row],
        volume: bars.volume[row],
    }
}

#[cfg(test)]
#[path = "tests/slice.rs"]
mod tests;
