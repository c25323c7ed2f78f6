//! Closing positions, parts of them, and dropping orders (E-16, E-18).

use crate::costs::slippage::{EXIT_LEG, PART_LEG};
use crate::execution::columns::{Exit, Position, push_trade};
use crate::execution::fills::{fill_offset, slipped};
use crate::execution::ledger::emit;
use crate::execution::opening::refuse_change;
use crate::execution::ordinals::next_seq;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::grid::grid_price;
use crate::portfolio::money::{book_exit, net_result, trade_result};
use crate::quotes::{Quote, side_close};
use crate::sizing::{least_lots, part_lots, rest_lots};
use crate::types::{Direction, Event, EventKind, Reason, Status, UNSET_FLOAT};
use crate::worth::value_at;

/// Closes a position at `price`, with slippage and fee if so said, and books the result (C-1, C-2, P-1, P-2).
#[inline(never)]
pub fn close_position(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    mut price: f64,
    reason: Reason,
    is_slipped: bool,
    is_charged: bool,
    is_at_open: bool,
) {
    let row = position;
    let position = book.position(row);
    if is_slipped {
        price = exit_slipped(rules, &position, price, EXIT_LEG);
    }
    book.close(row);
    settle(account, log, rules, quote, &position, price, reason, is_charged, is_at_open, EventKind::Closed);
}

/// Closes a part of an open position at the bar's close, or all of it where hardly anything would be left (E-16).
pub fn close_fraction(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    fraction: f64,
    reason: Reason,
) {
    let price = side_close(quote, book.direction[position] == Direction::Short);
    let part = part_lots(fraction, book.size[position], &rules.terms);
    let rest = rest_lots(book.size[position], part);
    if fraction == 1.0 || rest < least_lots(&rules.terms) {
        rule!("E-16", fraction < 1.0);
        close_position(book, account, log, rules, quote, position, price, reason, true, true, false);
    } else if part < least_lots(&rules.terms) {
        rule!("E-16");
        let position = book.position(position);
        refuse_change(account, log, quote, &position, UNSET_FLOAT, UNSET_FLOAT, Reason::PartBelowMin);
    } else {
        rule!("E-16");
        close_part(book, account, log, rules, quote, position, price, reason, part, rest);
    }
}

/// Closes a part as a trade of its own, with its share of the entry's fee, swap, risk and margin (Q-E16).
pub fn close_part(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    price: f64,
    reason: Reason,
    part: f64,
    rest: f64,
) {
    let whole = book.position(position);
    let share = part / whole.size;
    let closed = Position {
        size: part,
        entry_fee: whole.entry_fee * share,
        swap: whole.swap * share,
        risk_per_trade: whole.risk_per_trade * share,
        margin: whole.margin * share,
        ..whole
    };
    book.size[position] = rest;
    book.details[position].entry_fee = whole.entry_fee - closed.entry_fee;
    let rows = book.rows().end;
    book.swap.set(position, rows, whole.swap - closed.swap);
    book.risk_per_trade.set(position, rows, whole.risk_per_trade - closed.risk_per_trade);
    book.margin.set(position, rows, whole.margin - closed.margin);
    book.parts.set(position, rows, whole.parts + 1);
    book.is_stale = true;
    let price = exit_slipped(rules, &closed, price, PART_LEG + closed.parts);
    settle(account, log, rules, quote, &closed, price, reason, true, false, EventKind::PartiallyClosed);
}

/// The price of an exit with its slippage (C-1).
#[inline]
#[must_use]
pub fn exit_slipped(rules: &Rules, position: &Position, price: f64, leg: u32) -> f64 {
    // v1 keeps the sign of the entry, which makes its exits favourable (C-1).
    let is_buy = (position.direction == Direction::Long) == rules.variant.slips_by_direction;
    slipped(&rules.terms.grid, price, fill_offset(rules, position, leg), is_buy)
}

/// Books what a position, or the part of one, brought at the price of its exit, and writes it down (P-1, P-2).
#[inline]
pub fn settle(
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: &Position,
    price: f64,
    reason: Reason,
    is_charged: bool,
    is_at_open: bool,
    kind: EventKind,
) {
    let price = grid_price(&rules.terms.grid, price);
    let value = value_at(&rules.terms.worth, price, quote.timestamp);
    let fee = if is_charged {
        rules.costs.fee(position.size, price, value, quote.timestamp, i64::from(EXIT_LEG))
    } else {
        0.0
    };
    let (result, r_multiple) = trade_result(&rules.variant, position, price, value);
    let known_at = if is_at_open { quote.timestamp } else { quote.end };
    let net_result = net_result(position, result, fee);
    let exit = Exit { time: quote.timestamp, known_at, price, result, net_result, r_multiple, fee, reason };
    push_trade(&mut log.trades, position, &exit);
    book_exit(&mut account.portfolio, fee, result);
    emit(
        log,
        &Event {
            order_id: position.order_id,
            direction: Some(position.direction),
            order_type: Some(position.order_type),
            price,
            size: position.size,
            stop_loss: position.stop_loss,
            take_profit: position.take_profit,
            result,
            fee,
            reason: Some(reason),
            ..Event::new(next_seq(account), quote.timestamp, known_at, kind)
        },
    );
}

/// Ends a pending order without a fill (E-4, E-18).
#[inline(never)]
pub fn drop_order(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    quote: &Quote,
    position: usize,
    kind: EventKind,
    reason: Reason,
) {
    book.close(position);
    let details = &book.details[position];
    emit(
        log,
        &Event {
            order_id: details.order_id,
            direction: Some(book.direction[position]),
            order_type: Some(details.order_type),
            price: details.order_price,
            stop_loss: book.stop_loss[position],
            take_profit: book.take_profit[position],
            reason: Some(reason),
            ..Event::new(next_seq(account), quote.timestamp, quote.end, kind)
        },
    );
}

/// Closes what is open at the bar's close and cancels what is pending (E-18, Q-E18).
pub fn close_all(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote) {
    for position in book.rows() {
        if book.status[position] == Status::Closed {
            continue;
        }
        rule!("E-18");
        if book.status[position] == Status::Open {
            let price = side_close(quote, book.direction[position] == Direction::Short);
            close_position(book, account, log, rules, quote, position, price, Reason::EndOfData, true, true, false);
        } else {
            drop_order(book, account, log, quote, position, EventKind::Cancelled, Reason::EndOfData);
        }
    }
    forget_closed(book);
}

/// Takes what was closed or dropped out of the book.
#[inline]
pub fn forget_closed(book: &mut Book) {
    if !book.closed.is_empty() {
        book.forget_closed();
    }
}

#[cfg(test)]
#[path = "tests/closing.rs"]
mod tests;
