//! No twin: a Python `Position` is one object; here it is a row of a `Book`, of which each rule reads what it needs.

use crate::types::{Direction, OrderType, Reason, Status, StopKind, UNSET_FLOAT, UNSET_TIME};

/// A pending, open or closed position (T-7) and what is kept of its signal.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Position {
    /// 0 until the order is accepted.
    pub order_id: i64,
    pub magic_number: i64,
    pub direction: Direction,
    pub order_type: OrderType,
    pub status: Status,
    pub entry_time: i64,
    /// `UNSET_TIME` while pending.
    pub trigger_time: i64,
    /// `order_price` until the order opens, then its fill.
    pub entry_price: f64,
    /// By what the order is sized and judged (T-7).
    pub order_price: f64,
    /// As the signal has it.
    pub signal_price: f64,
    pub initial_stop_loss: f64,
    pub initial_take_profit: f64,
    pub stop_loss: f64,
    /// From where on the stop counts as reached, by the buffer that it has of its own (E-6).
    pub stop_reach: f64,
    /// `UNSET_FLOAT`, which nothing reaches, without a target.
    pub take_profit: f64,
    pub size: f64,
    pub risk_per_trade: f64,
    pub entry_fee: f64,
    /// The sum of its swaps so far as money (C-4).
    pub swap: f64,
    pub expires_at: i64,
    pub max_holding: i64,
    /// `UNSET_FLOAT` without trailing, as the next three.
    pub trailing_distance: f64,
    pub trailing_step: f64,
    pub break_even_at_r: f64,
    pub break_even_offset: f64,
    /// Explicit size of the signal, the raw of S-4; `UNSET_FLOAT` without one.
    pub requested_size: f64,
    /// What `size` becomes when the order opens; 0.0 before it is sized (S-2).
    pub lots: f64,
    pub signal_timestamp: i64,
    /// k of N-6.
    pub ordinal: u32,
    pub stop_kind: StopKind,
    pub signal_row: i64,
    /// What a price was worth when the order was accepted (Q-S1), by which its risk is measured.
    pub value_at_entry: f64,
    /// What it takes of the equity (E-21).
    pub margin: f64,
    /// Whether its fill came at the open of its bar, so that all of the bar came after it (E-21).
    pub is_opened_at_open: bool,
    /// Partial closes so far, by which their draws differ (N-6).
    pub parts: u32,
    /// Whether the one chance of E-13 is used up.
    pub is_break_even_done: bool,
}

impl Position {
    /// An order that is neither accepted nor sized, at no price.
    pub const UNSET: Self = Self {
        order_id: 0,
        magic_number: 0,
        direction: Direction::Long,
        order_type: OrderType::Market,
        status: Status::Pending,
        entry_time: UNSET_TIME,
        trigger_time: UNSET_TIME,
        entry_price: UNSET_FLOAT,
        order_price: UNSET_FLOAT,
        signal_price: UNSET_FLOAT,
        initial_stop_loss: UNSET_FLOAT,
        initial_take_profit: UNSET_FLOAT,
        stop_loss: UNSET_FLOAT,
        stop_reach: UNSET_FLOAT,
        take_profit: UNSET_FLOAT,
        size: 0.0,
        risk_per_trade: UNSET_FLOAT,
        entry_fee: UNSET_FLOAT,
        swap: 0.0,
        expires_at: UNSET_TIME,
        max_holding: UNSET_TIME,
        trailing_distance: UNSET_FLOAT,
        trailing_step: UNSET_FLOAT,
        break_even_at_r: UNSET_FLOAT,
        break_even_offset: UNSET_FLOAT,
        requested_size: UNSET_FLOAT,
        lots: 0.0,
        signal_timestamp: UNSET_TIME,
        ordinal: 0,
        stop_kind: StopKind::Initial,
        signal_row: 0,
        value_at_entry: UNSET_FLOAT,
        margin: 0.0,
        is_opened_at_open: false,
        parts: 0,
        is_break_even_done: false,
    };
}

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
    pub expires_at: i64,
    pub order_price: f64,
    pub signal_price: f64,
    pub initial_stop_loss: f64,
    pub initial_take_profit: f64,
    pub requested_size: f64,
    pub lots: f64,
    pub risk_per_trade: f64,
    pub entry_fee: f64,
    pub swap: f64,
    pub signal_timestamp: i64,
    pub ordinal: u32,
    pub signal_row: i64,
    pub stop_kind: StopKind,
    pub value_at_entry: f64,
    pub margin: f64,
    pub trailing_distance: f64,
    pub trailing_step: f64,
    pub break_even_at_r: f64,
    pub break_even_offset: f64,
    pub parts: u32,
    pub is_break_even_done: bool,
}
