//! Whether a bar reaches a stop, a target or a pending order's price (E-3, E-6, E-7, E-8).

use crate::types::{Bar, Direction, OrderType, Variant};

/// Pip size of v1's buffer while no position is open, whatever the symbol's (E-6).
pub const V1_IDLE_PIP_SIZE: f64 = 0.0001;

/// What one position's exits depend on.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Side of the position.
    pub direction: Direction,
    /// Price of the stop.
    pub stop_loss: f64,
    /// Price of the target; NaN, which nothing reaches, when there is none.
    pub take_profit: f64,
}

/// Whether stop and target count as hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// The stop is reached, buffer included.
    pub stop: bool,
    /// The target is reached.
    pub target: bool,
}

/// Whether the bar reaches a pending order's price (E-3).
#[inline]
#[must_use]
pub fn is_triggered(order_type: OrderType, direction: Direction, price: f64, bar: &Bar) -> bool {
    match (order_type, direction) {
        (OrderType::Limit, Direction::Long) => bar.ask_low <= price,
        (OrderType::Limit, Direction::Short) => bar.bid_high >= price,
        (_, Direction::Long) => bar.ask_high >= price,
        (_, Direction::Short) => bar.bid_low <= price,
    }
}

/// What the bar hits (E-6).
#[inline]
#[must_use]
pub fn find_hits(variant: Variant, levels: &Levels, bar: &Bar, buffer: f64) -> Hits {
    let (adverse, favourable) = match levels.direction {
        Direction::Long => (bar.bid_low, bar.bid_high),
        Direction::Short => (bar.ask_high, bar.ask_low),
    };
    let hits = hits_at(variant, levels, adverse, favourable, buffer);
    rule!("Q-E6", hits.stop && !hits_at(variant, levels, adverse, favourable, 0.0).stop);
    hits
}

/// E-6 with the open in place of high and low (E-7).
#[must_use]
pub fn open_hits(variant: Variant, levels: &Levels, bar: &Bar, buffer: f64) -> Hits {
    let open = exit_side_open(levels.direction, bar);
    hits_at(variant, levels, open, open, buffer)
}

/// E-8: a limit entry may have touched the target before it was filled; only the close is certainly after.
#[must_use]
pub fn is_target_passed_at_close(levels: &Levels, bar: &Bar) -> bool {
    match levels.direction {
        Direction::Long => bar.bid_close > levels.take_profit,
        Direction::Short => bar.ask_close < levels.take_profit,
    }
}

/// Open of the side on which a position of this direction leaves.
#[inline]
#[must_use]
pub fn exit_side_open(direction: Direction, bar: &Bar) -> f64 {
    match direction {
        Direction::Long => bar.bid_open,
        Direction::Short => bar.ask_open,
    }
}

/// The buffer of one bar's pass (E-6, Q-E6), in price.
#[must_use]
pub fn bar_buffer(pip_buffer_factor: f64, pip_size: f64) -> f64 {
    pip_buffer_factor * pip_size
}

/// Whether the bar reaches the target, or else the stop, to the last bit and no further, so that a `<` for E-6's `≤`
/// would not close there; only the rule counters ask.
#[must_use]
pub fn is_touch(variant: Variant, levels: &Levels, bar: &Bar, buffer: f64, is_target: bool) -> bool {
    let &Levels { direction, stop_loss, take_profit } = levels;
    match (direction, is_target) {
        (Direction::Long, false) => bar.bid_low == stop_loss + buffer,
        (Direction::Long, true) => bar.bid_high == take_profit - target_buffer(variant, buffer),
        (Direction::Short, false) => bar.ask_high == stop_loss - buffer,
        (Direction::Short, true) => bar.ask_low == take_profit + target_buffer(variant, buffer),
    }
}

/// The buffer of targets: v1 brings them nearer too.
#[inline]
fn target_buffer(variant: Variant, buffer: f64) -> f64 {
    match variant {
        Variant::Canonical => 0.0,
        Variant::V1 => buffer,
    }
}

/// E-6 with these prices: the one that can hit the stop and the one that can hit the target.
#[inline]
fn hits_at(variant: Variant, levels: &Levels, adverse: f64, favourable: f64, buffer: f64) -> Hits {
    let target_buffer = target_buffer(variant, buffer);
    let &Levels { direction, stop_loss, take_profit } = levels;
    match direction {
        Direction::Long => {
            Hits { stop: adverse <= stop_loss + buffer, target: favourable >= take_profit - target_buffer }
        }
        Direction::Short => {
            Hits { stop: adverse >= stop_loss - buffer, target: favourable <= take_profit + target_buffer }
        }
    }
}
