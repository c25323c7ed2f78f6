//! No twin: a Python `Book` is a list of positions; here it is columns, which have to be read and
//! written row by row.

use std::collections::TryReserveError;
use std::ops::Range;

use crate::error::{ErrorCode, OmegaError};
pub use crate::execution::records::{Details, Exit, Levels, Opening, Order, Position, Stake, Times};
use crate::execution::state::{Book, Log, Rules};
use crate::packing::{PositionRecord, empty_records};
use crate::state_chain::DIGEST_LENGTH;
use crate::types::{OrderType, Positions, Signal, Signals, Status, Trade, Trades, is_unset};

impl Default for Book {
    fn default() -> Self {
        Self {
            status: Vec::new(),
            direction: Vec::new(),
            entry_time: Vec::new(),
            trigger_time: Vec::new(),
            entry_price: Vec::new(),
            stop_loss: Vec::new(),
            stop_reach: Vec::new(),
            take_profit: Vec::new(),
            size: Vec::new(),
            max_holding: Vec::new(),
            is_opened_at_open: Vec::new(),
            moves_stop: Vec::new(),
            details: Vec::new(),
            waiting: Vec::new(),
            has_closed: false,
            records: empty_records(),
            is_stale: false,
        }
    }
}

impl Book {
    /// Number of positions, those that wait to be forgotten included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.status.len()
    }

    /// Whether there is no position.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.status.is_empty()
    }

    /// Appends a position.
    pub fn push(&mut self, position: &Position) {
        self.status.push(position.status);
        self.direction.push(position.direction);
        self.entry_time.push(position.entry_time);
        self.trigger_time.push(position.trigger_time);
        self.entry_price.push(position.entry_price);
        self.stop_loss.push(position.stop_loss);
        self.stop_reach.push(position.stop_reach);
        self.take_profit.push(position.take_profit);
        self.size.push(position.size);
        self.max_holding.push(position.max_holding);
        self.is_opened_at_open.push(position.is_opened_at_open);
        self.moves_stop.push(!(is_unset(position.trailing_distance) && is_unset(position.break_even_at_r)));
        self.details.push(Details {
            order_id: position.order_id,
            magic_number: position.magic_number,
            order_type: position.order_type,
            expires_at: position.expires_at,
            order_price: position.order_price,
            signal_price: position.signal_price,
            initial_stop_loss: position.initial_stop_loss,
            initial_take_profit: position.initial_take_profit,
            requested_size: position.requested_size,
            lots: position.lots,
            risk_per_trade: position.risk_per_trade,
            entry_fee: position.entry_fee,
            swap: position.swap,
            signal_timestamp: position.signal_timestamp,
            ordinal: position.ordinal,
            signal_row: position.signal_row,
            stop_kind: position.stop_kind,
            value_at_entry: position.value_at_entry,
            margin: position.margin,
            trailing_distance: position.trailing_distance,
            trailing_step: position.trailing_step,
            break_even_at_r: position.break_even_at_r,
            break_even_offset: position.break_even_offset,
            parts: position.parts,
            is_break_even_done: position.is_break_even_done,
        });
    }

    /// A row as a record.
    // Who asks for few of its fields, or for none, shall not pay for all.
    #[inline(always)]
    #[must_use]
    pub fn position(&self, row: usize) -> Position {
        let details = &self.details[row];
        Position {
            order_id: details.order_id,
            magic_number: details.magic_number,
            direction: self.direction[row],
            order_type: details.order_type,
            status: self.status[row],
            entry_time: self.entry_time[row],
            trigger_time: self.trigger_time[row],
            entry_price: self.entry_price[row],
            order_price: details.order_price,
            signal_price: details.signal_price,
            initial_stop_loss: details.initial_stop_loss,
            initial_take_profit: details.initial_take_profit,
            stop_loss: self.stop_loss[row],
            stop_reach: self.stop_reach[row],
            take_profit: self.take_profit[row],
            size: self.size[row],
            risk_per_trade: details.risk_per_trade,
            entry_fee: details.entry_fee,
            swap: details.swap,
            expires_at: details.expires_at,
            max_holding: self.max_holding[row],
            trailing_distance: details.trailing_distance,
            trailing_step: details.trailing_step,
            break_even_at_r: details.break_even_at_r,
            break_even_offset: details.break_even_offset,
            requested_size: details.requested_size,
            lots: details.lots,
            signal_timestamp: details.signal_timestamp,
            ordinal: details.ordinal,
            stop_kind: details.stop_kind,
            signal_row: details.signal_row,
            value_at_entry: details.value_at_entry,
            margin: details.margin,
            is_opened_at_open: self.is_opened_at_open[row],
            parts: details.parts,
            is_break_even_done: details.is_break_even_done,
        }
    }

    /// What triggers a row.
    #[inline]
    #[must_use]
    pub fn order(&self, row: usize) -> Order {
        let Details { order_type, order_price, .. } = self.details[row];
        Order { direction: self.direction[row], order_type, order_price }
    }

    /// What a bar can reach of a row; the order's type matters in the trigger bar alone (E-8) and lies apart.
    #[inline]
    #[must_use]
    pub fn levels(&self, row: usize, is_trigger_bar: bool) -> Levels {
        Levels {
            direction: self.direction[row],
            order_type: if is_trigger_bar { self.details[row].order_type } else { OrderType::Market },
            stop_reach: self.stop_reach[row],
            take_profit: self.take_profit[row],
        }
    }

    /// Since when a row is open.
    #[inline]
    #[must_use]
    pub fn opening(&self, row: usize) -> Opening {
        Opening {
            status: self.status[row],
            direction: self.direction[row],
            trigger_time: self.trigger_time[row],
            is_opened_at_open: self.is_opened_at_open[row],
        }
    }

    /// What the age of a row follows from.
    #[inline]
    #[must_use]
    pub fn times(&self, row: usize) -> Times {
        Times {
            entry_time: self.entry_time[row],
            trigger_time: self.trigger_time[row],
            max_holding: self.max_holding[row],
        }
    }

    /// Marks a row as gone; it stays until the pass is over.
    pub fn close(&mut self, row: usize) {
        self.status[row] = Status::Closed;
        self.has_closed = true;
        self.is_stale = true;
    }

    /// Moves the rows that stay together, in order.
    pub fn remove_closed(&mut self) {
        let mut keep = std::mem::take(&mut self.status);
        retain(&mut self.direction, &keep);
        retain(&mut self.entry_time, &keep);
        retain(&mut self.trigger_time, &keep);
        retain(&mut self.entry_price, &keep);
        retain(&mut self.stop_loss, &keep);
        retain(&mut self.stop_reach, &keep);
        retain(&mut self.take_profit, &keep);
        retain(&mut self.size, &keep);
        retain(&mut self.max_holding, &keep);
        retain(&mut self.is_opened_at_open, &keep);
        retain(&mut self.moves_stop, &keep);
        retain(&mut self.details, &keep);
        keep.retain(|&status| status != Status::Closed);
        self.status = keep;
        self.has_closed = false;
    }

    /// What the state chain covers of each row.
    pub fn chain_records(&self) -> impl Iterator<Item = PositionRecord> + '_ {
        (0..self.len()).map(|row| PositionRecord {
            order_id: self.details[row].order_id,
            status: self.status[row],
            direction: self.direction[row],
            order_type: self.details[row].order_type,
            stop_kind: self.details[row].stop_kind,
            entry_price: self.entry_price[row],
            stop_loss: self.stop_loss[row],
            take_profit: self.take_profit[row],
            size: self.size[row],
        })
    }

    /// The rows as a table (T-7).
    #[must_use]
    pub fn positions(&self) -> Positions {
        Positions {
            order_id: self.column(|details| details.order_id),
            magic_number: self.column(|details| details.magic_number),
            direction: self.direction.clone(),
            order_type: self.column(|details| details.order_type),
            status: self.status.clone(),
            entry_time: self.entry_time.clone(),
            trigger_time: self.trigger_time.clone(),
            entry_price: self.entry_price.clone(),
            order_price: self.column(|details| details.order_price),
            signal_price: self.column(|details| details.signal_price),
            initial_stop_loss: self.column(|details| details.initial_stop_loss),
            initial_take_profit: self.column(|details| details.initial_take_profit),
            stop_loss: self.stop_loss.clone(),
            take_profit: self.take_profit.clone(),
            size: self.size.clone(),
            risk_per_trade: self.column(|details| details.risk_per_trade),
            entry_fee: self.column(|details| details.entry_fee),
            swap: self.column(|details| details.swap),
            expires_at: self.column(|details| details.expires_at),
            max_holding: self.max_holding.clone(),
            trailing_distance: self.column(|details| details.trailing_distance),
            trailing_step: self.column(|details| details.trailing_step),
            break_even_at_r: self.column(|details| details.break_even_at_r),
            break_even_offset: self.column(|details| details.break_even_offset),
            stop_kind: self.column(|details| details.stop_kind),
            signal_row: self.column(|details| details.signal_row),
        }
    }

    fn column<T>(&self, field: impl Fn(&Details) -> T) -> Vec<T> {
        self.details.iter().map(field).collect()
    }
}

fn retain<T: Copy>(column: &mut Vec<T>, status: &[Status]) {
    let mut kept = 0;
    for row in 0..status.len() {
        column[kept] = column[row];
        kept += usize::from(status[row] != Status::Closed);
    }
    column.truncate(kept);
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

/// Room in the log for one point and one digest per bar, and v1's first point (P-4).
///
/// # Errors
/// OUT_OF_MEMORY where the machine has none: a run that would not fit ends before it begins, and not the process.
pub fn reserve(log: &mut Log, rules: &Rules, rows: usize) -> Result<(), OmegaError> {
    let points = rows + usize::from(rules.variant.starts_with_point);
    let refused = |error: TryReserveError| {
        let message = format!("no room for the tables of {rows} bars: {error}");
        OmegaError::new(ErrorCode::OutOfMemory, message).rule("F-5")
    };
    log.chain.try_reserve_exact(rows * DIGEST_LENGTH).map_err(refused)?;
    log.equity.timestamp.try_reserve_exact(points).map_err(refused)?;
    log.equity.known_at.try_reserve_exact(points).map_err(refused)?;
    log.equity.cash.try_reserve_exact(points).map_err(refused)?;
    log.equity.equity.try_reserve_exact(points).map_err(refused)
}

/// Rows of a signal table, one after the other.
#[derive(Debug)]
pub struct SignalRows<'a> {
    pub(crate) signals: &'a Signals,
    pub(crate) rows: Range<usize>,
}

impl<'a> SignalRows<'a> {
    /// All rows of a table.
    #[must_use]
    pub fn all(signals: &'a Signals) -> Self {
        Self { signals, rows: 0..signals.len() }
    }
}

impl Iterator for SignalRows<'_> {
    type Item = Signal;

    #[inline]
    fn next(&mut self) -> Option<Signal> {
        self.rows.next().map(|row| self.signals.signal(row))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for SignalRows<'_> {}
