//! Signals (T-6): the table as it comes in, and one row of it as execution takes it.

use super::columns::{Duration, Float, MagicNumber, OrZero, Text, TextList, TextMap, Time};
use super::tables::table;
use super::{Direction, OrderType, SignalType};

table! {
    /// Columns of a signal table (T-6), all of one length. Unset floats are `UNSET_FLOAT`, unset times `UNSET_TIME`.
    Signals with
        /// The number of the signal's symbol (M-2), `FOREIGN_SYMBOL` for one that the run has not.
        symbol: Vec<u16>
    {
        timestamp: Time,
        symbol: given Text,
        signal_type: SignalType,
        direction: Option<Direction>,
        order_type: Option<OrderType>,
        price: Option<Float>,
        size: Option<Float>,
        stop_loss: Option<Float>,
        take_profit: Option<Float>,
        magic_number: OrZero<MagicNumber>,
        expires_at: Option<Time>,
        trailing_distance: Option<Float>,
        trailing_step: Option<Float>,
        break_even_at_r: Option<Float>,
        break_even_offset: Option<Float>,
        max_holding: Option<Duration>,
        fraction: Option<Float>,
        scenario: given Option<Text>,
        reason: given Option<Text>,
        tags: given Option<TextList>,
        metadata: given Option<TextMap>,
    }
    read by columns
}

/// One instruction to the execution simulator (T-6).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Signal {
    pub timestamp: i64,
    pub symbol: u16,
    pub signal_type: SignalType,
    pub direction: Option<Direction>,
    pub order_type: Option<OrderType>,
    pub price: f64,
    pub size: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub magic_number: i64,
    pub expires_at: i64,
    pub trailing_distance: f64,
    pub trailing_step: f64,
    pub break_even_at_r: f64,
    pub break_even_offset: f64,
    pub max_holding: i64,
    /// Of an exit signal: which part of each position it closes (E-16); unset for all of it.
    pub fraction: f64,
    /// Row in the signal table, or among the decisions of a strategy.
    pub row: i64,
}
