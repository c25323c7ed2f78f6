//! Why a signal or an order is refused (E-1, E-2 and the table of reasons); the first check that fails decides.

use crate::error::ErrorCode;
use crate::execution::matching::taken_places;
use crate::execution::state::{Account, Book, Rules};
use crate::grid::grid_distance;
use crate::numbers::{maximum, minimum};
use crate::types::{Direction, OrderType, Reason, Signal, SignalType, UNSET_TIME, is_unset};

/// Code of a refused signal or order: the table of reasons.
#[must_use]
pub fn code_of_reason(reason: Reason) -> ErrorCode {
    match reason {
        Reason::UnknownSymbol => ErrorCode::InvalidArgument,
        Reason::ChangeMissing
        | Reason::DirectionMissing
        | Reason::OrderTypeMissing
        | Reason::StopLossMissing
        | Reason::PriceMissing => ErrorCode::MissingRequiredField,
        Reason::MaxPositions | Reason::StoppedOut | Reason::NoMatch => ErrorCode::InvalidState,
        _ => ErrorCode::ConstraintViolation,
    }
}

/// The checks that need no price of the bar; `entry_time` is what the order's would be, µs (E-2).
///
/// # Errors
/// The first reason against it.
pub fn signal_refusal(
    book: &Book,
    account: &Account,
    rules: &Rules,
    signal: &Signal,
    entry_time: i64,
) -> Result<(), Reason> {
    if signal.timestamp < rules.start {
        return Err(Reason::BeforeStart);
    }
    let is_before_first_bar = account.first_time.is_some_and(|first| signal.timestamp < first);
    if rules.variant.rejects_before_first_bar && is_before_first_bar {
        rule!("L-1a");
        return Err(Reason::BeforeStart);
    }
    if signal.symbol != rules.number {
        return Err(Reason::UnknownSymbol);
    }
    if account.is_stopped_out {
        rule!("E-21");
        return Err(Reason::StoppedOut);
    }
    if signal.signal_type != SignalType::Entry {
        return instruction_refusal(signal);
    }
    field_refusal(rules, signal)?;
    if taken_places(book) >= rules.max_positions {
        rule!("Q-L1b");
        return Err(Reason::MaxPositions);
    }
    let is_pending = signal.order_type != Some(OrderType::Market);
    if is_pending && signal.expires_at != UNSET_TIME && signal.expires_at <= entry_time {
        rule!("E-2");
        return Err(Reason::AlreadyExpired);
    }
    Ok(())
}

/// What can be said against an exit or modify signal without a position (Q-E15).
fn instruction_refusal(signal: &Signal) -> Result<(), Reason> {
    if signal.signal_type == SignalType::Exit {
        return Ok(());
    }
    if is_unset(signal.stop_loss) && is_unset(signal.take_profit) {
        rule!("E-15");
        return Err(Reason::ChangeMissing);
    }
    if [signal.stop_loss, signal.take_profit].iter().any(|&level| level <= 0.0) {
        return Err(Reason::NotPositive);
    }
    Ok(())
}

fn field_refusal(rules: &Rules, signal: &Signal) -> Result<(), Reason> {
    if signal.direction.is_none() {
        return Err(Reason::DirectionMissing);
    }
    if signal.order_type.is_none() {
        return Err(Reason::OrderTypeMissing);
    }
    if is_unset(signal.stop_loss) {
        return Err(Reason::StopLossMissing);
    }
    if is_unset(signal.price) && (signal.order_type != Some(OrderType::Market) || rules.variant.enters_at_signal_price)
    {
        return Err(Reason::PriceMissing);
    }
    if [signal.price, signal.stop_loss, signal.take_profit, signal.size].iter().any(|&amount| amount <= 0.0) {
        return Err(Reason::NotPositive);
    }
    Ok(())
}

/// Distance, side of the stop, side of the target (E-1, Q-E1, Q-E2) of an entry at `fill`; v1: the distance alone.
///
/// `left_at` is where the position could be left at once.
///
/// # Errors
/// The first reason against it.
pub fn level_refusal(
    rules: &Rules,
    direction: Direction,
    fill: f64,
    left_at: f64,
    stop_loss: f64,
    take_profit: f64,
) -> Result<(), Reason> {
    let least = rules.variant.stop_distance.unwrap_or(rules.terms.min_stop_distance);
    let is_far_enough = grid_distance(&rules.terms.grid, (left_at - stop_loss).abs()) >= least;
    if !is_far_enough {
        rule!("E-1");
        return Err(Reason::StopDistance);
    }
    if !rules.variant.checks_sides {
        return Ok(());
    }
    let is_long = direction == Direction::Long;
    let is_stop_beyond = if is_long { stop_loss < left_at } else { stop_loss > left_at };
    if !is_stop_beyond {
        rule!("E-1");
        return Err(Reason::StopSide);
    }
    let beyond = if is_long { maximum(fill, left_at) } else { minimum(fill, left_at) };
    let is_target_beyond = if is_long { take_profit > beyond } else { take_profit < beyond };
    if !is_unset(take_profit) && !is_target_beyond {
        rule!("E-1");
        return Err(Reason::TargetSide);
    }
    Ok(())
}

/// The side of a new stop, then that of a new target, of where the position could be left (Q-E15b).
///
/// # Errors
/// The first reason against it.
pub fn change_refusal(direction: Direction, left_at: f64, stop_loss: f64, take_profit: f64) -> Result<(), Reason> {
    let is_long = direction == Direction::Long;
    let is_stop_beyond = if is_long { stop_loss < left_at } else { stop_loss > left_at };
    if !is_unset(stop_loss) && !is_stop_beyond {
        return Err(Reason::StopSide);
    }
    let is_target_beyond = if is_long { take_profit > left_at } else { take_profit < left_at };
    if !is_unset(take_profit) && !is_target_beyond {
        return Err(Reason::TargetSide);
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/refusals.rs"]
mod tests;
