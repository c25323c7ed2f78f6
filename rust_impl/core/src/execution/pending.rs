//! Pending orders: expiry, else trigger and the exits of the trigger bar (E-3, E-4).

use crate::costs::slippage::ENTRY_LEG;
use crate::execution::closing::drop_order;
use crate::execution::columns::Position;
use crate::execution::exits::{close_hit, exit_if_hit};
use crate::execution::fills::{fill_limit, fill_offset, fill_stop, slipped};
use crate::execution::hits::is_triggered;
use crate::execution::opening::{open_position, size_order};
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::execution::walk::walk_bar;
use crate::grid::grid_price;
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, EventKind, OrderType, Reason, UNSET_TIME};

/// Expires a pending order, or opens it if the bar reaches its price, and judges its exits from there on.
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
    let (order, expires_at) = (book.order(position), book.expires_at.get(position));
    if order.order_type == OrderType::Market {
        rule!("E-3");
        let fill = entry_fill(rules, quote, &book.position(position), true);
        open_position(book, account, log, rules, quote, position, fill, true);
        exit_if_hit(book, account, log, rules, quote, position, buffers, false);
        return;
    }
    if expires_at != UNSET_TIME && expires_at <= quote.timestamp {
        rule!("E-4");
        let reason = expiry_reason(rules, &book.position(position));
        drop_order(book, account, log, quote, position, EventKind::Expired, reason);
        return;
    }
    if !is_triggered(quote, &order) {
        return;
    }
    rule!("E-3");
    if rules.variant.walks_bars {
        enter_by_walk(book, account, log, rules, quote, position);
        return;
    }
    let mut order = book.position(position);
    let entry = order.order_price;
    size_order(book, account, rules, &mut order, entry).expect("where sizes come this late none is refused (S-4)");
    book.details[position].lots = order.lots;
    book.risk_per_trade.set(position, book.rows().end, order.risk_per_trade);
    open_position(book, account, log, rules, quote, position, entry_fill(rules, quote, &order, false), false);
    exit_if_hit(book, account, log, rules, quote, position, buffers, rules.variant.asks_close_for_targets);
}

/// Why an order expired: what it is (E-4).
#[inline]
#[must_use]
pub fn expiry_reason(rules: &Rules, order: &Position) -> Reason {
    let is_named = rules.variant.names_expired_stops && order.order_type == OrderType::Stop;
    if is_named { Reason::Expired } else { Reason::LimitExpired }
}

/// Opens a triggered order where the walk of its bar enters it, and closes it where the walk leaves it (E-7).
pub fn enter_by_walk(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
) {
    let order = book.position(position);
    let is_stop = order.order_type == OrderType::Stop;
    let intrabar = if is_stop { rules.intrabar_stop_entry } else { rules.intrabar_limit_entry };
    let walked = walk_bar(account, rules, quote, &order, intrabar);
    let is_at_open = walked.is_entry_at_open;
    let fill = entry_fill(rules, quote, &order, is_at_open);
    open_position(book, account, log, rules, quote, position, fill, is_at_open);
    if walked.has_stop || walked.has_target {
        close_hit(book, account, log, rules, quote, position, walked.has_target, walked.is_exit_at_open);
    }
}

/// Where a triggered order fills: at the open or at its level, with slippage (Q-E3, C-1).
#[must_use]
pub fn entry_fill(rules: &Rules, quote: &Quote, order: &Position, is_at_open: bool) -> f64 {
    let is_buy = order.direction == Direction::Long;
    let (level, open, grid) = (order.order_price, side_open(quote, is_buy), &rules.terms.grid);
    let fill = match order.order_type {
        OrderType::Limit if is_at_open => fill_limit(level, open, is_buy),
        OrderType::Stop if is_at_open => fill_stop(level, open, is_buy),
        OrderType::Market => open,
        OrderType::Limit | OrderType::Stop => level,
    };
    if order.order_type == OrderType::Limit || !rules.variant.slips_stop_entries {
        return grid_price(grid, fill);
    }
    slipped(grid, fill, fill_offset(rules, order, ENTRY_LEG), is_buy)
}

#[cfg(test)]
#[path = "tests/pending.rs"]
mod tests;
