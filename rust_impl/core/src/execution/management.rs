//! Management of open positions: timeout, break-even, trailing, the strategy's action, position by position (E-11).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::break_even::{break_even_stop, is_break_even_due};
use crate::execution::closing::{close_fraction, close_position, forget_closed};
use crate::execution::columns::{Position, Times};
use crate::execution::hits::stop_reach;
use crate::execution::ledger::emit;
use crate::execution::opening::refuse_change;
use crate::execution::ordinals::next_seq;
use crate::execution::refusals::change_refusal;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::execution::stop_out::is_older;
use crate::execution::trailing::trailing_stop;
use crate::grid::grid_price;
use crate::portfolio::curve::open_since;
use crate::quotes::{Quote, side_close};
use crate::strategy::base::Action;
use crate::types::ranges::{FRACTION, PRICE, Range};
use crate::types::{Direction, Event, EventKind, Reason, Status, StopKind, UNSET_FLOAT, UNSET_TIME, is_unset};

/// The strategy's part of management where there is no strategy (E-11).
pub const NO_MANAGEMENT: Option<fn(&Position) -> Action> = None;

/// Manages what was open before this bar, one position after the other (E-11).
///
/// # Errors
/// As [`act`].
pub fn manage_positions<M: Fn(&Position) -> Action>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    manage_position: Option<M>,
) -> Result<(), OmegaError> {
    for position in book.rows() {
        // Nobody has anything to say about it.
        if manage_position.is_none() && book.max_holding.get(position) == UNSET_TIME && !book.moves_stop[position] {
            continue;
        }
        if book.status[position] != Status::Open {
            continue;
        }
        if open_since(book.trigger_time[position], book.entry_time[position]) >= quote.timestamp {
            continue;
        }
        if is_timed_out(rules, quote, &book.times(position)) {
            rule!("E-12");
            let price = side_close(quote, book.direction[position] == Direction::Short);
            let is_full = !rules.variant.times_out_free;
            close_position(book, account, log, rules, quote, position, price, Reason::Timeout, is_full, is_full, false);
            continue;
        }
        if book.moves_stop[position] {
            move_stops(book, account, log, rules, quote, position);
        }
        if let Some(manage_position) = &manage_position {
            let action = manage_position(&book.position(position));
            act(book, account, log, rules, quote, position, action)?;
        }
    }
    forget_closed(book);
    Ok(())
}

/// Break-even and trailing at a detail bar that is not the last of its bar (Q-E22).
pub fn follow_prices(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote) {
    for position in book.rows() {
        let is_followed = book.moves_stop[position] && book.status[position] == Status::Open;
        if is_followed && is_older(quote, &book.opening(position)) {
            move_stops(book, account, log, rules, quote, position);
        }
    }
}

/// Whether an open position has reached its longest holding time at the bar (E-12).
#[inline]
#[must_use]
pub fn is_timed_out(rules: &Rules, quote: &Quote, position: &Times) -> bool {
    if position.max_holding == UNSET_TIME {
        return false;
    }
    let since = if rules.variant.ages_from_entry { position.entry_time } else { position.trigger_time };
    // Both ages fit a u64 even where the difference of two i64 does not fit an i64.
    let (age, longest) = (quote.timestamp.wrapping_sub(since) as u64, position.max_holding as u64);
    age >= longest
}

/// Break-even, then trailing, which sees the stop that break-even set.
#[inline(never)]
pub fn move_stops(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
) {
    if is_break_even_due(rules, quote, &book.position(position)) {
        rule!("E-13");
        book.is_break_even_done.set(position, book.rows().end, true);
        let stop = break_even_stop(rules, &book.position(position));
        move_stop(book, account, log, rules, quote, position, stop, StopKind::BreakEven, Reason::BreakEven);
    }
    let stop = trailing_stop(rules, quote, &book.position(position));
    move_stop(book, account, log, rules, quote, position, stop, StopKind::Trailing, Reason::Trailing);
}

/// Moves a stop where a rule of management wants it, if it does and nothing could fill at 0 there (Q-E11).
pub fn move_stop(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    stop: Option<f64>,
    kind: StopKind,
    reason: Reason,
) {
    let Some(stop) = stop else { return };
    if stop <= rules.largest_slippage {
        rule!("Q-E11");
        return;
    }
    rule!("E-13", kind == StopKind::BreakEven);
    rule!("E-14", kind == StopKind::Trailing);
    let take_profit = book.take_profit[position];
    change_levels(book, account, log, rules, quote, position, stop, take_profit, kind, reason);
}

/// Sets stop and target of an order or position, unset leaves one as it is; both or neither (Q-E15b).
pub fn modify_position(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    stop_loss: f64,
    take_profit: f64,
    reason: Reason,
) {
    let direction = book.direction[position];
    let mut left_at = book.details[position].order_price;
    if book.status[position] == Status::Open {
        left_at = grid_price(&rules.terms.grid, side_close(quote, direction == Direction::Short));
    }
    if let Err(refused) = change_refusal(direction, left_at, stop_loss, take_profit) {
        rule!("Q-E15b");
        refuse_change(account, log, quote, &book.position(position), stop_loss, take_profit, refused);
        return;
    }
    let stop_loss = if is_unset(stop_loss) { book.stop_loss[position] } else { stop_loss };
    let take_profit = if is_unset(take_profit) { book.take_profit[position] } else { take_profit };
    change_levels(book, account, log, rules, quote, position, stop_loss, take_profit, StopKind::Modified, reason);
}

/// Gives a position its levels from the next bar on, and writes that down (Q-E11).
pub fn change_levels(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    stop_loss: f64,
    take_profit: f64,
    kind: StopKind,
    reason: Reason,
) {
    let direction = book.direction[position];
    if stop_loss != book.stop_loss[position] {
        book.details[position].stop_kind = kind;
        book.stop_reach[position] = stop_reach(rules, direction, stop_loss);
    }
    book.stop_loss[position] = stop_loss;
    book.take_profit[position] = take_profit;
    book.is_stale = true;
    let details = &book.details[position];
    emit(
        log,
        &Event {
            order_id: details.order_id,
            direction: Some(direction),
            order_type: Some(details.order_type),
            stop_loss,
            take_profit,
            reason: Some(reason),
            ..Event::new(next_seq(account), quote.timestamp, quote.end, EventKind::Modified)
        },
    );
}

/// Does what a strategy wants done with a position (Q-E11b).
///
/// # Errors
/// NAN_VALUE, INFINITE_VALUE or CONSTRAINT_VIOLATION for a number that is none, or beyond its range.
pub fn act(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    action: Action,
) -> Result<(), OmegaError> {
    let grid = &rules.terms.grid;
    match action {
        Action::Hold => {}
        Action::Close => {
            close_fraction(book, account, log, rules, quote, position, 1.0, Reason::StrategyExit);
        }
        Action::PartialClose(fraction) => {
            check_action(fraction, FRACTION)?;
            close_fraction(book, account, log, rules, quote, position, fraction, Reason::StrategyExit);
        }
        Action::ModifyStop(stop_loss) => {
            check_action(stop_loss, PRICE)?;
            let stop_loss = grid_price(grid, stop_loss);
            change_by_strategy(book, account, log, rules, quote, position, stop_loss, UNSET_FLOAT);
        }
        Action::ModifyTarget(take_profit) => {
            check_action(take_profit, PRICE)?;
            let take_profit = grid_price(grid, take_profit);
            change_by_strategy(book, account, log, rules, quote, position, UNSET_FLOAT, take_profit);
        }
    }
    Ok(())
}

/// Refuses a strategy's number that is none or beyond its range: the strategy is wrong, not the market.
///
/// # Errors
/// NAN_VALUE, INFINITE_VALUE or CONSTRAINT_VIOLATION.
#[inline]
pub fn check_action(number: f64, span: Range) -> Result<(), OmegaError> {
    if span.contains(number) {
        return Ok(());
    }
    if number.is_nan() {
        return Err(bad_action(ErrorCode::NanValue, "a number, not NaN".to_owned(), number));
    }
    if number.is_infinite() {
        return Err(bad_action(ErrorCode::InfiniteValue, "finite".to_owned(), number));
    }
    Err(bad_action(ErrorCode::ConstraintViolation, format!("in {span}"), number))
}

/// Sets a level that a strategy asks for, unless the grid makes nothing of it (Q-E11b, N-8).
pub fn change_by_strategy(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    stop_loss: f64,
    take_profit: f64,
) {
    if stop_loss == 0.0 || take_profit == 0.0 {
        refuse_change(account, log, quote, &book.position(position), stop_loss, take_profit, Reason::NotPositive);
        return;
    }
    let reason = Reason::StrategyModify;
    modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason);
}

#[cold]
fn bad_action(code: ErrorCode, wanted: String, number: f64) -> OmegaError {
    let message = format!("the number of a strategy's action must be {wanted}: here {number}");
    OmegaError::new(code, message).rule("A-1").column("manage_position").value(Value::Float(number))
}

#[cfg(test)]
#[path = "tests/management.rs"]
mod tests;
