//! The columns of bars (T-2) and of one side of the market (G-1), which `types` declares.

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
