//! Every breach of T-2 and T-4 and every finding, counted, with the first rows (Q-T2e).

use std::iter;

use crate::bars::checks::{time_faults, value_faults};
use crate::bars::grid::off_grid_rows;
use crate::bars::quality::{crossed_rows, gap_rows, spike_rows, weekend_rows, zero_spread_rows};
use crate::bars::steps::{find_timeframe, step_breach, uneven_rows};
use crate::breaches::{Fault, calendar_faults};
use crate::error::{ErrorCode, OmegaError};
use crate::types::{BarFinding, Bars};

const SHOWN_ROWS: usize = 5;

/// Every breach, or the findings of bars that have none (Q-T2e).
///
/// All columns are of one length, the value under a null price is NaN. Without a `timeframe` it is the one that the
/// bars have (Q-T4), without `digits` nobody knows the decimals of the prices. `nulls` are columns with their rows without a value, of columns that have such rows; columns that
/// are `absent` are not looked at, their prices are NaN.
#[must_use]
pub fn examine_bars(
    bars: &Bars<'_>,
    timeframe: Option<i64>,
    digits: Option<u32>,
    nulls: &[(String, Vec<usize>)],
    absent: &[&str],
) -> Vec<BarFinding> {
    let mut found = Vec::new();
    if bars.is_empty() && !absent.contains(&"timestamp") {
        found.push(BarFinding::new("T-2", ErrorCode::EmptyInput, "timestamp", "there is no bar", Vec::new()));
    }
    for column in Bars::COLUMNS {
        if !absent.contains(&column.name) {
            found.extend(column_breaches(bars, column.name, timeframe, rows_of(nulls, column.name)));
        }
    }
    if !found.is_empty() || !absent.is_empty() {
        return found;
    }
    let timeframe = timeframe.map_or_else(|| find_timeframe(bars.timestamp), Ok);
    timeframe.map_or_else(|_| found, |length| findings(bars, length, digits))
}

/// The breaches of one column, in the order of their first rows.
fn column_breaches(bars: &Bars<'_>, column: &str, timeframe: Option<i64>, missing: &[usize]) -> Vec<BarFinding> {
    let null = |&row: &usize| Fault { row, code: ErrorCode::NullValue, message: "must not be null" };
    let mut found = count_faults("T-2", column, missing.iter().map(null));
    let is_there = |row: usize| missing.binary_search(&row).is_err();
    if column != "timestamp" {
        found.extend(count_faults("T-2", column, value_faults(bars, column).filter(|fault| is_there(fault.row))));
        return found;
    }
    let rows: Vec<usize> = (0..bars.len()).filter(|&row| is_there(row)).collect();
    let times: Vec<i64> = rows.iter().map(|&row| bars.timestamp[row]).collect();
    let placed = |fault: Fault| Fault { row: rows[fault.row], ..fault };
    found.extend(count_faults("T-2", column, calendar_faults(&times).map(placed)));
    found.extend(count_faults("T-2", column, time_faults(&times).map(placed)));
    if let Some(error) = timeframe_breach(&times, timeframe).filter(|_| !times.is_empty()) {
        let row = error.row.map(|row| rows[row] as u64);
        let column = error.column.as_deref().unwrap_or(column);
        found.push(BarFinding::new("T-4", error.code, column, &error.message, row.into_iter().collect()));
    }
    found
}

/// The refusal of the steps for a given timeframe, or of bars that have none.
fn timeframe_breach(times: &[i64], timeframe: Option<i64>) -> Option<OmegaError> {
    match timeframe {
        Some(timeframe) => step_breach(times, timeframe),
        None => find_timeframe(times).err(),
    }
}

/// What is legal and doubtful (Q-T2b).
fn findings(bars: &Bars<'_>, timeframe: i64, digits: Option<u32>) -> Vec<BarFinding> {
    let named = |name: &'static str, rows: &mut dyn Iterator<Item = usize>| {
        count_faults("T-2", name, rows.map(|row| Fault { row, code: ErrorCode::Ok, message: name }))
    };
    iter::empty()
        .chain(named("crossed_quotes", &mut crossed_rows(bars)))
        .chain(named("zero_spread", &mut zero_spread_rows(bars.bid_close, bars.ask_close)))
        .chain(named("gaps", &mut gap_rows(bars.timestamp, timeframe)))
        .chain(named("spikes", &mut spike_rows(bars.bid_high, bars.bid_low)))
        .chain(named("weekend_bars", &mut weekend_rows(bars.timestamp)))
        .chain(named("uneven_steps", &mut uneven_rows(bars.timestamp, timeframe)))
        .chain(named("off_grid", &mut digits.into_iter().flat_map(|digits| off_grid_rows(bars, digits))))
        .collect()
}

/// Counts the faults of each code and message, and keeps the first rows.
#[must_use]
pub fn count_faults(rule: &'static str, column: &str, faults: impl IntoIterator<Item = Fault>) -> Vec<BarFinding> {
    let mut counts: Vec<BarFinding> = Vec::new();
    for fault in faults {
        let code = fault.code as i32;
        let known = counts.iter().position(|one| one.code == code && one.message == fault.message);
        let place = known.unwrap_or_else(|| {
            let found = BarFinding::new(rule, fault.code, column, fault.message, Vec::new());
            counts.push(BarFinding { count: 0, ..found });
            counts.len() - 1
        });
        let one = &mut counts[place];
        if one.rows.len() < SHOWN_ROWS {
            one.rows.push(fault.row as u64);
        }
        one.count += 1;
    }
    counts
}

/// The rows of a column without a value.
fn rows_of<'a>(nulls: &'a [(String, Vec<usize>)], column: &str) -> &'a [usize] {
    nulls.iter().find(|(name, _)| name == column).map_or(&[], |(_, rows)| rows)
}

#[cfg(test)]
#[path = "tests/examine.rs"]
mod tests;
