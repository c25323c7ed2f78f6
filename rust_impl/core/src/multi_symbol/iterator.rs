//! Passes over the steps, parts of them, and a part as one table (M-2, M-3).

use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::multi_symbol::slice::{ask_candle, bid_candle, current_row, last_seen};
use crate::types::{Bars, SliceRow, Slices};

/// After the last bar of a symbol; later than any time (T-1).
const NEVER: i64 = i64::MAX;

/// One walk over the steps from `first` to before `stop`; a step allocates nothing.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The number of the current step.
    pub step: usize,
    /// Its time; meaningless before the first step.
    pub timestamp: i64,
    /// Per symbol, how many of its bars are not later.
    pub seen: Vec<usize>,
    upcoming: Vec<i64>,
    ahead: usize,
    stop: usize,
}

impl Pass {
    /// A pass that stands before its first step and has seen what is earlier.
    pub fn new<T: AsRef<[i64]>>(times: &[T], timeline: &[i64], first: usize, stop: usize) -> Self {
        let start = timeline.get(first).copied().unwrap_or(NEVER);
        let seen: Vec<usize> =
            times.iter().map(|column| column.as_ref().partition_point(|&time| time < start)).collect();
        let upcoming = times.iter().zip(&seen).map(|(column, &row)| time_of(column.as_ref(), row)).collect();
        Self { step: first, timestamp: start, seen, upcoming, ahead: first, stop }
    }

    /// Goes to the next step; false after the last one.
    #[inline]
    pub fn advance<T: AsRef<[i64]>>(&mut self, times: &[T], timeline: &[i64]) -> bool {
        if self.ahead >= self.stop {
            return false;
        }
        let timestamp = timeline[self.ahead];
        (self.step, self.timestamp) = (self.ahead, timestamp);
        self.ahead += 1;
        for ((column, seen), upcoming) in times.iter().zip(&mut self.seen).zip(&mut self.upcoming) {
            while *upcoming <= timestamp {
                *seen += 1;
                *upcoming = time_of(column.as_ref(), *seen);
            }
        }
        true
    }
}

/// The time of a bar, or later than any after the last one.
#[inline]
fn time_of(times: &[i64], row: usize) -> i64 {
    times.get(row).copied().unwrap_or(NEVER)
}

/// The steps of a part of `steps` steps (Q-M2).
///
/// # Errors
/// OUT_OF_BOUNDS.
pub fn check_part(first: i64, stop: i64, steps: usize) -> Result<(usize, usize), OmegaError> {
    let place = |name, value: i64, least: usize| {
        let place = usize::try_from(value).ok().filter(|place| (least..=steps).contains(place));
        place.ok_or_else(|| {
            let message = format!("must be in {least} … {steps}");
            breach(ErrorCode::OutOfBounds, "M-2", name, &message, None, Some(Value::Int(value)))
        })
    };
    let first = place("first", first, 0)?;
    Ok((first, place("stop", stop, first)?))
}

/// The steps from `first` to before `stop` as one table (Q-M3c).
#[must_use]
pub fn block(bars: &[Bars<'_>], timeline: &[i64], first: usize, stop: usize) -> Slices {
    let times: Vec<&[i64]> = bars.iter().map(|bars| bars.timestamp).collect();
    let mut walk = Pass::new(&times, timeline, first, stop);
    let mut rows = Slices::default();
    rows.reserve((stop - first) * bars.len());
    while walk.advance(&times, timeline) {
        for (symbol, bars) in bars.iter().enumerate() {
            rows.push(&slice_row(&walk, bars, symbol));
        }
    }
    rows
}

/// One symbol in the pass's step; `symbol` is its place.
fn slice_row(walk: &Pass, bars: &Bars<'_>, symbol: usize) -> SliceRow {
    let seen = walk.seen[symbol];
    let mut row = SliceRow {
        step: walk.step as i64,
        timestamp: walk.timestamp,
        symbol: symbol as u16,
        last_seen: last_seen(seen).map_or(-1, |row| row as i64),
        ..SliceRow::UNSET
    };
    if let Some(current) = current_row(bars.timestamp, seen, walk.timestamp) {
        let (bid, ask) = (bid_candle(bars, current), ask_candle(bars, current));
        (row.bid_open, row.bid_high, row.bid_low, row.bid_close) = (bid.open, bid.high, bid.low, bid.close);
        (row.ask_open, row.ask_high, row.ask_low, row.ask_close) = (ask.open, ask.high, ask.low, ask.close);
        row.volume = bid.volume;
    }
    row
}

#[cfg(test)]
#[path = "tests/iterator.rs"]
mod tests;
