//! Whether a bar reaches a stop, a target or a pending order's price (E-3, E-6, E-8).

use crate::execution::columns::{Levels, Order};
use crate::execution::state::{Book, Buffers, Rules};
use crate::grid::grid_distance;
use crate::quotes::Quote;
use crate::types::{Direction, OrderType, Status};

/// What one bar does to one position; at least one of both is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// The stop is reached, buffer included.
    pub stop: bool,
    /// The target is reached.
    pub target: bool,
    /// Both are hit and the open had reached neither (Q-E7b).
    pub is_ambiguous: bool,
}

/// The buffers of a bar's whole pass (E-6, Q-E6): v1 has others while no position is open when the pass starts.
#[must_use]
pub fn bar_buffers(book: &Book, rules: &Rules) -> Buffers {
    if rules.variant.idle_pip_size.is_some() && !book.status.contains(&Status::Open) {
        return rules.idle_buffers;
    }
    rules.buffers
}

/// From where on a stop counts as reached, by the buffer that it has of its own (E-6, Q-E6).
#[inline]
#[must_use]
pub fn stop_reach(rules: &Rules, direction: Direction, stop_loss: f64) -> f64 {
    let reach = match direction {
        Direction::Long => stop_loss + rules.stop_buffer,
        Direction::Short => stop_loss - rules.stop_buffer,
    };
    grid_distance(&rules.terms.grid, reach)
}

/// Whether the bar reaches a pending order's price (E-3).
#[inline]
#[must_use]
pub fn is_triggered(quote: &Quote, position: &Order) -> bool {
    match (position.order_type, position.direction) {
        (OrderType::Limit, Direction::Long) => quote.ask_low <= position.order_price,
        (OrderType::Limit, Direction::Short) => quote.bid_high >= position.order_price,
        (_, Direction::Long) => quote.ask_high >= position.order_price,
        (_, Direction::Short) => quote.bid_low <= position.order_price,
    }
}

/// What the bar hits (E-6), none if nothing; in the bar that triggered a limit order a target needs E-8 (v1).
#[inline]
#[must_use]
pub fn find_hits(quote: &Quote, position: &Levels, buffers: &Buffers, is_trigger_bar: bool) -> Option<Hits> {
    let stop;
    let mut target;
    match position.direction {
        Direction::Long => {
            stop = quote.bid_low <= position.stop_reach + buffers.stop;
            target = quote.bid_high >= position.take_profit - buffers.target;
        }
        Direction::Short => {
            stop = quote.ask_high >= position.stop_reach - buffers.stop;
            target = quote.ask_low <= position.take_profit + buffers.target;
        }
    }
    if is_trigger_bar && position.order_type == OrderType::Limit {
        rule!("E-8", target != is_target_passed_at_close(quote, position));
        target = is_target_passed_at_close(quote, position);
    }
    if !stop && !target {
        return None;
    }
    Some(Hits { stop, target, is_ambiguous: stop && target && !open_hits(quote, position, buffers) })
}

/// E-8: a limit entry may have touched the target before it was filled; only the close is certainly after.
fn is_target_passed_at_close(quote: &Quote, position: &Levels) -> bool {
    match position.direction {
        Direction::Long => quote.bid_close > position.take_profit,
        Direction::Short => quote.ask_close < position.take_profit,
    }
}

/// Whether E-6 holds with the open in place of high and low.
fn open_hits(quote: &Quote, position: &Levels, buffers: &Buffers) -> bool {
    match position.direction {
        Direction::Long => {
            let price = quote.bid_open;
            price <= position.stop_reach + buffers.stop || price >= position.take_profit - buffers.target
        }
        Direction::Short => {
            let price = quote.ask_open;
            price >= position.stop_reach - buffers.stop || price <= position.take_profit + buffers.target
        }
    }
}
