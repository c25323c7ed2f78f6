//! What a bar says of its inside (E-7, Q-E7): a walk over four points, judged at the first that touches something.

use crate::execution::columns::{Levels, Order};
use crate::execution::state::Rules;
use crate::grid::{Grid, grid_distance};
use crate::quotes::Quote;
use crate::types::{Direction, Intrabar, OrderType};

/// Both sides' prices at one moment of a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the sides themselves")]
pub struct Point {
    pub bid: f64,
    pub ask: f64,
}

/// How a bar ends a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// At its target and not at its stop.
    pub is_target: bool,
    /// Where the bar opened.
    pub is_at_open: bool,
}

/// Whether the bar's path reaches its low before its high: the extreme nearer to the open comes first (Q-E7).
#[must_use]
pub fn low_first(grid: &Grid, quote: &Quote) -> bool {
    let to_low = grid_distance(grid, quote.bid_open - quote.bid_low);
    let to_high = grid_distance(grid, quote.bid_high - quote.bid_open);
    rule!("E-7t", to_low == to_high);
    to_low < to_high || (to_low == to_high && quote.bid_close >= quote.bid_open)
}

/// Where a bar opens.
#[inline]
#[must_use]
pub fn open_point(quote: &Quote) -> Point {
    Point { bid: quote.bid_open, ask: quote.ask_open }
}

/// The bar's points, one after the other (Q-E7).
#[inline]
#[must_use]
pub fn points(quote: &Quote, is_low_first: bool) -> [Point; 4] {
    let low = Point { bid: quote.bid_low, ask: quote.ask_low };
    let high = Point { bid: quote.bid_high, ask: quote.ask_high };
    let close = Point { bid: quote.bid_close, ask: quote.ask_close };
    if is_low_first { [open_point(quote), low, high, close] } else { [open_point(quote), high, low, close] }
}

/// Whether an order triggers at a point (E-3, Q-E7).
#[inline]
#[must_use]
pub fn is_entered(point: &Point, order: &Order) -> bool {
    match (order.order_type, order.direction) {
        (OrderType::Market, _) => true,
        (OrderType::Limit, Direction::Long) => point.ask <= order.order_price,
        (OrderType::Limit, Direction::Short) => point.bid >= order.order_price,
        (OrderType::Stop, Direction::Long) => point.ask >= order.order_price,
        (OrderType::Stop, Direction::Short) => point.bid <= order.order_price,
    }
}

/// Whether a point touches stop and target (E-6, Q-E7).
#[inline]
#[must_use]
pub fn touched(point: &Point, levels: &Levels) -> (bool, bool) {
    match levels.direction {
        Direction::Long => (point.bid <= levels.stop_reach, point.bid >= levels.take_profit),
        Direction::Short => (point.ask >= levels.stop_reach, point.ask <= levels.take_profit),
    }
}

/// The first point's touch of stop or target, the stop's if both are (E-7); what is pending has to be entered first.
#[must_use]
pub fn walk(points: &[Point; 4], order: Option<&Order>, levels: &Levels) -> Option<Touch> {
    let mut is_open = order.is_none();
    for (index, point) in points.iter().enumerate() {
        is_open = is_open || order.is_some_and(|order| is_entered(point, order));
        let (stop, target) = touched(point, levels);
        if is_open && (stop || target) {
            return Some(Touch { is_target: !stop, is_at_open: index == 0 });
        }
    }
    None
}

/// How a bar ends a position that is open, or that its `order` opens, and whether only finer data can tell (E-7).
#[must_use]
pub fn walk_bar(rules: &Rules, quote: &Quote, order: Option<&Order>, levels: &Levels) -> (Option<Touch>, bool) {
    let is_low_first = low_first(&rules.terms.grid, quote);
    let path = walk(&points(quote, is_low_first), order, levels);
    let other = walk(&points(quote, !is_low_first), order, levels);
    let intrabar = match order.map(|order| order.order_type) {
        Some(OrderType::Stop) => rules.intrabar_stop_entry,
        Some(OrderType::Limit) => rules.intrabar_limit_entry,
        Some(OrderType::Market) | None => rules.intrabar_open_position,
    };
    let is_other = intrabar == Intrabar::Adverse && harm(other) > harm(path);
    rule!("E-7", is_other);
    (if is_other { other } else { path }, path != other)
}

/// How bad an end is: a stop is worse than none, and none than a target.
fn harm(touch: Option<Touch>) -> u8 {
    touch.map_or(1, |touch| if touch.is_target { 0 } else { 2 })
}

#[cfg(test)]
#[path = "tests/walk.rs"]
mod tests;
