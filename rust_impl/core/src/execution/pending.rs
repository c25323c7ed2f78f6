//! Pending orders: expiry, else trigger and the exits of the trigger bar (E-3, E-4).

use crate::costs::slippage::ENTRY_LEG;
use crate::execution::closing::drop_order;
use crate::execution::columns::Position;
use crate::execution::exits::exit_if_hit;
use crate::execution::fills::{fill_limit, fill_offset, fill_stop, slipped};
use crate::execution::hits::is_triggered;
use crate::execution::opening::{open_position, size_entry};
use crate::execution::refusals::{code_of_reason, level_refusal};
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::grid::grid_price;
use crate::quotes::{Quote, side_open};
use crate::sizing::is_refused;
use crate::types::{Direction, EventKind, OrderType, Reason, UNSET_TIME};

/// Expires a pending order, or opens it if the bar reaches its price, or cancels it if it may not open.
#[inline(never)]
pub fn evaluate_order(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    buffers: &Buffers,
) {
    let expires_at = book.details[position].expires_at;
    if expires_at != UNSET_TIME && expires_at <= quote.timestamp {
        rule!("E-4");
        drop_order(book, account, log, quote, position, EventKind::Expired, Reason::LimitExpired, None);
        return;
    }
    if !is_triggered(quote, &book.order(position)) {
        return;
    }
    rule!("E-3");
    match trigger(book, account, log, rules, quote, position) {
        Ok(()) => exit_if_hit(book, account, log, rules, quote, position, buffers, true),
        Err(reason) => {
            let code = Some(code_of_reason(reason));
            drop_order(book, account, log, quote, position, EventKind::Cancelled, reason, code);
        }
    }
}

/// Checks, sizes and opens a pending order at its fill (E-3, Q-E3).
///
/// # Errors
/// The first reason against it.
pub fn trigger(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
) -> Result<(), Reason> {
    let order = book.position(position);
    let fill = grid_price(&rules.terms.grid, trigger_fill(rules, quote, &order));
    if rules.variant.checks_pending {
        level_refusal(rules, order.direction, fill, order.stop_loss, order.take_profit)?;
    }
    let (risk, raw) = size_entry(account, rules, order.requested_size, fill, order.stop_loss);
    if is_refused(raw, rules) {
        return Err(Reason::BelowMin);
    }
    open_position(book, account, log, rules, quote, position, fill, risk, raw);
    Ok(())
}

/// Where a triggered order fills (Q-E3, C-1).
#[must_use]
pub fn trigger_fill(rules: &Rules, quote: &Quote, position: &Position) -> f64 {
    let level = position.entry_price;
    let is_buy = position.direction == Direction::Long;
    if position.order_type == OrderType::Limit {
        return fill_limit(rules, level, side_open(quote, is_buy), is_buy);
    }
    let fill = fill_stop(rules, level, side_open(quote, is_buy), is_buy);
    if !rules.variant.slips_stop_entries {
        return fill;
    }
    let offset = fill_offset(rules, position, ENTRY_LEG);
    slipped(fill, offset, is_buy)
}

#[cfg(test)]
#[path = "tests/pending.rs"]
mod tests;
