//! What a strategy is; built-in ones are found by name in [`registry`].

pub mod mean_reversion_z_score;
pub mod registry;

use crate::error::OmegaError;
use crate::types::{Bar, Bars, Direction, EngineConfig, Signal};

/// An open position as a strategy sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct OpenPosition {
    pub order_id: i64,
    pub direction: Direction,
    pub trigger_time: i64,
    pub entry_price: f64,
    pub stop_loss: f64,
    /// NaN without a target.
    pub take_profit: f64,
    pub size: f64,
}

/// What a strategy wants done with an open position. The engine refuses all but `Hold` as NOT_IMPLEMENTED.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    Hold,
    /// Move the stop loss to this price.
    ModifyStop(f64),
    /// Move the take profit to this price.
    ModifyTarget(f64),
    /// Close this fraction of the size.
    PartialClose(f64),
    /// Close at the market.
    Close,
}

/// Pure decisions over one symbol's bars: same inputs, same outputs.
pub trait Strategy: Sized {
    /// Takes its parameters and prepares its indicators over `bars`, those before `start` included (G-4).
    ///
    /// # Errors
    /// A parameter that its indicators refuse.
    fn on_init(config: &EngineConfig, bars: &Bars<'_>) -> Result<Self, OmegaError>;

    /// Length of its bars, µs.
    fn primary_timeframe(&self) -> i64;

    /// The signal of bar `index`, decided at its close. Asked in increasing order; bars may be left out.
    fn evaluate(&mut self, bars: &Bars<'_>, index: usize) -> Option<Signal>;

    /// What to do with a position after the engine's own management of `bar`.
    fn manage_position(&self, position: &OpenPosition, bar: &Bar) -> Action;
}
