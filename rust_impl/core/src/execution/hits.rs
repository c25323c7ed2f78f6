//! Whether a bar reaches a stop, a target or a pending order's price (E-3, E-6), and what follows in v1 (E-7, E-8).

use crate::execution::columns::{Levels, Order};
use crate::execution::state::{Book, Buffers, Rules};
use crate::execution::walk::Touch;
use crate::quotes::Quote;
use crate::types::{Direction, OrderType, Status};

/// What the extremes of a bar reach of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the levels themselves")]
pub struct Hits {
    pub stop: bool,
    pub target: bool,
}

/// The buffers of a bar's whole pass (E-6, Q-E6): v1 has others while no position is open when the pass starts.
#[must_use]
pub fn bar_buffers(book: &Book, rules: &Rules) -> Buffers {
    if rules.variant.idle_pip_size.is_some() && !book.status.contains(&Status::Open) {
        return rules.idle_buffers;
    }
    rules.buffers
}

/// Whether the bar reaches a pending order's price (E-3).
#[inline]
#[must_use]
pub fn is_triggered(quote: &Quote, position: &Order) -> bool {
    match (position.order_type, position.direction) {
        (OrderType::Market, _) => true,
        (OrderType::Limit, Direction::Long) => quote.ask_low <= position.order_price,
        (OrderType::Limit, Direction::Short) => quote.bid_high >= position.order_price,
        (OrderType::Stop, Direction::Long) => quote.ask_high >= position.order_price,
        (OrderType::Stop, Direction::Short) => quote.bid_low <= position.order_price,
    }
}

/// What the bar's extremes reach (E-6): where they reach nothing, no point of it does.
#[inline(always)]
#[must_use]
pub fn find_hits(quote: &Quote, position: &Levels, buffers: &Buffers) -> Hits {
    match position.direction {
        Direction::Long => Hits {
            stop: quote.bid_low <= position.stop_reach + buffers.stop,
            target: quote.bid_high >= position.take_profit - buffers.target,
        },
        Direction::Short => Hits {
            stop: quote.ask_high >= position.stop_reach - buffers.stop,
            target: quote.ask_low <= position.take_profit + buffers.target,
        },
    }
}

/// How a bar ends a position in v1, and whether only finer data can tell (E-7, E-8, Q-E7b); `order` is what this bar
/// triggered.
#[must_use]
pub fn judge_hits(
    quote: &Quote,
    order: Option<&Order>,
    position: &Levels,
    buffers: &Buffers,
    mut hits: Hits,
) -> (Option<Touch>, bool) {
    if order.is_some_and(|order| order.order_type == OrderType::Limit) {
        rule!("E-8", hits.target != is_target_passed_at_close(quote, position));
        hits.target = is_target_passed_at_close(quote, position);
    }
    let touch = Touch { is_target: !hits.stop, is_at_open: false };
    let is_ambiguous = hits.stop && hits.target && !is_open_outside(quote, position, buffers);
    ((hits.stop || hits.target).then_some(touch), is_ambiguous)
}

/// E-8: a limit entry may have touched the target before it was filled; only the close is certainly after.
fn is_target_passed_at_close(quote: &Quote, position: &Levels) -> bool {
    match position.direction {
        Direction::Long => quote.bid_close > position.take_profit,
        Direction::Short => quote.ask_close < position.take_profit,
    }
}

/// Whether the open had reached stop or target: E-6 with it in place of high and low.
fn is_open_outside(quote: &Quote, position: &Levels, buffers: &Buffers) -> bool {
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
