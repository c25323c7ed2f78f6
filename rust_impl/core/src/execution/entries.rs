//! What a signal does in its bar: market orders, placing limit and stop orders, or waiting for its end (E-1, E-2).

use crate::costs::slippage::ENTRY_LEG;
use crate::execution::columns::Position;
use crate::execution::fills::{fill_offset, slipped};
use crate::execution::hits::stop_reach;
use crate::execution::instructions::hand_over_instruction;
use crate::execution::opening::{accept, open_position, reject, size_order};
use crate::execution::ordinals::next_ordinal;
use crate::execution::refusals::{level_refusal, signal_refusal};
use crate::execution::state::{Account, Book, Log, Rules};
use crate::grid::grid_price;
use crate::quotes::{Quote, side_close};
use crate::types::{Direction, OrderType, Reason, Signal, SignalType, is_unset};
use crate::worth::value_at;

/// Accepts, puts off or rejects a signal handed over at one bar (E-1, E-2, E-15, L-1a).
pub fn process_signal(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    signal: &Signal,
) {
    let ordinal = next_ordinal(account, signal);
    rule!("L-1a", signal.timestamp < quote.timestamp);
    let entry = signal_on_grid(rules, signal);
    let mut outcome = signal_refusal(book, account, rules, &entry, entry_time(rules, quote, signal));
    if outcome.is_ok() && signal.signal_type != SignalType::Entry {
        hand_over_instruction(book, account, signal, &entry);
    } else if outcome.is_ok() && signal.order_type == Some(OrderType::Market) {
        outcome = enter_at_market(book, account, log, rules, quote, &entry, ordinal, signal.price);
    } else if outcome.is_ok() {
        outcome = place_order(book, account, log, rules, quote, &entry, ordinal, signal.price);
    }
    if let Err(reason) = outcome {
        reject(account, log, quote, signal, reason);
    }
}

/// The signal with its prices on the symbol's grid (N-8).
#[inline]
#[must_use]
pub fn signal_on_grid(rules: &Rules, signal: &Signal) -> Signal {
    let grid = &rules.terms.grid;
    Signal {
        price: grid_price(grid, signal.price),
        stop_loss: grid_price(grid, signal.stop_loss),
        take_profit: grid_price(grid, signal.take_profit),
        ..*signal
    }
}

/// Entry time of the signal's order, µs (L-1a).
#[inline]
#[must_use]
pub fn entry_time(rules: &Rules, quote: &Quote, signal: &Signal) -> i64 {
    if rules.variant.enters_at_signal_time { signal.timestamp } else { quote.timestamp }
}

/// Accepts a market order and opens it, now or at the next open (E-1, Q-E1); all checks come before the first change.
///
/// # Errors
/// The first reason against it.
pub fn enter_at_market(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    signal: &Signal,
    ordinal: u32,
    signal_price: f64,
) -> Result<(), Reason> {
    let is_buy = signal.direction == Some(Direction::Long);
    let grid = &rules.terms.grid;
    let price = market_price(rules, quote, signal, is_buy);
    let mut order = new_order(rules, quote, signal, ordinal, price, signal_price);
    let mut fill = price;
    if !rules.fills_at_next_open {
        fill = slipped(grid, price, fill_offset(rules, &order, ENTRY_LEG), is_buy);
    }
    let left_at = if rules.variant.checks_sides { grid_price(grid, side_close(quote, !is_buy)) } else { fill };
    level_refusal(rules, order.direction, fill, left_at, order.stop_loss, order.take_profit)?;
    let sized_at = if rules.variant.sizes_at_acceptance { price } else { fill };
    size_order(book, account, rules, &mut order, sized_at)?;
    let position = accept(book, account, log, rules, quote, &order);
    if !rules.fills_at_next_open {
        open_position(book, account, log, rules, quote, position, fill, false);
    }
    Ok(())
}

/// By what a market order is sized and judged (E-1).
#[inline]
#[must_use]
pub fn market_price(rules: &Rules, quote: &Quote, signal: &Signal, is_buy: bool) -> f64 {
    if rules.variant.enters_at_signal_price {
        return signal.price;
    }
    rule!("Q-E1", !is_unset(signal.price) && signal.price != side_close(quote, is_buy));
    grid_price(&rules.terms.grid, side_close(quote, is_buy))
}

/// Accepts a limit or stop order as pending (E-2, Q-E2).
///
/// # Errors
/// The first reason against it.
pub fn place_order(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    signal: &Signal,
    ordinal: u32,
    signal_price: f64,
) -> Result<(), Reason> {
    let price = signal.price;
    let mut order = new_order(rules, quote, signal, ordinal, price, signal_price);
    if rules.variant.checks_pending {
        level_refusal(rules, order.direction, price, price, order.stop_loss, order.take_profit)?;
    }
    if rules.variant.sizes_at_acceptance {
        size_order(book, account, rules, &mut order, price)?;
    }
    rule!("E-2");
    accept(book, account, log, rules, quote, &order);
    Ok(())
}

/// The signal's order at `price`, pending and without an id.
///
/// # Panics
/// For a signal without direction or order type, which is refused before.
#[inline]
#[must_use]
pub fn new_order(
    rules: &Rules,
    quote: &Quote,
    signal: &Signal,
    ordinal: u32,
    price: f64,
    signal_price: f64,
) -> Position {
    let direction = signal.direction.expect("refused without a direction");
    Position {
        magic_number: signal.magic_number,
        direction,
        order_type: signal.order_type.expect("refused without an order type"),
        entry_time: entry_time(rules, quote, signal),
        entry_price: price,
        order_price: price,
        signal_price,
        initial_stop_loss: signal.stop_loss,
        initial_take_profit: signal.take_profit,
        stop_loss: signal.stop_loss,
        stop_reach: stop_reach(rules, direction, signal.stop_loss),
        take_profit: signal.take_profit,
        expires_at: signal.expires_at,
        max_holding: signal.max_holding,
        trailing_distance: signal.trailing_distance,
        trailing_step: signal.trailing_step,
        break_even_at_r: signal.break_even_at_r,
        break_even_offset: signal.break_even_offset,
        requested_size: signal.size,
        signal_timestamp: signal.timestamp,
        ordinal,
        signal_row: signal.row,
        value_at_entry: value_at(&rules.terms.worth, price, quote.timestamp),
        ..Position::NEW
    }
}

#[cfg(test)]
#[path = "tests/entries.rs"]
mod tests;
