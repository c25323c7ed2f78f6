//! Pending orders: expiry, else trigger and the exits of the trigger bar (E-3, E-4).

use crate::costs::slippage::ENTRY_LEG;
use crate::execution::closing::drop_order;
use crate::execution::columns::{Order, Position};
use crate::execution::exits::exit_if_hit;
use crate::execution::fills::{fill_limit, fill_offset, fill_stop, slipped};
use crate::execution::hits::is_triggered;
use crate::execution::opening::{open_position, set_lots, size_entry};
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::execution::walk::{is_entered, open_point};
use crate::grid::grid_price;
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, EventKind, OrderType, Reason, UNSET_TIME};

/// Expires a pending order, or opens it if the bar reaches its price.
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
    let order = book.order(position);
    let expires_at = book.details[position].expires_at;
    if order.order_type != OrderType::Market && expires_at != UNSET_TIME && expires_at <= quote.timestamp {
        rule!("E-4");
        drop_order(book, account, log, quote, position, EventKind::Expired, expiry_reason(rules, &order));
        return;
    }
    if !is_triggered(quote, &order) {
        return;
    }
    rule!("E-3");
    trigger(book, account, log, rules, quote, position);
    exit_if_hit(book, account, log, rules, quote, position, buffers, true);
}

/// Why an order that expires is no longer there (E-4).
#[inline]
#[must_use]
pub fn expiry_reason(rules: &Rules, order: &Order) -> Reason {
    let is_named = rules.variant.names_expired_stops && order.order_type == OrderType::Stop;
    if is_named { Reason::Expired } else { Reason::LimitExpired }
}

/// Opens a pending order at its fill (E-3, Q-E3); v1 sizes it first.
pub fn trigger(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
) {
    let mut order = book.position(position);
    if !rules.variant.sizes_at_acceptance {
        let (risk, raw) = size_entry(account, rules, order.requested_size, order.order_price, order.stop_loss);
        set_lots(account, rules, &mut order, risk, raw);
        book.keep_lots(position, &order);
    }
    let fill = trigger_fill(rules, quote, &order);
    let is_at_open = rules.variant.walks_bars && is_entered(&open_point(quote), &book.order(position));
    open_position(book, account, log, rules, quote, position, fill, is_at_open);
}

/// Where a triggered order fills (Q-E3, C-1).
#[must_use]
pub fn trigger_fill(rules: &Rules, quote: &Quote, position: &Position) -> f64 {
    let (level, grid) = (position.order_price, &rules.terms.grid);
    let is_buy = position.direction == Direction::Long;
    let open = side_open(quote, is_buy);
    let fill = match position.order_type {
        OrderType::Limit => return grid_price(grid, fill_limit(rules, level, open, is_buy)),
        OrderType::Stop => fill_stop(rules, level, open, is_buy),
        OrderType::Market => open,
    };
    if !rules.variant.slips_stop_entries {
        return fill;
    }
    slipped(grid, fill, fill_offset(rules, position, ENTRY_LEG), is_buy)
}

#[cfg(test)]
#[path = "tests/pending.rs"]
mod tests;
