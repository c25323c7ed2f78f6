//! Slippage of one fill (C-1).

use crate::grid::{Grid, grid_offset};

/// Leg of an entry fill in the counter of N-6.
pub const ENTRY_LEG: u32 = 0;
/// Leg of an exit fill in the counter of N-6.
pub const EXIT_LEG: u32 = 1;
/// Leg of the first partial close in the counter of N-6; each later one counts on.
pub const PART_LEG: u32 = 2;

/// Unsigned slippage in price for a draw `u`, in whole points where prices keep to a grid (Q-C1).
#[inline]
#[must_use]
pub fn slippage_offset(fixed_pips: f64, random_pips: f64, u: f64, pip_size: f64, grid: &Grid) -> f64 {
    grid_offset(grid, (fixed_pips + (u * random_pips)) * pip_size)
}
