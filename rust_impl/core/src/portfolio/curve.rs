//! What is read off the times and the equity of a run's bars: its days, where something was open (Q-P5b, Q-P5c).

use crate::execution::state::{Account, Book, Log};
use crate::numbers::remainder;
use crate::types::{Status, UNSET_TIME};

/// Microseconds.
pub const DAY: i64 = 86_400_000_000;
const WEEK: i64 = 7;
/// Of the day 0, where Monday is 0.
const THURSDAY: i64 = 3;
const SATURDAY: i64 = 5;

/// The row of the curve that is the first bar's: v1's extra point lies before it (P-4).
#[must_use]
pub fn first_bar(account: &Account, log: &Log) -> usize {
    let (times, first) = (&log.equity.timestamp, account.first_time);
    usize::from(times.first().zip(first).is_some_and(|(&time, first)| time < first))
}

/// Since when a position is open: its entry time where it has no trigger time (Q-E17b).
#[inline]
#[must_use]
pub const fn open_since(trigger_time: i64, entry_time: i64) -> i64 {
    if trigger_time == UNSET_TIME { entry_time } else { trigger_time }
}

/// The number of the UTC day that a time, µs, belongs to, a weekend's being the Monday's after (Q-P5b).
#[must_use]
pub fn trading_day(time: i64) -> i64 {
    let day = time.div_euclid(DAY);
    let weekday = remainder(day + THURSDAY, WEEK);
    if weekday >= SATURDAY { day + (WEEK - weekday) } else { day }
}

/// The equity after the last bar of each day that has one (Q-P5b).
#[must_use]
pub fn day_closes(account: &Account, log: &Log) -> Vec<f64> {
    let times = &log.equity.timestamp;
    let (mut closes, mut row) = (Vec::new(), first_bar(account, log));
    while row < times.len() {
        let end = (trading_day(times[row]) + 1) * DAY;
        row += times[row..].partition_point(|&time| time < end);
        closes.push(log.equity.equity[row - 1]);
    }
    closes
}

/// In how many bars a position was open (Q-P5c). What is open ends with the last bar and trades are in the order of
/// closing, so that from the last to the first each ends no later than the ones before it, and a bar that was counted
/// is never met again.
#[must_use]
pub fn exposed_bars(book: &Book, account: &Account, log: &Log) -> u64 {
    let times = &log.equity.timestamp;
    let (first, mut row, mut count) = (first_bar(account, log), times.len(), 0);
    let last = times.last().copied().unwrap_or(UNSET_TIME);
    let is_open = |&row: &usize| book.status[row] == Status::Open;
    let since = |row: usize| open_since(book.trigger_time[row], book.entry_time[row]);
    let still_open = (0..book.status.len()).filter(is_open).map(|row| (since(row), last));
    let trades = &log.trades;
    let closed_since = |row: usize| open_since(trades.trigger_time[row], trades.entry_time[row]);
    let closed = (0..trades.exit_time.len()).map(|row| (closed_since(row), trades.exit_time[row]));
    for (trigger_time, exit_time) in still_open.chain(closed.rev()) {
        while row > first && times[row - 1] > exit_time {
            row -= 1;
        }
        while row > first && (times[row - 1] >= trigger_time || is_inside(log, row - 1, trigger_time)) {
            row -= 1;
            count += 1;
        }
    }
    count
}

/// Whether a time lies inside of a bar, where only a detail bar can (Q-E22).
#[must_use]
pub fn is_inside(log: &Log, row: usize, time: i64) -> bool {
    let times = &log.equity.timestamp;
    times[row] < time && time < log.equity.known_at[row] && times.get(row + 1).is_none_or(|&next| time < next)
}

#[cfg(test)]
#[path = "tests/curve.rs"]
mod tests;
