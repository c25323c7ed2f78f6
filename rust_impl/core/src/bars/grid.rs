//! Bars that are priced more finely than their instrument (Q-T2b, N-8).

use crate::numbers::quantize;
use crate::types::Bars;

/// Bars with a price of more than `digits` decimals.
#[must_use]
pub fn count_off_grid(bars: &Bars<'_>, digits: u32) -> u64 {
    off_grid_rows(bars, digits).count() as u64
}

/// The rows with a price of more than `digits` decimals.
pub fn off_grid_rows(bars: &Bars<'_>, digits: u32) -> impl Iterator<Item = usize> {
    (0..bars.len()).filter(move |&row| {
        let bid = [bars.bid_open[row], bars.bid_high[row], bars.bid_low[row], bars.bid_close[row]];
        let ask = [bars.ask_open[row], bars.ask_high[row], bars.ask_low[row], bars.ask_close[row]];
        is_off_grid(bid, digits) || is_off_grid(ask, digits)
    })
}

fn is_off_grid(prices: [f64; 4], digits: u32) -> bool {
    prices.iter().any(|&price| quantize(price, digits) != price)
}

#[cfg(test)]
#[path = "tests/grid.rs"]
mod tests;
