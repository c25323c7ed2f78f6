//! Checks at the boundary, the join of two sides, quality findings (T-2, T-6, G-1).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::columns::Table as _;
pub use crate::types::{BarColumns, SideColumns as SideBars};
use crate::types::{Bars, Signals, TIMEFRAMES, UNSET_TIME};

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;
/// First and last µs of the years 1 … 9999 (Q-T1).
const CALENDAR: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;
/// A spike is a range of more than this many mean ranges (Q-T2b).
const SPIKE_RATIO: f64 = 10.0;

/// Counts of Q-T2b, in the order of the Protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "names are the contract's")]
pub struct QualityFindings {
    pub crossed_quotes: u64,
    pub zero_spread: u64,
    pub gaps: u64,
    pub spikes: u64,
    pub weekend_bars: u64,
}

/// Refuses what breaks T-2 and counts quality findings.
///
/// `conversion_faults` is what only the boundary can see (nulls, 1002), each with column and row; the value under a
/// null price must be NaN. The first fault in (column order, row) is returned, whoever found it (Q-T2).
///
/// # Errors
/// As [`check_timeframe`]; SIZE_MISMATCH, EMPTY_INPUT, NULL_VALUE, OUT_OF_BOUNDS, NAN_VALUE, INFINITE_VALUE,
/// CONSTRAINT_VIOLATION.
pub fn check_bars(
    bars: &Bars<'_>,
    timeframe: i64,
    conversion_faults: Vec<OmegaError>,
) -> Result<QualityFindings, OmegaError> {
    validate_bars(bars, timeframe, conversion_faults)?;
    Ok(quality_findings(bars, timeframe))
}

/// [`check_bars`] without the findings, for a run.
///
/// # Errors
/// As [`check_bars`].
pub fn validate_bars(bars: &Bars<'_>, timeframe: i64, conversion_faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    check_timeframe(timeframe)?;
    check_lengths(bars)?;
    if bars.is_empty() {
        let message = "expected at least one bar, found none";
        return Err(OmegaError::new(ErrorCode::EmptyInput, message).rule("T-2").column("timestamp"));
    }
    if conversion_faults.is_empty() && are_sound(bars, timeframe) {
        return Ok(());
    }
    let mut columns = vec!["timestamp"];
    columns.extend(bars.value_columns().map(|(name, _)| name));
    let found = |column: usize| match column {
        0 => bar_time_breach(bars.timestamp, timeframe),
        column => value_breach(bars, column - 1),
    };
    first_fault(&columns, conversion_faults, found)
}

/// Refuses a length of a bar that is not one of T-4, before any table is looked at (Q-T4b).
///
/// # Errors
/// INVALID_ARGUMENT.
pub fn check_timeframe(timeframe: i64) -> Result<(), OmegaError> {
    if TIMEFRAMES.iter().any(|&(_, length)| length == timeframe) {
        return Ok(());
    }
    let names: Vec<&str> = TIMEFRAMES.iter().map(|&(name, _)| name).collect();
    let message = format!("expected a timeframe of {}, found {timeframe} µs", names.join(" "));
    Err(OmegaError::new(ErrorCode::InvalidArgument, message)
        .rule("T-4")
        .column("timeframe")
        .value(Value::Int(timeframe)))
}

/// All columns have the length of the first.
pub(crate) fn check_lengths(bars: &Bars<'_>) -> Result<(), OmegaError> {
    for (name, values) in bars.value_columns() {
        if values.len() != bars.len() {
            let message = format!("{name} has {} rows, timestamp has {}", values.len(), bars.len());
            return Err(OmegaError::new(ErrorCode::SizeMismatch, message).rule("T-2").column(name));
        }
    }
    Ok(())
}

/// Whether no row breaks T-2: the whole answer in the usual case, without a branch per row.
fn are_sound(bars: &Bars<'_>, timeframe: i64) -> bool {
    // Times increase, so the first and the last speak for all.
    let mut sound =
        [bars.timestamp.first(), bars.timestamp.last()].iter().flatten().all(|time| CALENDAR.contains(time));
    for pair in bars.timestamp.windows(2) {
        sound &= sabotage!(DuplicateAccepted => pair[0] <= pair[1], else pair[0] < pair[1])
            && is_step(pair[0], pair[1], timeframe);
    }
    for volume in bars.volume {
        sound &= sabotage!(ErrorSwallowed => *volume <= f64::MAX, else (0.0..=f64::MAX).contains(volume));
    }
    sound
        && is_side_sound(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close)
        && is_side_sound(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close)
}

/// 0 < low ≤ open, close ≤ high < ∞ in every row; a NaN is on no side of anything.
fn is_side_sound(open: &[f64], high: &[f64], low: &[f64], close: &[f64]) -> bool {
    let rows = open.len();
    let (high, low, close) = (&high[..rows], &low[..rows], &close[..rows]);
    let mut sound = true;
    for row in 0..rows {
        sound &= (low[row] > 0.0)
            & (low[row] <= open[row])
            & (open[row] <= high[row])
            & sabotage!(CloseUnchecked => true, else (low[row] <= close[row]) & (close[row] <= high[row]))
            & (high[row] <= f64::MAX);
    }
    sound
}

/// The first fault in (column order, row) of those known and those found by column; at one row the known goes first.
fn first_fault(
    columns: &[&str],
    known: Vec<OmegaError>,
    found: impl Fn(usize) -> Option<OmegaError>,
) -> Result<(), OmegaError> {
    for (index, &column) in columns.iter().enumerate() {
        let known = known.iter().filter(|fault| fault.column.as_deref() == Some(column)).min_by_key(|fault| fault.row);
        let found = found(index);
        let first = match (known, found) {
            (Some(known), Some(found)) if found.row < known.row => Some(found),
            (Some(known), _) => Some(known.clone()),
            (None, found) => found,
        };
        if let Some(fault) = first {
            return Err(fault);
        }
    }
    Ok(())
}

fn breach(rule: &'static str, code: ErrorCode, column: &str, row: usize, value: Value, problem: &str) -> OmegaError {
    OmegaError::new(code, format!("{column}: {problem}")).rule(rule).column(column).row(row).value(value)
}

/// Time from `before` to a later `after`; it fits whatever the two are.
fn step(before: i64, after: i64) -> u64 {
    after.wrapping_sub(before) as u64
}

/// Whether the step is a multiple of the timeframe (Q-T4).
fn is_step(before: i64, after: i64, timeframe: i64) -> bool {
    let (step, timeframe) = (step(before, after), timeframe as u64);
    // The usual answer without a division.
    step == timeframe || step.is_multiple_of(timeframe)
}

/// First row whose time is beyond the calendar, not after the one before, or not a whole number of bars after it.
fn bar_time_breach(timestamps: &[i64], timeframe: i64) -> Option<OmegaError> {
    earlier(calendar_breach("T-2", "timestamp", timestamps, false), bar_step_breach(timestamps, timeframe))
}

/// Of two faults the one in the earlier row, the first where both are in one.
fn earlier(first: Option<OmegaError>, second: Option<OmegaError>) -> Option<OmegaError> {
    match (&first, &second) {
        (Some(one), Some(other)) if other.row < one.row => second,
        (None, _) => second,
        _ => first,
    }
}

/// First row whose time is not in the years 1 … 9999 (Q-T1); [`UNSET_TIME`] is no time where one is optional.
fn calendar_breach(rule: &'static str, column: &str, times: &[i64], is_optional: bool) -> Option<OmegaError> {
    let is_unset = |time: &i64| is_optional && *time == UNSET_TIME;
    let row = times.iter().position(|time| !(CALENDAR.contains(time) || is_unset(time)))?;
    Some(beyond_calendar(rule, column, row, times[row]))
}

/// The refusal of a time that is not in the years 1 … 9999 (Q-T1).
#[must_use]
pub fn beyond_calendar(rule: &'static str, column: &str, row: usize, time: i64) -> OmegaError {
    let problem = "expected a time in the years 1 … 9999, in µs since 1970, found another one (nanoseconds?)";
    breach(rule, ErrorCode::OutOfBounds, column, row, Value::Int(time), problem)
}

/// First row whose time is not after the one before, or not a whole number of bars after it.
fn bar_step_breach(timestamps: &[i64], timeframe: i64) -> Option<OmegaError> {
    let order = time_breach("T-2", "timestamp", timestamps);
    let rows_in_order = order.as_ref().and_then(|fault| fault.row).unwrap_or(timestamps.len());
    let off_step =
        (1..rows_in_order).find(|&row| !is_step(timestamps[row - 1], timestamps[row], timeframe)).map(|row| {
            let problem = "expected steps that the timeframe divides, found another one";
            breach("T-4", ErrorCode::ConstraintViolation, "timestamp", row, Value::Int(timestamps[row]), problem)
        });
    off_step.or(order)
}

/// First row whose time is not after the one before.
fn time_breach(rule: &'static str, column: &str, timestamps: &[i64]) -> Option<OmegaError> {
    let row = (1..timestamps.len()).find(|&row| timestamps[row] <= timestamps[row - 1])?;
    let (problem, code) = if timestamps[row] == timestamps[row - 1] {
        ("expected strictly increasing times, found a duplicate", ErrorCode::ConstraintViolation)
    } else {
        let code = sabotage!(WrongErrorCode => ErrorCode::InvalidFormat, else ErrorCode::ConstraintViolation);
        ("expected strictly increasing times, found an earlier one", code)
    };
    Some(breach(rule, code, column, row, Value::Int(timestamps[row]), problem))
}

/// First breach of a price column or the volume, in the order of Q-T2.
fn value_breach(bars: &Bars<'_>, column: usize) -> Option<OmegaError> {
    let columns = bars.value_columns();
    let (name, values) = columns[column];
    // open, high, low, close of each side follow one another.
    let side = column / 4 * 4;
    let is_volume = column == columns.len() - 1;
    let is_ranged = name.ends_with("_open") || name.ends_with("_close");
    for (row, &value) in values.iter().enumerate() {
        let problem = if let Some(problem) = not_finite(value) {
            Some(problem)
        } else if is_volume {
            (value < 0.0).then_some((ErrorCode::ConstraintViolation, "expected a volume of at least 0"))
        } else if value <= 0.0 {
            Some((ErrorCode::ConstraintViolation, "expected a price above 0"))
        } else if is_ranged && (value < columns[side + 2].1[row] || value > columns[side + 1].1[row]) {
            Some((ErrorCode::ConstraintViolation, "expected a price between low and high"))
        } else {
            None
        };
        if let Some((code, problem)) = problem {
            return Some(breach("T-2", code, name, row, Value::Float(value), problem));
        }
    }
    None
}

fn not_finite(value: f64) -> Option<(ErrorCode, &'static str)> {
    if value.is_nan() {
        Some((ErrorCode::NanValue, "expected a finite number, found NaN"))
    } else if value.is_infinite() {
        Some((ErrorCode::InfiniteValue, "expected a finite number, found an infinite one"))
    } else {
        None
    }
}

fn quality_findings(bars: &Bars<'_>, timeframe: i64) -> QualityFindings {
    let mut findings = QualityFindings::default();
    let mut range_total = 0.0;
    for row in 0..bars.len() {
        let bar = bars.bar(row);
        let is_crossed = bar.ask_open < bar.bid_open
            || bar.ask_high < bar.bid_high
            || bar.ask_low < bar.bid_low
            || bar.ask_close < bar.bid_close;
        findings.crossed_quotes += u64::from(is_crossed);
        findings.zero_spread += u64::from(bar.ask_close == bar.bid_close);
        findings.weekend_bars += u64::from(is_saturday(bar.timestamp));
        range_total += bar.bid_high - bar.bid_low;
    }
    let steps = bars.timestamp.windows(2).map(|pair| step(pair[0], pair[1]));
    let is_gap = |&step: &u64| sabotage!(GapAtTimeframe => step >= timeframe as u64, else step > timeframe as u64);
    findings.gaps = steps.filter(is_gap).count() as u64;
    let limit = SPIKE_RATIO * (range_total / bars.len() as f64);
    let ranges = bars.bid_high.iter().zip(bars.bid_low).map(|(&high, &low)| high - low);
    findings.spikes = ranges.filter(|&range| range > limit).count() as u64;
    findings
}

fn is_saturday(timestamp: i64) -> bool {
    // Day 0 of the epoch is a Thursday.
    timestamp.div_euclid(MICROSECONDS_PER_DAY).rem_euclid(7) == 2
}

/// Refuses what breaks Q-T6 on values.
///
/// `conversion_faults` is what only the boundary can see: nulls (1002), closed sets (1001) and NaN (2004), each with
/// column and row; the first of each column suffices. The first fault in (schema column order, row) is returned.
///
/// # Errors
/// The conversion faults; INFINITE_VALUE; CONSTRAINT_VIOLATION for a negative distance or a time before the last one;
/// OUT_OF_BOUNDS for a time beyond the calendar.
pub fn check_signals(signals: &Signals, conversion_faults: Vec<OmegaError>) -> Result<(), OmegaError> {
    let columns: Vec<&str> = Signals::COLUMNS.iter().map(|column| column.name).collect();
    first_fault(&columns, conversion_faults, |index| {
        let column = columns[index];
        match column {
            "timestamp" => earlier(
                calendar_breach("T-6", column, &signals.timestamp, false),
                signal_time_breach(&signals.timestamp),
            ),
            "expires_at" => calendar_breach("T-6", column, &signals.expires_at, true),
            "price" => signal_float_breach(column, &signals.price, false),
            "size" => signal_float_breach(column, &signals.size, false),
            "stop_loss" => signal_float_breach(column, &signals.stop_loss, false),
            "take_profit" => signal_float_breach(column, &signals.take_profit, false),
            "trailing_distance" => signal_float_breach(column, &signals.trailing_distance, true),
            "trailing_step" => signal_float_breach(column, &signals.trailing_step, true),
            "break_even_at_r" => signal_float_breach(column, &signals.break_even_at_r, true),
            "break_even_offset" => signal_float_breach(column, &signals.break_even_offset, true),
            "max_holding" => negative_holding(&signals.max_holding),
            _ => None,
        }
    })
}

fn signal_time_breach(timestamps: &[i64]) -> Option<OmegaError> {
    let row = (1..timestamps.len()).find(|&row| timestamps[row] < timestamps[row - 1])?;
    let problem = "expected signals sorted by time, found an earlier one";
    Some(breach("T-6", ErrorCode::ConstraintViolation, "timestamp", row, Value::Int(timestamps[row]), problem))
}

fn signal_float_breach(column: &str, values: &[f64], is_distance: bool) -> Option<OmegaError> {
    for (row, &value) in values.iter().enumerate() {
        let problem = if value.is_infinite() {
            not_finite(value)
        } else {
            (is_distance && value < 0.0)
                .then_some((ErrorCode::ConstraintViolation, "expected a distance of at least 0"))
        };
        if let Some((code, problem)) = problem {
            return Some(breach("T-6", code, column, row, Value::Float(value), problem));
        }
    }
    None
}

fn negative_holding(durations: &[i64]) -> Option<OmegaError> {
    let row = durations.iter().position(|&duration| duration < 0 && duration != UNSET_TIME)?;
    Some(negative_duration("T-6", "max_holding", row, durations[row]))
}

/// The refusal of a duration below 0 (Q-T6).
#[must_use]
pub fn negative_duration(rule: &'static str, column: &str, row: usize, duration: i64) -> OmegaError {
    let problem = "expected a duration of at least 0";
    breach(rule, ErrorCode::ConstraintViolation, column, row, Value::Int(duration), problem)
}

/// Inner join of two sides on equal timestamps; the volume is the bid side's (Q-G1).
///
/// # Errors
/// As [`check_missing_ratio`] and [`check_side`]; EMPTY_INPUT for an empty union or join; CONSTRAINT_VIOLATION when more
/// than `max_missing_ratio` of the union is unmatched.
pub fn join_sides(bid: &SideBars<'_>, ask: &SideBars<'_>, max_missing_ratio: f64) -> Result<BarColumns, OmegaError> {
    check_missing_ratio(max_missing_ratio)?;
    check_side(bid, "bid_")?;
    check_side(ask, "ask_")?;
    let mut joined = BarColumns::with_capacity(bid.timestamp.len());
    let mut ask_row = 0;
    for (bid_row, &time) in bid.timestamp.iter().enumerate() {
        while ask.timestamp.get(ask_row).is_some_and(|&other| other < time) {
            ask_row += 1;
        }
        if ask.timestamp.get(ask_row) == Some(&time) {
            push_joined(&mut joined, bid, bid_row, ask, ask_row);
        }
    }
    check_missing(&joined, bid, ask, max_missing_ratio)?;
    Ok(joined)
}

/// Refuses a ratio outside 0 … 1, before any table is looked at (Q-G1b).
///
/// # Errors
/// OUT_OF_BOUNDS.
pub fn check_missing_ratio(max_missing_ratio: f64) -> Result<(), OmegaError> {
    if (0.0..=1.0).contains(&max_missing_ratio) {
        return Ok(());
    }
    let message = format!("max_missing_ratio must be 0 to 1, found {max_missing_ratio}");
    Err(OmegaError::new(ErrorCode::OutOfBounds, message)
        .rule("G-1")
        .column("max_missing_ratio")
        .value(Value::Float(max_missing_ratio)))
}

/// Refuses a side whose times do not increase; its columns are named with `prefix` (Q-G1b).
///
/// # Errors
/// SIZE_MISMATCH, CONSTRAINT_VIOLATION.
pub fn check_side(side: &SideBars<'_>, prefix: &str) -> Result<(), OmegaError> {
    let columns =
        [("open", side.open), ("high", side.high), ("low", side.low), ("close", side.close), ("volume", side.volume)];
    for (name, values) in columns {
        if values.len() != side.timestamp.len() {
            let message = format!("{prefix}{name} has {} rows, timestamp has {}", values.len(), side.timestamp.len());
            return Err(OmegaError::new(ErrorCode::SizeMismatch, message)
                .rule("G-1")
                .column(format!("{prefix}{name}")));
        }
    }
    time_breach("G-1", &format!("{prefix}timestamp"), side.timestamp).map_or(Ok(()), Err)
}

fn check_missing(
    joined: &BarColumns,
    bid: &SideBars<'_>,
    ask: &SideBars<'_>,
    max_missing_ratio: f64,
) -> Result<(), OmegaError> {
    let matched = joined.timestamp.len();
    let union = bid.timestamp.len() + ask.timestamp.len() - matched;
    if union == 0 {
        return Err(nothing_joined());
    }
    let unmatched = union - matched;
    let ratio = unmatched as f64 / union as f64;
    if sabotage!(RatioStrict => ratio >= max_missing_ratio, else ratio > max_missing_ratio) {
        let message = format!("{unmatched} of {union} rows have one side only, more than {max_missing_ratio}");
        return Err(OmegaError::new(ErrorCode::ConstraintViolation, message)
            .rule("G-1")
            .column("timestamp")
            .value(Value::Float(ratio)));
    }
    if matched == 0 { Err(nothing_joined()) } else { Ok(()) }
}

fn nothing_joined() -> OmegaError {
    let message = "expected at least one bar with both sides, found none";
    OmegaError::new(ErrorCode::EmptyInput, message).rule("G-1").column("timestamp")
}

fn push_joined(joined: &mut BarColumns, bid: &SideBars<'_>, b: usize, ask: &SideBars<'_>, a: usize) {
    joined.timestamp.push(bid.timestamp[b]);
    joined.bid_open.push(bid.open[b]);
    joined.bid_high.push(bid.high[b]);
    joined.bid_low.push(bid.low[b]);
    joined.bid_close.push(bid.close[b]);
    joined.ask_open.push(ask.open[a]);
    joined.ask_high.push(ask.high[a]);
    joined.ask_low.push(ask.low[a]);
    joined.ask_close.push(ask.close[a]);
    joined.volume.push(sabotage!(VolumeOfAsk => ask.volume[a], else bid.volume[b]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{bars, signals};

    const M5: i64 = 300_000_000;

    fn three_bars() -> BarColumns {
        bars(&[[1.1, 1.2, 1.0, 1.1], [1.1, 1.2, 1.0, 1.1], [1.1, 1.2, 1.0, 1.1]])
    }

    /// Code, column and row of what a changed set of three bars is refused with.
    fn refuse(change: impl FnOnce(&mut BarColumns)) -> (ErrorCode, String, Option<usize>) {
        let mut columns = three_bars();
        change(&mut columns);
        let error = check_bars(&columns.view(), M5, Vec::new()).unwrap_err();
        assert!(matches!(error.rule, Some("T-2" | "T-4")));
        (error.code, error.column.unwrap(), error.row)
    }

    #[test]
    fn each_breach_is_named_by_column_and_row() {
        // Q-T2.
        use ErrorCode::{ConstraintViolation, EmptyInput, InfiniteValue, NanValue, SizeMismatch};
        assert_eq!(
            refuse(|bars| bars.timestamp[2] = bars.timestamp[1]),
            (ConstraintViolation, "timestamp".into(), Some(2))
        );
        assert_eq!(refuse(|bars| bars.timestamp[1] = -1), (ConstraintViolation, "timestamp".into(), Some(1)));
        assert_eq!(refuse(|bars| bars.timestamp[2] += 1), (ConstraintViolation, "timestamp".into(), Some(2)));
        assert_eq!(refuse(|bars| bars.bid_high[1] = f64::NAN), (NanValue, "bid_high".into(), Some(1)));
        assert_eq!(refuse(|bars| bars.ask_low[0] = f64::NEG_INFINITY), (InfiniteValue, "ask_low".into(), Some(0)));
        assert_eq!(refuse(|bars| bars.bid_low[1] = 0.0), (ConstraintViolation, "bid_low".into(), Some(1)));
        assert_eq!(refuse(|bars| bars.bid_open[1] = 1.3), (ConstraintViolation, "bid_open".into(), Some(1)));
        assert_eq!(refuse(|bars| bars.ask_close[2] = 0.9), (ConstraintViolation, "ask_close".into(), Some(2)));
        assert_eq!(refuse(|bars| bars.volume[2] = -1.0), (ConstraintViolation, "volume".into(), Some(2)));
        assert_eq!(refuse(|bars| bars.volume.truncate(1)), (SizeMismatch, "volume".into(), None));
        assert_eq!(refuse(|bars| *bars = BarColumns::default()), (EmptyInput, "timestamp".into(), None));
    }

    #[test]
    fn the_first_column_wins_then_the_first_row() {
        let first = refuse(|bars| {
            bars.ask_open[0] = f64::NAN;
            bars.bid_close[2] = -1.0;
            bars.bid_close[1] = f64::INFINITY;
        });
        assert_eq!(first, (ErrorCode::InfiniteValue, "bid_close".into(), Some(1)));
    }

    #[test]
    fn a_duplicate_time_says_so() {
        // Q-T2; at row 2, where the one before it is not the first.
        for (offset, problem) in [(0, "found a duplicate"), (-M5, "found an earlier one")] {
            let mut columns = three_bars();
            columns.timestamp[2] = columns.timestamp[1] + offset;
            let message = check_bars(&columns.view(), M5, Vec::new()).unwrap_err().message;
            assert!(message.ends_with(problem), "{message}");
        }
    }

    #[test]
    fn nulls_of_the_boundary_take_their_turn() {
        let null = |column: &str, row| OmegaError::new(ErrorCode::NullValue, "null").column(column).row(row);
        let mut columns = three_bars();
        columns.bid_high[1] = f64::NAN;
        let at = |columns: &BarColumns, row| check_bars(&columns.view(), M5, vec![null("bid_high", row)]).unwrap_err();
        assert_eq!(at(&columns, 1).code, ErrorCode::NullValue);
        assert_eq!(at(&columns, 2).code, ErrorCode::NanValue);
        columns.timestamp[2] = 0;
        assert_eq!(at(&columns, 0).column.as_deref(), Some("timestamp"));
        assert_eq!(
            check_bars(&three_bars().view(), M5, vec![null("volume", 0)]).unwrap_err().code,
            ErrorCode::NullValue
        );
    }

    #[test]
    fn only_listed_timeframes_are_known() {
        for &(_, length) in TIMEFRAMES {
            assert!(check_timeframe(length).is_ok());
        }
        for timeframe in [0, -60_000_000, 1, 60_000_001, 120_000_000] {
            assert_eq!(check_timeframe(timeframe).unwrap_err().code, ErrorCode::InvalidArgument);
        }
    }

    #[test]
    fn findings_are_counted_and_not_refused() {
        // Q-T2b; day 2 of the epoch is a Saturday.
        let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 20]);
        columns.bid_high[3] = 1.2;
        columns.ask_open[4] = 1.05;
        columns.ask_low[4] = 1.05;
        columns.bid_high[5] = 1.1001;
        for row in 10..20 {
            columns.timestamp[row] += 2 * MICROSECONDS_PER_DAY;
        }
        columns.ask_close[6] = columns.bid_close[6];
        columns.ask_low[6] = columns.bid_close[6];
        let findings = check_bars(&columns.view(), M5, Vec::new()).unwrap();
        let expected = QualityFindings { crossed_quotes: 2, zero_spread: 1, gaps: 1, spikes: 1, weekend_bars: 10 };
        assert_eq!(findings, expected);
        assert!(!is_saturday(-1) && is_saturday(-5 * MICROSECONDS_PER_DAY));
    }

    #[test]
    fn signals_are_checked_by_column_then_row() {
        // Q-T6, Q-T6b.
        type Change = fn(&mut Signals);
        let cases: [(Change, ErrorCode, &str, usize); 9] = [
            (|signals| signals.timestamp[1] = -1, ErrorCode::ConstraintViolation, "timestamp", 1),
            (|signals| signals.timestamp[1] = 1 + CALENDAR.end(), ErrorCode::OutOfBounds, "timestamp", 1),
            (|signals| signals.timestamp[0] = UNSET_TIME, ErrorCode::OutOfBounds, "timestamp", 0),
            (|signals| signals.expires_at[1] = CALENDAR.start() - 1, ErrorCode::OutOfBounds, "expires_at", 1),
            (|signals| signals.price[0] = f64::INFINITY, ErrorCode::InfiniteValue, "price", 0),
            (|signals| signals.size[1] = f64::NEG_INFINITY, ErrorCode::InfiniteValue, "size", 1),
            (|signals| signals.trailing_step[1] = -0.1, ErrorCode::ConstraintViolation, "trailing_step", 1),
            (|signals| signals.break_even_offset[0] = -0.1, ErrorCode::ConstraintViolation, "break_even_offset", 0),
            (|signals| signals.max_holding[1] = -1, ErrorCode::ConstraintViolation, "max_holding", 1),
        ];
        for (change, code, column, row) in cases {
            let mut table = signals(2);
            change(&mut table);
            let error = check_signals(&table, Vec::new()).unwrap_err();
            assert_eq!((error.code, error.column.as_deref(), error.row), (code, Some(column), Some(row)));
        }
        // A negative price is a rejected event, not a refused table.
        let mut table = signals(2);
        table.price[0] = -1.0;
        assert!(check_signals(&table, Vec::new()).is_ok());
        assert!(!table.is_empty() && Signals::default().is_empty());
        assert!(check_signals(&Signals::default(), Vec::new()).is_ok());
    }

    fn side<'a>(timestamp: &'a [i64], prices: &'a [f64]) -> SideBars<'a> {
        SideBars { timestamp, open: prices, high: prices, low: prices, close: prices, volume: prices }
    }

    #[test]
    fn sides_are_joined_on_equal_times() {
        // Q-G1: 2 of the union's 4 rows have one side only.
        let bid = side(&[1, 2, 3], &[1.0, 2.0, 3.0]);
        let ask = side(&[2, 3, 4], &[20.0, 30.0, 40.0]);
        let joined = join_sides(&bid, &ask, 0.5).unwrap();
        assert_eq!(joined.timestamp, [2, 3]);
        assert_eq!(
            (joined.bid_open, joined.ask_close, joined.volume),
            (vec![2.0, 3.0], vec![20.0, 30.0], vec![2.0, 3.0])
        );
        let error = join_sides(&bid, &ask, 0.49).unwrap_err();
        assert_eq!((error.code, error.value), (ErrorCode::ConstraintViolation, Some(Value::Float(0.5))));
        assert!(error.message.contains("2 of 4"));
    }

    #[test]
    fn bad_joins_are_refused_in_order() {
        // Q-G1b.
        let good = side(&[1, 2], &[1.0, 2.0]);
        let late = side(&[3, 4], &[1.0, 2.0]);
        let unsorted = side(&[2, 1], &[1.0, 2.0]);
        let ragged = SideBars { low: &[1.0], ..good };
        let none = side(&[], &[]);
        let refuse = |bid, ask, ratio| {
            let error = join_sides(bid, ask, ratio).unwrap_err();
            (error.code, error.column.unwrap())
        };
        assert_eq!(refuse(&unsorted, &good, f64::NAN), (ErrorCode::OutOfBounds, "max_missing_ratio".into()));
        assert_eq!(refuse(&unsorted, &ragged, 0.0), (ErrorCode::ConstraintViolation, "bid_timestamp".into()));
        assert_eq!(refuse(&good, &ragged, 0.0), (ErrorCode::SizeMismatch, "ask_low".into()));
        assert_eq!(refuse(&none, &none, 1.0), (ErrorCode::EmptyInput, "timestamp".into()));
        assert_eq!(refuse(&good, &late, 1.0), (ErrorCode::EmptyInput, "timestamp".into()));
    }
}
