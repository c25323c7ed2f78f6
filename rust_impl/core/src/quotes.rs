//! What execution sees of the market at one time: both sides' open, high, low and close.

use crate::bars::detail::Detail;
use crate::breaches::CALENDAR;
use crate::types::Bars;

/// One bar of one symbol (T-2), as execution sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Quote {
    /// Time of the bar's open, µs.
    pub timestamp: i64,
    /// Time of its end, when most of it is known, µs (Q-T8d).
    pub end: i64,
    pub bid_open: f64,
    pub bid_high: f64,
    pub bid_low: f64,
    pub bid_close: f64,
    pub ask_open: f64,
    pub ask_high: f64,
    pub ask_low: f64,
    pub ask_close: f64,
}

/// The quote of bar `row`.
///
/// # Panics
/// If there is no such bar.
#[inline(always)]
#[must_use]
pub fn quote_of(bars: &Bars<'_>, row: usize, timeframe: i64) -> Quote {
    Quote {
        timestamp: bars.timestamp[row],
        end: bar_end(bars.timestamp[row], timeframe),
        bid_open: bars.bid_open[row],
        bid_high: bars.bid_high[row],
        bid_low: bars.bid_low[row],
        bid_close: bars.bid_close[row],
        ask_open: bars.ask_open[row],
        ask_high: bars.ask_high[row],
        ask_low: bars.ask_low[row],
        ask_close: bars.ask_close[row],
    }
}

/// The last detail bar of bar `row`, which ends with it; the bar itself where it has none (Q-E22).
///
/// # Panics
/// If there is no such bar.
#[must_use]
pub fn closing_quote(bars: &Bars<'_>, row: usize, timeframe: i64, detail: &Detail<'_>) -> Quote {
    let end = detail.starts[row + 1];
    if end == detail.starts[row] {
        return quote_of(bars, row, timeframe);
    }
    Quote { end: bar_end(bars.timestamp[row], timeframe), ..quote_of(&detail.bars, end - 1, detail.timeframe) }
}

/// The closes of bar `row` as those of a later time, µs, at which its symbol has no bar (Q-M4).
///
/// # Panics
/// If there is no such bar.
#[must_use]
pub fn carried_quote(bars: &Bars<'_>, row: usize, time: i64, timeframe: i64) -> Quote {
    let (bid, ask) = (bars.bid_close[row], bars.ask_close[row]);
    Quote {
        timestamp: time,
        end: bar_end(time, timeframe),
        bid_open: bid,
        bid_high: bid,
        bid_low: bid,
        bid_close: bid,
        ask_open: ask,
        ask_high: ask,
        ask_low: ask,
        ask_close: ask,
    }
}

/// Time of the end of a bar that opened at `timestamp`, µs (Q-T8d).
#[inline]
#[must_use]
pub fn bar_end(timestamp: i64, timeframe: i64) -> i64 {
    timestamp.saturating_add(timeframe).min(*CALENDAR.end())
}

/// Open of the side on which an order fills: buys on the ask, sells on the bid.
#[inline]
#[must_use]
pub fn side_open(quote: &Quote, is_buy: bool) -> f64 {
    if is_buy { quote.ask_open } else { quote.bid_open }
}

/// Close of the side on which an order fills.
#[inline]
#[must_use]
pub fn side_close(quote: &Quote, is_buy: bool) -> f64 {
    if is_buy { quote.ask_close } else { quote.bid_close }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_ends_within_the_calendar() {
        // Q-T8d.
        let last = *CALENDAR.end();
        assert_eq!(bar_end(100, 7), 107);
        assert_eq!((bar_end(last - 7, 7), bar_end(last - 7, 8), bar_end(last, i64::MAX)), (last, last, last));
    }
}
