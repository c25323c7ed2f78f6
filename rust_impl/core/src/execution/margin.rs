//! What orders take of an account's equity as long as they are pending or open (E-21, Q-E21).

use crate::execution::columns::Position;
use crate::execution::state::{Account, Book, Rules};
use crate::types::Status;

/// The margin of an order by the lots and the value of its acceptance; 0.0 in a run without margin.
#[inline]
#[must_use]
pub fn order_margin(rules: &Rules, order: &Position) -> f64 {
    let Some(leverage) = rules.margin_leverage else { return 0.0 };
    ((order.lots * order.order_price) * order.value_at_entry) / leverage
}

/// Whether an order's margin is beyond what the last equity leaves free.
#[inline]
#[must_use]
pub fn lacks_margin(book: &Book, account: &Account, rules: &Rules, order: &Position) -> bool {
    if rules.margin_leverage.is_none() {
        return false;
    }
    let mut taken = account.margin_elsewhere;
    for position in book.rows() {
        taken += book.margin.get(position);
    }
    rule!("E-21");
    let free = account.portfolio.equity - taken;
    order.margin > free
}

/// The margin of the open positions; 0.0 in a run without margin.
#[inline]
#[must_use]
pub fn margin_in_use(book: &Book, rules: &Rules) -> f64 {
    if rules.margin_leverage.is_none() {
        return 0.0;
    }
    let mut used = 0.0;
    for position in book.rows() {
        if book.status[position] == Status::Open {
            used += book.margin.get(position);
        }
    }
    used
}

#[cfg(test)]
#[path = "tests/margin.rs"]
mod tests;
