//! Stub, being written.
use crate::error::OmegaError;
use crate::types::{Bars, Signals};
/// Counts of Q-T2b, in the order of the Protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct QualityFindings {
    pub crossed_quotes: u64,
    pub zero_spread: u64,
    pub gaps: u64,
    pub spikes: u64,
    pub weekend_bars: u64,
}
/// One side of the market before the join (G-1): borrowed columns of one length.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct SideBars<'a> {
    pub timestamp: &'a [i64],
    pub open: &'a [f64],
    pub high: &'a [f64],
    pub low: &'a [f64],
    pub close: &'a [f64],
    pub volume: &'a [f64],
}
/// Bars that own their columns.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
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
/// Checks T-2 and counts findings. `conversion_faults`: what the boundary alone can see (nulls, 1002), each with column
/// and row; the value under a null price must be NaN. The first fault in (column order, row) wins, whoever found it.
#[allow(unused_variables)]
pub fn check_bars(
    bars: &Bars<'_>,
    timeframe: i64,
    conversion_faults: Vec<OmegaError>,
) -> Result<QualityFindings, OmegaError> {
    todo!()
}
/// The same without the findings, for a run.
#[allow(unused_variables)]
pub fn validate_bars(bars: &Bars<'_>, conversion_faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    todo!()
}
/// Checks Q-T6 on values. `conversion_faults`: nulls (1002), closed sets (1001) and NaN (2004), each with column and row,
/// the first per column suffices; here infinity, negative distances and time order are added and the first in
/// (schema column order, row) is returned.
#[allow(unused_variables)]
pub fn check_signals(signals: &Signals, conversion_faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    todo!()
}
/// Inner join on equal timestamps (G-1); volume is the bid side's.
#[allow(unused_variables)]
pub fn join_sides(bid: &SideBars<'_>, ask: &SideBars<'_>, max_missing_ratio: f64) -> Result<BarColumns, OmegaError> {
    todo!()
}
