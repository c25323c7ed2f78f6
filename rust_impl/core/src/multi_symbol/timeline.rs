//! The times of several symbols as one line of steps (M-1), and which symbols can stand in it.

use std::collections::BTreeSet;

use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::{FOREIGN_SYMBOL, SliceMode};

/// Refuses symbols that cannot be walked together, before their bars are looked at (Q-M1b); `lists` are the lengths of
/// the other lists that come with them.
///
/// # Errors
/// EMPTY_INPUT, LIMIT_EXCEEDED, SIZE_MISMATCH, MISSING_REQUIRED_FIELD, CONSTRAINT_VIOLATION.
pub fn check_symbols(symbols: &[String], timeframes: &[i64], lists: &[(&str, usize)]) -> Result<(), OmegaError> {
    let count = symbols.len();
    let int = |value: usize| i64::try_from(value).ok().map(Value::Int);
    if count == 0 {
        return Err(breach(ErrorCode::EmptyInput, "M-1", "symbols", "there is no symbol", None, None));
    }
    if count > usize::from(FOREIGN_SYMBOL) {
        let (message, value) = (format!("at most {FOREIGN_SYMBOL} symbols, found {count}"), int(count));
        return Err(breach(ErrorCode::LimitExceeded, "M-1", "symbols", &message, None, value));
    }
    for &(name, length) in [("timeframes", timeframes.len())].iter().chain(lists) {
        if length != count {
            let message = format!("{length} entries for {count} symbols");
            return Err(breach(ErrorCode::SizeMismatch, "M-1", name, &message, None, int(length)));
        }
    }
    let mut known = BTreeSet::new();
    for (row, (symbol, &timeframe)) in symbols.iter().zip(timeframes).enumerate() {
        if symbol.is_empty() {
            let message = "a symbol needs a name";
            return Err(breach(ErrorCode::MissingRequiredField, "M-1", "symbols", message, Some(row), None));
        }
        if !known.insert(symbol) {
            let (message, value) = ("another symbol has this name", Some(Value::Text(symbol.clone())));
            return Err(breach(ErrorCode::ConstraintViolation, "M-1", "symbols", message, Some(row), value));
        }
        if timeframe != timeframes[0] {
            let (message, value) = ("must be the first symbol's timeframe", Some(Value::Int(timeframe)));
            return Err(breach(ErrorCode::ConstraintViolation, "M-1", "timeframes", message, Some(row), value));
        }
    }
    Ok(())
}

/// The steps: each time of `times`, which are in order symbol by symbol, that the mode takes.
#[must_use]
pub fn timeline(times: &[&[i64]], mode: SliceMode) -> Vec<i64> {
    match mode {
        SliceMode::Union => union(times),
        SliceMode::Intersection => intersection(times),
    }
}

/// Every time that some symbol has, by merging halves: linear in the bars, whatever the number of symbols but for its
/// logarithm.
#[must_use]
pub fn union(times: &[&[i64]]) -> Vec<i64> {
    if times.len() < 2 {
        return times.concat();
    }
    let (first, second) = times.split_at(times.len() / 2);
    let (first, second) = (union(first), union(second));
    if first == second {
        return first; // symbols of one market have the same times for long
    }
    let mut merged = Vec::with_capacity(first.len().max(second.len()));
    let (mut left, mut right) = (first.iter().copied().peekable(), second.iter().copied().peekable());
    while let (Some(one), Some(other)) = (left.peek().copied(), right.peek().copied()) {
        left.next_if(|&time| time <= other);
        right.next_if(|&time| time <= one);
        merged.push(one.min(other));
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// Every time that all symbols have.
#[must_use]
pub fn intersection(times: &[&[i64]]) -> Vec<i64> {
    let mut common = times.first().map_or_else(Vec::new, |first| first.to_vec());
    for others in times {
        let mut row = 0;
        common.retain(|&time| {
            row += others[row..].iter().take_while(|&&other| other < time).count();
            others.get(row) == Some(&time)
        });
    }
    common
}

#[cfg(test)]
#[path = "tests/timeline.rs"]
mod tests;
