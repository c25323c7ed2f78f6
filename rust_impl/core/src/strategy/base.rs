//! What a strategy is: given a bar and the indicators, at most one signal, and what to do with a position.

use crate::error::OmegaError;
use crate::execution::columns::Position;
use crate::types::{Bars, Decisions, EngineConfig, Signal};

/// The bar a strategy decides on; rows after `row` are the future and must not be read.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "what it is made of")]
pub struct BarSlice<'a> {
    pub bars: &'a Bars<'a>,
    pub row: usize,
}

/// What a strategy wants done with an open position (Q-E11b).
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

    /// The signal of a bar, decided at its close; its `row` is its place among the decisions. Asked in increasing order;
    /// bars may be left out.
    fn evaluate(&mut self, bar: &BarSlice<'_>) -> Option<Signal>;

    /// Why each signal was given, in their order (Q-A10b).
    fn decisions(self) -> Decisions;

    /// What to do with an open position at the bar's close, after the engine's own management.
    fn manage_position(&self, position: &Position, bar: &BarSlice<'_>) -> Action;
}
