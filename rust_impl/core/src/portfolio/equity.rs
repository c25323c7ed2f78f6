//! Equity at the end of a bar: the profit of what is open (P-3).

use crate::execution::columns::Stake;
use crate::execution::state::{Book, Rules};
use crate::portfolio::money::price_move;
use crate::quotes::Quote;
use crate::types::{Direction, Status};
use crate::worth::value_at;

/// Profit of open positions marked at the closes, in order_id order (P-3, Q-P3).
#[must_use]
pub fn open_profit(book: &Book, rules: &Rules, quote: &Quote) -> f64 {
    let mut total = 0.0;
    let columns = book.status.iter().zip(&book.direction).zip(&book.entry_price).zip(&book.size);
    for (((&status, &direction), &entry_price), &size) in columns {
        if status != Status::Open {
            continue;
        }
        rule!("P-3");
        let position = Stake { direction, entry_price, size };
        total += position_profit(rules, &position, quote.bid_close, quote.ask_close, quote.timestamp);
    }
    total
}

/// Profit of an open position marked at its exit side, in the bar of a time, µs (Q-P3).
#[inline]
#[must_use]
pub fn position_profit(rules: &Rules, position: &Stake, bid: f64, ask: f64, time: i64) -> f64 {
    let price = if position.direction == Direction::Long { bid } else { ask };
    let moved = price_move(position.direction, position.entry_price, price);
    (moved * position.size) * value_at(&rules.terms.worth, price, time)
}

#[cfg(test)]
#[path = "tests/equity.rs"]
mod tests;
