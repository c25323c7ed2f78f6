//! Bars of a higher timeframe, and from when on a primary bar may see each of them (G-2, G-3).

use std::borrow::Cow;

const HOUR_US: i64 = 3_600_000_000;
/// From this length on bars follow a broker's day, which a change of its clock makes an hour shorter or longer.
const DAY_CLOCK_US: i64 = 4 * HOUR_US;

/// Closes of a higher timeframe, and what each primary row sees of them.
#[derive(Clone, Debug)]
pub struct HigherCloses<'a> {
    /// In their order.
    pub closes: Cow<'a, [f64]>,
    /// How many have ended when the row is decided on.
    pub visible: Vec<usize>,
    /// The same, 0 where the last one is missing (Q-G3).
    pub current: Vec<usize>,
}

/// The ends (µs) and the closes of the bars that the buckets of a timeframe make (Q-G2, Q-G2b).
#[must_use]
pub fn resampled_ends(timestamp: &[i64], close: &[f64], timeframe: i64) -> (Vec<i64>, Vec<f64>) {
    let (mut ends, mut closes) = (Vec::new(), Vec::new());
    for (&time, &price) in timestamp.iter().zip(close) {
        let end = (time.div_euclid(timeframe) + 1) * timeframe;
        if ends.last() == Some(&end) {
            closes.pop();
        } else {
            ends.push(end);
        }
        closes.push(price);
    }
    (ends, closes)
}

/// The ends of given bars, µs (Q-G2b).
#[must_use]
pub fn given_ends(timestamp: &[i64], timeframe: i64) -> Vec<i64> {
    let latest = if timeframe >= DAY_CLOCK_US { timeframe + HOUR_US } else { timeframe };
    let end = |row: usize| match timestamp.get(row + 1) {
        Some(&next) if next <= timestamp[row].saturating_add(latest) => next,
        _ => timestamp[row].saturating_add(timeframe),
    };
    (0..timestamp.len()).map(end).collect()
}

/// How many bars have ended `length` after the time of each row (G-3).
#[must_use]
pub fn visible_counts(ends: &[i64], timestamp: &[i64], length: i64) -> Vec<usize> {
    let mut seen = 0;
    let count = |&time: &i64| {
        while seen < ends.len() && ends[seen] <= time + length {
            seen += 1;
        }
        seen
    };
    timestamp.iter().map(count).collect()
}

/// The counts, 0 in the rows that the last visible bar is too old for (Q-G3).
#[must_use]
pub fn current_counts(visible: &[usize], stale_limit: usize) -> Vec<usize> {
    let (mut before, mut age) = (0, 0);
    let current = |&count: &usize| {
        age = if count == before { age + 1 } else { 0 };
        before = count;
        if age > stale_limit { 0 } else { count }
    };
    visible.iter().map(current).collect()
}

#[cfg(test)]
#[path = "tests/resample.rs"]
mod tests;
