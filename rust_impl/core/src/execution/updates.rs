//! Changes of orders and positions by their id: levels, and parts to close (B-4).

use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::batches::{check_length, check_numbers};
use crate::execution::closing::{close_fraction, drop_order, forget_closed};
use crate::execution::ledger::emit;
use crate::execution::management::modify_position;
use crate::execution::opening::refuse_change;
use crate::execution::ordinals::next_seq;
use crate::execution::refusals::code_of_reason;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::grid::grid_price;
use crate::quotes::Quote;
use crate::types::ranges::{FRACTION, PRICE};
use crate::types::{Event, EventKind, Reason, Status, UNSET_FLOAT, is_unset};

/// What one row wants of one order; what is not set leaves as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    /// The order's.
    pub order_id: i64,
    /// [`UNSET_FLOAT`] where it stays.
    pub stop_loss: f64,
    /// [`UNSET_FLOAT`] where it stays.
    pub take_profit: f64,
    /// [`UNSET_FLOAT`] where nothing is closed.
    pub close_fraction: f64,
}

/// The rows of four columns; refuses the first breach in (column order, row) (Q-B4).
///
/// # Errors
/// SIZE_MISMATCH for columns of unequal lengths, OUT_OF_BOUNDS for an id that was never given, NAN_VALUE, INFINITE_VALUE
/// or CONSTRAINT_VIOLATION for a number that is none or beyond its range, MISSING_REQUIRED_FIELD for a row that wants
/// nothing.
pub fn updates_of(
    account: &Account,
    order_ids: &[i64],
    stop_losses: &[Option<f64>],
    take_profits: &[Option<f64>],
    close_fractions: &[Option<f64>],
) -> Result<Vec<Update>, OmegaError> {
    let rows = order_ids.len();
    check_length("B-4", "stop_loss", stop_losses.len(), rows)?;
    check_length("B-4", "take_profit", take_profits.len(), rows)?;
    check_length("B-4", "close_fraction", close_fractions.len(), rows)?;
    let is_unknown = |id: &i64| !(1..account.next_order_id).contains(id);
    if let Some(row) = order_ids.iter().position(is_unknown) {
        let message = format!("no order has this id: {} were accepted so far", account.next_order_id - 1);
        let value = Some(Value::Int(order_ids[row]));
        return Err(breach(ErrorCode::OutOfBounds, "B-4", "order_id", &message, Some(row), value));
    }
    check_numbers("B-4", "stop_loss", stop_losses.iter().copied(), PRICE)?;
    check_numbers("B-4", "take_profit", take_profits.iter().copied(), PRICE)?;
    check_numbers("B-4", "close_fraction", close_fractions.iter().copied(), FRACTION)?;
    let update = |row: usize| {
        let (stop_loss, take_profit, fraction) = (stop_losses[row], take_profits[row], close_fractions[row]);
        if stop_loss.is_none() && take_profit.is_none() && fraction.is_none() {
            let message = "set a stop_loss, a take_profit or a close_fraction";
            return Err(breach(ErrorCode::MissingRequiredField, "B-4", "stop_loss", message, Some(row), None));
        }
        Ok(Update {
            order_id: order_ids[row],
            stop_loss: stop_loss.unwrap_or(UNSET_FLOAT),
            take_profit: take_profit.unwrap_or(UNSET_FLOAT),
            close_fraction: fraction.unwrap_or(UNSET_FLOAT),
        })
    };
    (0..rows).map(update).collect()
}

/// Lets updates act in the order given (B-4).
pub fn act_on_updates(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    updates: &[Update],
) {
    for update in updates {
        act_on_update(book, account, log, rules, quote, update);
    }
    forget_closed(book);
}

/// Changes the levels of one order, then closes or cancels what is wanted of it (Q-B4).
pub fn act_on_update(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    update: &Update,
) {
    let grid = &rules.terms.grid;
    let on_grid = |level: f64| if is_unset(level) { level } else { grid_price(grid, level) };
    let (stop_loss, take_profit) = (on_grid(update.stop_loss), on_grid(update.take_profit));
    let Some(position) = find_position(book, update.order_id) else {
        refuse_unmatched(account, log, rules, quote, update.order_id, stop_loss, take_profit);
        return;
    };
    if stop_loss == 0.0 || take_profit == 0.0 {
        refuse_change(account, log, quote, &book.position(position), stop_loss, take_profit, Reason::NotPositive);
    } else if !is_unset(stop_loss) || !is_unset(take_profit) {
        let reason = Reason::ModifySignal;
        modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason);
    }
    let fraction = update.close_fraction;
    if is_unset(fraction) {
        return;
    }
    if book.status[position] == Status::Open {
        close_fraction(book, account, log, rules, quote, position, fraction, Reason::SignalExit);
    } else if fraction < 1.0 {
        let whole = book.position(position);
        refuse_change(account, log, quote, &whole, UNSET_FLOAT, UNSET_FLOAT, Reason::NoMatch);
    } else {
        drop_order(book, account, log, quote, position, EventKind::Cancelled, Reason::SignalExit);
    }
}

/// What is pending or open under an id; nothing where it has ended.
#[must_use]
pub fn find_position(book: &Book, order_id: i64) -> Option<usize> {
    let row = book.details.binary_search_by_key(&order_id, |details| details.order_id).ok()?;
    (book.status[row] != Status::Closed).then_some(row)
}

/// Writes down that an order to be changed has ended already (Q-B4).
pub fn refuse_unmatched(
    account: &mut Account,
    log: &mut Log,
    _rules: &Rules,
    quote: &Quote,
    order_id: i64,
    stop_loss: f64,
    take_profit: f64,
) {
    emit(
        log,
        &Event {
            order_id,
            stop_loss,
            take_profit,
            reason: Some(Reason::NoMatch),
            error_code: code_of_reason(Reason::NoMatch) as i32,
            ..Event::new(next_seq(account), quote.timestamp, quote.end, EventKind::Rejected)
        },
    );
}

#[cfg(test)]
#[path = "tests/updates.rs"]
mod tests;
