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
    let is_gap = variant == Variant::Canonical && is_open_worse;
    rule!("Q-E3", is_gap);
    if is_gap { side_open } else { level }
}

/// The better of level and the filling side's open; v1: the level.
#[must_use]
pub fn fill_limit(variant: Variant, level: f64, side_open: f64, is_buy: bool) -> f64 {
    let is_open_better = if is_buy { side_open < level } else { side_open > level };
    let is_gap = variant == Variant::Canonical && is_open_better;
    rule!("Q-E3", is_gap);
    if is_gap { side_open } else { level }
}

/// Price after slippage: adverse, or by the position's direction in v1.
#[must_use]
pub fn slipped(variant: Variant, price: f64, offset: f64, direction: Direction, is_entry: bool) -> f64 {
    let is_added = match variant {
        Variant::Canonical => is_buy(direction, is_entry),
        Variant::V1 => direction == Direction::Long,
    };
    rule!("C-1", offset != 0.0);
    if is_added { price + offset } else { price - offset }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Variant::{Canonical, V1};

    #[test]
    fn a_stop_fills_at_the_worse_of_level_and_open() {
        // Q-E3: buys pay the higher, sells get the lower; v1 ignores the open.
        assert_eq!(fill_stop(Canonical, 1.1, 1.2, true), 1.2);
        assert_eq!(fill_stop(Canonical, 1.1, 1.0, true), 1.1);
        assert_eq!(fill_stop(Canonical, 1.1, 1.0, false), 1.0);
        assert_eq!(fill_stop(Canonical, 1.1, 1.2, false), 1.1);
        assert_eq!(fill_stop(V1, 1.1, 1.2, true), 1.1);
        assert_eq!(fill_stop(V1, 1.1, 1.0, false), 1.1);
    }

    #[test]
    fn a_limit_fills_at_the_better_of_level_and_open() {
        assert_eq!(fill_limit(Canonical, 1.1, 1.0, true), 1.0);
        assert_eq!(fill_limit(Canonical, 1.1, 1.2, true), 1.1);
        assert_eq!(fill_limit(Canonical, 1.1, 1.2, false), 1.2);
        assert_eq!(fill_limit(Canonical, 1.1, 1.0, false), 1.1);
        assert_eq!(fill_limit(V1, 1.1, 1.0, true), 1.1);
    }

    #[test]
    fn slippage_is_adverse_but_for_v1_exits() {
        // Q-C1.
        let slip = |variant, direction, is_entry| slipped(variant, 1.0, 0.25, direction, is_entry);
        assert_eq!(slip(Canonical, Direction::Long, true), 1.25);
        assert_eq!(slip(Canonical, Direction::Long, false), 0.75);
        assert_eq!(slip(Canonical, Direction::Short, true), 0.75);
        assert_eq!(slip(Canonical, Direction::Short, false), 1.25);
        assert_eq!(slip(V1, Direction::Long, false), 1.25);
        assert_eq!(slip(V1, Direction::Short, false), 0.75);
    }
}
