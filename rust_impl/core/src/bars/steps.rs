//! Steps from bar to bar: which are right for a timeframe, and which timeframe a series has (T-4).

use std::cmp::Reverse;

use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::TIMEFRAMES;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 3_600_000_000;
/// From this length on bars follow a broker's day, which a change of its clock makes an hour shorter or longer.
const DAY_CLOCK: i64 = 14_400_000_000;
/// So many of the commonest steps stand in a refusal.
const NAMED: usize = 3;

/// How long a single step of a timeframe is at most, µs (Q-T4).
#[must_use]
pub const fn longest_step(timeframe: i64) -> i64 {
    timeframe + if timeframe >= DAY_CLOCK { HOUR } else { 0 }
}

/// Whether the way from `before` to a later `after` is a whole number of bars, in H4 and D1 ± 1 h (Q-T4).
#[must_use]
pub fn is_step(before: i64, after: i64, timeframe: i64) -> bool {
    // As u64 it fits whatever the two are.
    let step = after.wrapping_sub(before) as u64;
    let (bar, hour) = (timeframe as u64, HOUR as u64);
    // The usual answer without a division.
    if step == bar || step.is_multiple_of(bar) {
        return true;
    }
    let rest = step.rem_euclid(bar);
    timeframe >= DAY_CLOCK && (rest == bar - hour || (rest == hour && step > bar))
}

/// The rows that are later than the one before, but not by a right step.
pub fn uneven_rows(timestamp: &[i64], timeframe: i64) -> impl Iterator<Item = usize> {
    let is_uneven = move |&row: &usize| {
        timestamp[row] > timestamp[row - 1] && !is_step(timestamp[row - 1], timestamp[row], timeframe)
    };
    (1..timestamp.len()).filter(is_uneven)
}

/// The refusal of bars of which under half of the steps are right, at the first that is not (Q-T4).
#[must_use]
pub fn step_breach(timestamp: &[i64], timeframe: i64) -> Option<OmegaError> {
    let steps = count_steps(timestamp);
    let right = steps - uneven_rows(timestamp, timeframe).count();
    if 2 * right >= steps {
        return None;
    }
    let row = uneven_rows(timestamp, timeframe).next()?;
    let message = format!(
        "{right} of {steps} steps are multiples of the timeframe, {} min; the commonest are {}: name the timeframe \
         that the bars have",
        timeframe / MINUTE,
        named_steps(&commonest_steps(timestamp))
    );
    let value = Some(Value::Int(timestamp[row]));
    Some(breach(ErrorCode::ConstraintViolation, "T-4", "timestamp", &message, Some(row), value))
}

/// The timeframe that most steps are equal to, in µs (Q-T4).
///
/// # Errors
/// INVALID_ARGUMENT without a step; CONSTRAINT_VIOLATION where under half of the steps have the commonest length.
pub fn find_timeframe(timestamp: &[i64]) -> Result<i64, OmegaError> {
    let steps = count_steps(timestamp);
    if steps == 0 {
        let message = "fewer than two bars do not tell it: name it";
        return Err(breach(ErrorCode::InvalidArgument, "T-4", "timeframe", message, None, None));
    }
    let mut counts = [0; TIMEFRAMES.len()];
    for pair in timestamp.windows(2) {
        let step = pair[1].checked_sub(pair[0]);
        if let Some(place) = TIMEFRAMES.iter().position(|&(_, bar)| step == Some(bar)) {
            counts[place] += 1;
        }
    }
    let most = (0..counts.len()).rev().max_by_key(|&place| counts[place]).unwrap_or_default();
    if 2 * counts[most] >= steps {
        return Ok(TIMEFRAMES[most].1);
    }
    let common = commonest_steps(timestamp);
    let message = format!(
        "no timeframe has half of the {steps} steps; the commonest are {}: name the timeframe if the others are gaps, \
         or resample the bars",
        named_steps(&common)
    );
    let value = common.first().map(|&(step, _)| Value::Int(i64::try_from(step).unwrap_or(i64::MAX)));
    Err(breach(ErrorCode::ConstraintViolation, "T-4", "timestamp", &message, None, value))
}

/// Number of the steps forward in time.
#[must_use]
pub fn count_steps(timestamp: &[i64]) -> usize {
    timestamp.windows(2).filter(|pair| pair[1] > pair[0]).count()
}

/// The commonest steps forward (µs, count), at most three, of equals the shortest first.
#[must_use]
pub fn commonest_steps(timestamp: &[i64]) -> Vec<(u64, usize)> {
    let forward = timestamp.windows(2).filter(|pair| pair[1] > pair[0]);
    let mut steps: Vec<u64> = forward.map(|pair| pair[1].wrapping_sub(pair[0]) as u64).collect();
    steps.sort_unstable();
    let mut counts: Vec<(u64, usize)> =
        steps.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect();
    counts.sort_by_key(|&(step, count)| (Reverse(count), step));
    counts.truncate(NAMED);
    counts
}

/// Names steps with how often they are there, in the largest unit that divides them.
#[must_use]
pub fn named_steps(steps: &[(u64, usize)]) -> String {
    let named = |&(step, count): &(u64, usize)| {
        let units = [(HOUR as u64, "h"), (MINUTE as u64, "min"), (1_000_000, "s")];
        let unit = units.into_iter().find(|&(unit, _)| step.is_multiple_of(unit));
        let (unit, name) = unit.unwrap_or((1, "µs"));
        format!("{} {name} ({count} times)", step / unit)
    };
    steps.iter().map(named).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "tests/steps.rs"]
mod tests;
