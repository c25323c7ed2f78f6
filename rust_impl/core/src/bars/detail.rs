//! Bars of a finer timeframe under those of a run: which belong to which bar, and whether they make it (E-22).

use crate::bars::steps::longest_step;
use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::{Bars, TIMEFRAMES};

/// Of the columns that errors name.
const PREFIX: &str = "detail.";

/// Detail bars, and where those of each bar of a run begin.
#[derive(Clone, Debug)]
pub struct Detail<'a> {
    /// All of them.
    pub bars: Bars<'a>,
    /// Length of a detail bar, µs.
    pub timeframe: i64,
    /// Row of the first one of each bar, and at the end that after the last one's; 0 before the run.
    pub starts: Vec<usize>,
}

/// Refuses detail bars that are no finer than the bars (Q-E22c).
///
/// # Errors
/// INVALID_ARGUMENT.
pub fn check_detail_timeframe(timeframe: i64, detail_timeframe: i64) -> Result<(), OmegaError> {
    if TIMEFRAMES.iter().any(|&(_, known)| known == detail_timeframe) && detail_timeframe < timeframe {
        return Ok(());
    }
    let message = "detail bars have a timeframe of T-4 that is shorter than that of the bars";
    Err(breach(ErrorCode::InvalidArgument, "E-22", "detail", message, None, Some(Value::Int(detail_timeframe))))
}

/// A refusal of detail bars that says which of a run's bars it is about.
#[must_use]
pub fn of_detail(error: OmegaError) -> OmegaError {
    let column = error.column.map(|column| format!("{PREFIX}{column}"));
    OmegaError { message: format!("{PREFIX}{}", error.message), column, ..error }
}

/// Finds the detail bars of each bar from row `first` on, and holds them to it (Q-E22c).
///
/// # Errors
/// CONSTRAINT_VIOLATION for a detail bar beyond its bar, and where they make another bar than theirs; EMPTY_INPUT where
/// no bar has any.
pub fn match_detail<'a>(
    bars: &Bars<'_>,
    first: usize,
    timeframe: i64,
    detail: &Bars<'a>,
    detail_timeframe: i64,
) -> Result<Detail<'a>, OmegaError> {
    let mut starts = vec![0; first];
    let mut place = detail.timestamp.partition_point(|&time| time < bars.timestamp[first]);
    let begin = place;
    for row in first..bars.len() {
        starts.push(place);
        place = match_bar(bars, row, timeframe, detail, detail_timeframe, place)?;
    }
    starts.push(place);
    if place == begin {
        let message = "no bar of the run has a detail bar: are they of another time?";
        return Err(breach(ErrorCode::EmptyInput, "E-22", "detail", message, None, None));
    }
    Ok(Detail { bars: *detail, timeframe: detail_timeframe, starts })
}

/// Holds the detail bars of one bar, which begin at row `start`, to it; the row after its last one.
///
/// # Errors
/// As [`match_detail`].
pub fn match_bar(
    bars: &Bars<'_>,
    row: usize,
    timeframe: i64,
    detail: &Bars<'_>,
    detail_timeframe: i64,
    start: usize,
) -> Result<usize, OmegaError> {
    let is_last = row + 1 == bars.len();
    let longest = bars.timestamp[row] + if is_last { timeframe } else { longest_step(timeframe) };
    let following = if is_last { longest } else { bars.timestamp[row + 1] };
    let end = longest.min(following);
    let mut place = start;
    while place < detail.len() && detail.timestamp[place] < following {
        if detail.timestamp[place] + detail_timeframe > end {
            return Err(beyond(place, detail.timestamp[place], row));
        }
        place += 1;
    }
    if place > start {
        check_made(bars, row, detail, start, place)?;
    }
    Ok(place)
}

/// Refuses detail bars that do not make their bar (Q-E22c).
///
/// # Errors
/// CONSTRAINT_VIOLATION.
pub fn check_made(bars: &Bars<'_>, row: usize, detail: &Bars<'_>, start: usize, end: usize) -> Result<(), OmegaError> {
    let columns = [
        ("bid_open", detail.bid_open, bars.bid_open),
        ("bid_high", detail.bid_high, bars.bid_high),
        ("bid_low", detail.bid_low, bars.bid_low),
        ("bid_close", detail.bid_close, bars.bid_close),
        ("ask_open", detail.ask_open, bars.ask_open),
        ("ask_high", detail.ask_high, bars.ask_high),
        ("ask_low", detail.ask_low, bars.ask_low),
        ("ask_close", detail.ask_close, bars.ask_close),
    ];
    for (column, prices, wanted) in columns {
        let mut made = prices[start];
        for &price in &prices[start + 1..end] {
            let is_taken = column.ends_with("_close") || (column.ends_with("_high") && price > made);
            if is_taken || (column.ends_with("_low") && price < made) {
                made = price;
            }
        }
        let wanted = wanted[row];
        if made != wanted {
            let message = format!("the detail bars of bar {row} make {made:?}, but its {column} is {wanted:?}");
            let (code, column) = (ErrorCode::ConstraintViolation, format!("{PREFIX}{column}"));
            return Err(breach(code, "E-22", &column, &message, Some(start), Some(Value::Float(made))));
        }
    }
    Ok(())
}

#[cold]
fn beyond(place: usize, time: i64, row: usize) -> OmegaError {
    let message = format!("lies beyond the end of bar {row}, the last one that is not later");
    let column = format!("{PREFIX}timestamp");
    breach(ErrorCode::ConstraintViolation, "E-22", &column, &message, Some(place), Some(Value::Int(time)))
}

#[cfg(test)]
#[path = "tests/detail.rs"]
mod tests;
