//! No twin: a Python `Position` is one object; here it is a row of a `Book`, of which each rule reads what it needs.

pub use crate::types::Position;
use crate::types::{Direction, OrderType, Reason, Status, StopKind, Trade, Trades};

/// What triggers a pending order.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Order {
    pub direction: Direction,
    pub order_type: OrderType,
    pub order_price: f64,
}

/// What a bar can reach of an open position.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Levels {
    pub direction: Direction,
    pub order_type: OrderType,
    pub stop_reach: f64,
    pub take_profit: f64,
}

/// What the profit of an open position follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Stake {
    pub direction: Direction,
    pub entry_price: f64,
    pub size: f64,
}

/// Since when a position is open, and which way.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Opening {
    pub status: Status,
    pub direction: Direction,
    pub trigger_time: i64,
    pub is_opened_at_open: bool,
}

/// What a position's age follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Times {
    pub entry_time: i64,
    pub trigger_time: i64,
    pub max_holding: i64,
}

/// What a closed position (T-7) has and an open one has not.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's, without their `exit_`")]
pub struct Exit {
    pub time: i64,
    pub known_at: i64,
    pub price: f64,
    pub result: f64,
    pub net_result: f64,
    pub r_multiple: f64,
    pub fee: f64,
    pub reason: Reason,
}

/// What only an entry or an exit reads of a position.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Details {
    pub order_id: i64,
    pub magic_number: i64,
    pub order_type: OrderType,
    pub order_price: f64,
    pub initial_stop_loss: f64,
    pub initial_take_profit: f64,
    pub lots: f64,
    pub entry_fee: f64,
    pub signal_timestamp: i64,
    pub ordinal: u32,
    pub signal_row: i64,
    pub stop_kind: StopKind,
}

/// Appends a closed position.
pub fn push_trade(trades: &mut Trades, position: &Position, exit: &Exit) {
    trades.push(&Trade {
        order_id: position.order_id,
        magic_number: position.magic_number,
        direction: position.direction,
        order_type: position.order_type,
        entry_time: position.entry_time,
        trigger_time: position.trigger_time,
        entry_price: position.entry_price,
        order_price: position.order_price,
        signal_price: position.signal_price,
        initial_stop_loss: position.initial_stop_loss,
        initial_take_profit: position.initial_take_profit,
        stop_loss: position.stop_loss,
        take_profit: position.take_profit,
        size: position.size,
        risk_per_trade: position.risk_per_trade,
        exit_time: exit.time,
        known_at: exit.known_at,
        exit_price: exit.price,
        result: exit.result,
        net_result: exit.net_result,
        r_multiple: exit.r_multiple,
        entry_fee: position.entry_fee,
        exit_fee: exit.fee,
        swap: position.swap,
        stop_kind: position.stop_kind,
        reason: exit.reason,
        signal_row: position.signal_row,
    });
}
