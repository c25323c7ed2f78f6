//! No twin: a strategy that the core does not have; in Python it is `omega.contract.own`.

use crate::error::OmegaError;
use crate::types::{Direction, OrderType, Signal, Status};

/// A strategy that the core does not have (Q-L3).
pub trait OwnStrategy {
    /// Whether it is asked in a bar.
    fn is_asked(&self, row: usize) -> bool;

    /// The orders of a bar, as signals that passed T-6; `equity` is that of the bar before, and `told` the pending and
    /// open orders that it left, none where they are those of the last call.
    ///
    /// # Errors
    /// What ends the run.
    fn ask(&mut self, row: usize, equity: f64, told: Option<Vec<OpenOrder>>) -> Result<Vec<Signal>, OmegaError>;

    /// Called every now and then, with the number of bars done.
    ///
    /// # Errors
    /// What ends the run.
    fn pause(&mut self, done: usize) -> Result<(), OmegaError>;
}

/// What a strategy of one's own is told of an order (Q-L3).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "as in `omega.contract.own.OpenOrder`")]
pub struct OpenOrder {
    pub order_id: i64,
    pub magic_number: i64,
    pub direction: Direction,
    pub order_type: OrderType,
    pub status: Status,
    pub entry_time: i64,
    pub trigger_time: i64,
    pub entry_price: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub size: f64,
    pub symbol: u16,
}
