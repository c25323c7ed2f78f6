//! Management of open positions: timeout, then the strategy's action, position by position (E-11, E-12).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::closing::{close_position, forget_closed};
use crate::execution::columns::{Position, Times};
use crate::execution::state::{Account, Book, Log, Rules};
use crate::quotes::{Quote, side_close};
use crate::strategy::base::Action;
use crate::types::{Direction, Reason, Status, UNSET_TIME};

/// The strategy's part of management where there is no strategy (E-11).
pub const NO_MANAGEMENT: Option<fn(&Position) -> Action> = None;

/// Times out positions opened before this bar, or asks the strategy about them, one after the other (E-11).
///
/// # Errors
/// NOT_IMPLEMENTED for an action other than to hold.
pub fn manage_positions<M: Fn(&Position) -> Action>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    manage_position: Option<M>,
) -> Result<(), OmegaError> {
    for position in 0..book.len() {
        // Nobody has anything to say about it.
        if manage_position.is_none() && book.max_holding[position] == UNSET_TIME {
            continue;
        }
        if book.status[position] != Status::Open || book.trigger_time[position] >= quote.timestamp {
            continue;
        }
        if is_timed_out(rules, quote, &book.times(position)) {
            rule!("E-12");
            let price = side_close(quote, book.direction[position] == Direction::Short);
            let is_full = !rules.variant.times_out_free;
            close_position(book, account, log, rules, quote, position, price, Reason::Timeout, is_full, is_full, false);
        } else if let Some(manage_position) = &manage_position {
            refuse_action(manage_position(&book.position(position)))?;
        }
    }
    forget_closed(book);
    Ok(())
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

/// Refuses all actions but to hold, which are typed and not built yet.
///
/// # Errors
/// NOT_IMPLEMENTED naming the action.
#[inline]
pub fn refuse_action(action: Action) -> Result<(), OmegaError> {
    if action == Action::Hold {
        return Ok(());
    }
    let name = action.name();
    let message = format!("a strategy's action {name} is not implemented yet; use Hold");
    Err(OmegaError::new(ErrorCode::NotImplemented, message)
        .rule("A-1")
        .column("manage_position")
        .value(Value::Text(name.to_owned())))
}

#[cfg(test)]
#[path = "tests/management.rs"]
mod tests;
