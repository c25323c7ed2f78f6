//! What a bar says of its inside: four points, at which entry and exits are judged (E-7, Q-E7).

use crate::execution::columns::Position;
use crate::execution::state::{Account, Rules};
use crate::grid::{Grid, grid_distance};
use crate::quotes::Quote;
use crate::types::{Direction, Intrabar, OrderType, Status};

/// Bid and ask at one moment of a bar.
pub type Point = (f64, f64);

/// What one order of a bar's points does to an order or a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Whether it had its entry at the bar's open, or was open before.
    pub is_entry_at_open: bool,
    /// Whether it closes at the bar's open.
    pub is_exit_at_open: bool,
    /// It closes by its stop.
    pub has_stop: bool,
    /// It closes by its target.
    pub has_target: bool,
}

/// Walks the bar in the order that is asked for, and counts it where the other one ends otherwise (Q-E7).
pub fn walk_bar(account: &mut Account, rules: &Rules, quote: &Quote, position: &Position, order: Intrabar) -> Walk {
    let is_low_first = low_first(&rules.terms.grid, quote);
    let path = walk(&bar_points(quote, is_low_first), position);
    let other = walk(&bar_points(quote, !is_low_first), position);
    if path == other {
        return path;
    }
    rule!("E-7");
    rule!("Q-E7", order == Intrabar::Adverse);
    account.ambiguous_bars += 1;
    if order == Intrabar::Adverse { worse(path, other) } else { path }
}

/// Whether the low came before the high: the nearer of both to the open, by the close where they are as near (Q-E7).
#[must_use]
pub fn low_first(grid: &Grid, quote: &Quote) -> bool {
    let down = grid_distance(grid, quote.bid_open - quote.bid_low);
    let up = grid_distance(grid, quote.bid_high - quote.bid_open);
    if down == up {
        rule!("Q-E7");
        return quote.bid_close >= quote.bid_open;
    }
    down < up
}

/// Open, both extremes and close, each with both sides' prices (Q-E7).
#[inline]
#[must_use]
pub fn bar_points(quote: &Quote, is_low_first: bool) -> [Point; 4] {
    let (low, high) = ((quote.bid_low, quote.ask_low), (quote.bid_high, quote.ask_high));
    let (first, second) = if is_low_first { (low, high) } else { (high, low) };
    [(quote.bid_open, quote.ask_open), first, second, (quote.bid_close, quote.ask_close)]
}

/// Walks from point to point: the entry where it is pending, from there on the first of stop and target (Q-E7).
#[must_use]
pub fn walk(points: &[Point; 4], position: &Position) -> Walk {
    let mut is_pending = position.status == Status::Pending;
    let mut is_entry_at_open = true;
    for (place, &(bid, ask)) in points.iter().enumerate() {
        if is_pending {
            if !is_entered(position, bid, ask) {
                continue;
            }
            (is_pending, is_entry_at_open) = (false, place == 0);
        }
        let (stop, target) = (is_stopped(position, bid, ask), is_taken(position, bid, ask));
        if stop || target {
            let is_exit_at_open = place == 0;
            return Walk { is_entry_at_open, is_exit_at_open, has_stop: stop, has_target: target && !stop };
        }
    }
    Walk { is_entry_at_open, is_exit_at_open: false, has_stop: false, has_target: false }
}

/// Whether a pending limit or stop order triggers at a point (Q-E7).
#[inline]
#[must_use]
pub fn is_entered(order: &Position, bid: f64, ask: f64) -> bool {
    let price = order.order_price;
    match (order.order_type, order.direction) {
        (OrderType::Limit, Direction::Long) => ask <= price,
        (OrderType::Limit, Direction::Short) => bid >= price,
        (_, Direction::Long) => ask >= price,
        (_, Direction::Short) => bid <= price,
    }
}

/// Whether a point touches the stop, its buffer included (Q-E7).
#[inline]
#[must_use]
pub fn is_stopped(position: &Position, bid: f64, ask: f64) -> bool {
    match position.direction {
        Direction::Long => bid <= position.stop_reach,
        Direction::Short => ask >= position.stop_reach,
    }
}

/// Whether a point touches the target (Q-E7).
#[inline]
#[must_use]
pub fn is_taken(position: &Position, bid: f64, ask: f64) -> bool {
    match position.direction {
        Direction::Long => bid >= position.take_profit,
        Direction::Short => ask <= position.take_profit,
    }
}

/// The walk that is worse for the position: with its stop, else without its target (Q-E7).
#[must_use]
pub const fn worse(path: Walk, other: Walk) -> Walk {
    if path.has_stop || other.has_stop {
        return if path.has_stop { path } else { other };
    }
    if path.has_target { other } else { path }
}

#[cfg(test)]
#[path = "tests/walk.rs"]
mod tests;
