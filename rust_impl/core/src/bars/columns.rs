//! The columns of bars (T-2) and of one side of the market (G-1).

use crate::types::Bars;

/// Bars of one symbol that own their columns.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct BarColumns {
    pub timestamp: Vec<i64>,
    pub bid_open: Vec<f64>,
    pub bid_high: Vec<f64>,
    pub bid_low: Vec<f64>,
    pub bid_close: Vec<f64>,
    pub ask_open: Vec<f64>,
    pub ask_high: Vec<f64>,
    pub ask_low: Vec<f64>,
    pub ask_close: Vec<f64>,
    pub volume: Vec<f64>,
}

impl BarColumns {
    /// The columns as checks and runs take them.
    #[must_use]
    pub fn view(&self) -> Bars<'_> {
        Bars {
            timestamp: &self.timestamp,
            bid_open: &self.bid_open,
            bid_high: &self.bid_high,
            bid_low: &self.bid_low,
            bid_close: &self.bid_close,
            ask_open: &self.ask_open,
            ask_high: &self.ask_high,
            ask_low: &self.ask_low,
            ask_close: &self.ask_close,
            volume: &self.volume,
        }
    }
}

/// One side of the market before the join: columns of one length.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct SideColumns<'a> {
    pub timestamp: &'a [i64],
    pub open: &'a [f64],
    pub high: &'a [f64],
    pub low: &'a [f64],
    pub close: &'a [f64],
    pub volume: &'a [f64],
}

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
