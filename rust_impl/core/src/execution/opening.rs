//! Accepting and rejecting signals, sizing and opening positions (T-8, S-2, E-1).

use crate::costs::slippage::ENTRY_LEG;
use crate::execution::columns::Position;
use crate::execution::ledger::emit;
use crate::execution::margin::{lacks_margin, order_margin};
use crate::execution::ordinals::{next_order_id, next_seq};
use crate::execution::refusals::code_of_reason;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::portfolio::money::book_entry;
use crate::quotes::Quote;
use crate::sizing::{is_refused, lots_again, lots_from_raw, raw_lots, risk_amount};
use crate::types::{Event, EventKind, OrderType, Reason, Signal, Status, is_unset};
use crate::worth::value_at;

/// Gives an order its id and puts it into the book, and returns its row there; a rejected signal consumes no id (T-8).
pub fn accept(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    order: &Position,
) -> usize {
    let order_id = next_order_id(account);
    let position = book.rows().end;
    book.push(order);
    book.details[position].order_id = order_id;
    book.is_stale = true;
    let is_sized = rules.variant.sizes_at_acceptance;
    emit(
        log,
        &Event {
            order_id,
            direction: Some(order.direction),
            order_type: Some(order.order_type),
            price: order.order_price,
            size: if is_sized { order.lots } else { order.requested_size },
            stop_loss: order.stop_loss,
            take_profit: order.take_profit,
            reason: (is_sized && is_adjusted(order)).then_some(Reason::SizeAdjusted),
            ..Event::new(next_seq(account), quote.timestamp, quote.end, EventKind::Accepted)
        },
    );
    position
}

/// Writes down that a signal was refused, and why.
pub fn reject(account: &mut Account, log: &mut Log, quote: &Quote, signal: &Signal, reason: Reason) {
    emit(
        log,
        &Event {
            symbol: signal.symbol,
            direction: signal.direction,
            order_type: signal.order_type,
            price: signal.price,
            size: signal.size,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            reason: Some(reason),
            error_code: code_of_reason(reason) as i32,
            ..Event::new(next_seq(account), quote.timestamp, quote.end, EventKind::Rejected)
        },
    );
}

/// Writes down that a change of an order or position was refused, what it asked for, and why (Q-T8).
pub fn refuse_change(
    account: &mut Account,
    log: &mut Log,
    quote: &Quote,
    position: &Position,
    stop_loss: f64,
    take_profit: f64,
    reason: Reason,
) {
    emit(
        log,
        &Event {
            order_id: position.order_id,
            direction: Some(position.direction),
            order_type: Some(position.order_type),
            stop_loss,
            take_profit,
            reason: Some(reason),
            error_code: code_of_reason(reason) as i32,
            ..Event::new(next_seq(account), quote.timestamp, quote.end, EventKind::Rejected)
        },
    );
}

/// Gives an order its lots, by `entry`, and what it risks (S-2, S-4, E-21); an explicit size is the raw of S-4.
///
/// # Errors
/// Why it has none.
#[inline]
pub fn size_order(
    book: &Book,
    account: &mut Account,
    rules: &Rules,
    order: &mut Position,
    entry: f64,
) -> Result<(), Reason> {
    let risk = risk_amount(rules, account.portfolio.equity);
    let mut raw = order.requested_size;
    if is_unset(raw) {
        raw = raw_lots(rules, risk, entry, order.initial_stop_loss, order.value_at_entry);
    }
    if is_refused(raw, rules) {
        return Err(Reason::BelowMin);
    }
    order.risk_per_trade = risk;
    order.lots = lots_from_raw(raw, rules);
    if rules.variant.sizes_markets_twice && order.order_type == OrderType::Market {
        order.lots = lots_again(order.lots, rules);
    }
    order.margin = order_margin(rules, order);
    if lacks_margin(book, account, rules, order) {
        return Err(Reason::FreeMargin);
    }
    account.adjusted_sizes += u64::from(is_adjusted(order));
    Ok(())
}

/// Whether an order's lots are not the size that its signal asks for (Q-T8).
#[inline]
#[must_use]
pub fn is_adjusted(order: &Position) -> bool {
    !is_unset(order.requested_size) && order.lots != order.requested_size
}

/// Makes an order an open position, with its trigger time; market orders of v1 have none at ticks (E-17).
#[inline]
pub fn set_open(book: &mut Book, rules: &Rules, quote: &Quote, position: usize) {
    book.status[position] = Status::Open;
    book.is_stale = true;
    let is_market = book.details[position].order_type == OrderType::Market;
    rule!("E-17", is_market && !rules.variant.stamps_market_triggers);
    if rules.variant.stamps_market_triggers || !is_market {
        book.trigger_time[position] = quote.timestamp;
    }
}

/// Opens an accepted order at its fill, with its lots, and books the fee (C-2, P-2); a fill at the bar's open is known
/// there (Q-T8d).
pub fn open_position(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    fill: f64,
    is_at_open: bool,
) {
    let lots = book.details[position].lots;
    let value = value_at(&rules.terms.worth, fill, quote.timestamp);
    let fee = rules.costs.fee(lots, fill, value, quote.timestamp, i64::from(ENTRY_LEG));
    set_open(book, rules, quote, position);
    book.entry_price[position] = fill;
    book.size[position] = lots;
    book.details[position].entry_fee = fee;
    book.is_opened_at_open[position] = is_at_open;
    book_entry(&mut account.portfolio, fee);
    let known_at = if is_at_open { quote.timestamp } else { quote.end };
    let details = &book.details[position];
    emit(
        log,
        &Event {
            order_id: details.order_id,
            direction: Some(book.direction[position]),
            order_type: Some(details.order_type),
            price: fill,
            size: lots,
            stop_loss: book.stop_loss[position],
            take_profit: book.take_profit[position],
            fee,
            ..Event::new(next_seq(account), quote.timestamp, known_at, EventKind::Opened)
        },
    );
}

#[cfg(test)]
#[path = "tests/opening.rs"]
mod tests;
