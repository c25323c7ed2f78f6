//! Where an order fills (E, fill primitives; Q-E3) and how slippage moves it (Q-C1).

use crate::types::{Direction, Variant};

/// Whether an entry (or else an exit) in this direction buys.
#[must_use]
pub fn is_buy(direction: Direction, is_entry: bool) -> bool {
    (direction == Direction::Long) == is_entry
}

/// The worse of level and the filling side's open; v1: the level.
#[must_use]
pub fn fill_stop(variant: Variant, level: f64, side_open: f64, is_buy: bool) -> f64 {
    let is_open_worse = if is_buy { side_open > level } else { side_open < level };
    if variant == Variant::Canonical && is_open_worse { side_open } else { level }
}

/// The better of level and the filling side's open; v1: the level.
#[must_use]
pub fn fill_limit(variant: Variant, level: f64, side_open: f64, is_buy: bool) -> f64 {
    let is_open_better = if is_buy { side_open < level } else { side_open > level };
    if variant == Variant::Canonical && is_open_better { side_open } else { level }
}

/// Price after slippage: adverse, or by the position's direction in v1.
#[must_use]
pub fn apply_slippage(variant: Variant, price: f64, offset: f64, direction: Direction, is_entry: bool) -> f64 {
    let is_added = match variant {
        Variant::Canonical => is_buy(direction, is_entry),
        Variant::V1 => direction == Direction::Long,
    };
    if is_added { price + offset } else { price - offset }
}
