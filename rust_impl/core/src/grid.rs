//! The grid of a symbol's prices (N-8): there a comparison is decided by the prices, not by rounding errors.

use crate::numbers::{MAX_DIGITS, floor, power_of_ten, quantize};

/// A slippage nearer than this to a whole number of points is that number (Q-C1).
const POINT_DIGITS: u32 = 6;

/// How finely a symbol is priced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Whether prices have to lie on it; v1 computes on as it comes (N-8).
    pub is_kept: bool,
    /// Decimals of a price.
    pub digits: u32,
    /// Decimals of a distance between prices.
    pub distance_digits: u32,
    /// The least step of a price.
    pub point: f64,
}

/// The grid of prices with `digits` decimals, 0 … 15 (Q-N8).
///
/// # Panics
/// For more digits.
#[must_use]
pub fn new_grid(digits: u32, is_kept: bool) -> Grid {
    Grid {
        is_kept,
        digits,
        distance_digits: if digits < MAX_DIGITS { digits + 1 } else { MAX_DIGITS },
        point: 1.0 / power_of_ten(digits),
    }
}

/// The price of the grid that is nearest to `price` (p of Q-N8); an unset one stays so.
#[inline]
#[must_use]
pub fn grid_price(grid: &Grid, price: f64) -> f64 {
    if grid.is_kept { quantize(price, grid.digits) } else { price }
}

/// A distance, or a price with a buffer, to one digit more than prices have (d of Q-N8).
#[inline]
#[must_use]
pub fn grid_distance(grid: &Grid, distance: f64) -> f64 {
    if grid.is_kept { quantize(distance, grid.distance_digits) } else { distance }
}

/// An unsigned offset in whole points, a part of a point counting as one (Q-C1).
#[inline]
#[must_use]
pub fn grid_offset(grid: &Grid, offset: f64) -> f64 {
    if !grid.is_kept || offset == 0.0 {
        return offset;
    }
    let points = -floor(-quantize(offset / grid.point, POINT_DIGITS));
    rule!("Q-C1", points * grid.point != offset);
    grid_price(grid, points * grid.point)
}

#[cfg(test)]
#[path = "tests/grid.rs"]
mod tests;
