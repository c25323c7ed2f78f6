//! The columns of ticks (T-3), and ticks as the bars of no length that execution takes them for (Q-E17).

use std::slice::from_ref;

use crate::types::{Bars, Tick};

pub use crate::types::Ticks;

/// The columns of a single tick.
#[must_use]
pub const fn columns_of(tick: &Tick) -> Ticks<'_> {
    Ticks { timestamp: from_ref(&tick.timestamp), bid: from_ref(&tick.bid), ask: from_ref(&tick.ask) }
}

/// Each tick as a bar that has its prices everywhere; no rule reads a volume.
#[must_use]
pub const fn tick_bars<'a>(ticks: &Ticks<'a>) -> Bars<'a> {
    Bars {
        timestamp: ticks.timestamp,
        bid_open: ticks.bid,
        bid_high: ticks.bid,
        bid_low: ticks.bid,
        bid_close: ticks.bid,
        ask_open: ticks.ask,
        ask_high: ticks.ask,
        ask_low: ticks.ask,
        ask_close: ticks.ask,
        volume: ticks.bid,
    }
}
