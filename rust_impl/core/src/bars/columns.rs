//! The columns of bars (T-2) and of one side of the market (G-1), which `types` declares.

use std::slice::from_ref;

use crate::types::Bar;

pub use crate::types::{BarColumns, Bars, SideColumns};

/// The highs of `"bid"` or `"ask"`.
#[must_use]
pub fn highs<'a>(bars: &Bars<'a>, side: &str) -> &'a [f64] {
    if side == "bid" { bars.bid_high } else { bars.ask_high }
}

/// The lows of `"bid"` or `"ask"`.
#[must_use]
pub fn lows<'a>(bars: &Bars<'a>, side: &str) -> &'a [f64] {
    if side == "bid" { bars.bid_low } else { bars.ask_low }
}

/// The closes of `"bid"` or `"ask"`.
#[must_use]
pub fn closes<'a>(bars: &Bars<'a>, side: &str) -> &'a [f64] {
    if side == "bid" { bars.bid_close } else { bars.ask_close }
}

/// The columns of a single bar.
#[must_use]
pub const fn columns_of(bar: &Bar) -> Bars<'_> {
    Bars {
        timestamp: from_ref(&bar.timestamp),
        bid_open: from_ref(&bar.bid_open),
        bid_high: from_ref(&bar.bid_high),
        bid_low: from_ref(&bar.bid_low),
        bid_close: from_ref(&bar.bid_close),
        ask_open: from_ref(&bar.ask_open),
        ask_high: from_ref(&bar.ask_high),
        ask_low: from_ref(&bar.ask_low),
        ask_close: from_ref(&bar.ask_close),
        volume: from_ref(&bar.volume),
    }
}

/// `rows` bars from `first` on.
///
/// # Panics
/// If there are fewer.
#[must_use]
pub fn window<'a>(bars: &Bars<'a>, first: usize, rows: usize) -> Bars<'a> {
    let range = first..first + rows;
    Bars {
        timestamp: &bars.timestamp[range.clone()],
        bid_open: &bars.bid_open[range.clone()],
        bid_high: &bars.bid_high[range.clone()],
        bid_low: &bars.bid_low[range.clone()],
        bid_close: &bars.bid_close[range.clone()],
        ask_open: &bars.ask_open[range.clone()],
        ask_high: &bars.ask_high[range.clone()],
        ask_low: &bars.ask_low[range.clone()],
        ask_close: &bars.ask_close[range.clone()],
        volume: &bars.volume[range],
    }
}
