//! No twin: a Python `Book` is a list of positions; here it is columns, which have to be read and
//! written row by row.

use std::collections::TryReserveError;
use std::ops::Range;

use crate::error::{ErrorCode, OmegaError};
pub use crate::execution::records::{Details, Exit, Levels, Opening, Order, Position, Stake, Times, push_trade};
use crate::execution::state::{Book, Log, Rules};
use crate::execution::uniform::{Same, Uniform, retain};
use crate::packing::{PositionRecord, empty_records};
use crate::state_chain::DIGEST_LENGTH;
use crate::types::{OrderType, Positions, Status, UNSET_TIME, is_unset};

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
            max_holding: Uniform::new(Position::NEW.max_holding),
            is_opened_at_open: Vec::new(),
            moves_stop: Vec::new(),
            details: Vec::new(),
            signal_price: Uniform::new(Position::NEW.signal_price),
            risk_per_trade: Uniform::new(Position::NEW.risk_per_trade),
            value_at_entry: Uniform::new(Position::NEW.value_at_entry),
            expires_at: Uniform::new(Position::NEW.expires_at),
            requested_size: Uniform::new(Position::NEW.requested_size),
            swap: Uniform::new(Position::NEW.swap),
            margin: Uniform::new(Position::NEW.margin),
            trailing_distance: Uniform::new(Position::NEW.trailing_distance),
            trailing_step: Uniform::new(Position::NEW.trailing_step),
            break_even_at_r: Uniform::new(Position::NEW.break_even_at_r),
            break_even_offset: Uniform::new(Position::NEW.break_even_offset),
            parts: Uniform::new(Position::NEW.parts),
            is_break_even_done: Uniform::new(Position::NEW.is_break_even_done),
            waiting: Vec::new(),
            closed: Vec::new(),
            forgotten: 0,
            rollovers_passed: 0,
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
        self.status.len() - self.forgotten
    }

    /// Whether there is no position.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of positions in order_id order, those of forgotten ones among them: closed, and of no time.
    #[inline]
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        0..self.status.len()
    }

    /// Makes room for `rows` more in all columns at once, and by a quarter at least: as much stands empty at most.
    pub fn reserve(&mut self, rows: usize) {
        let taken = self.status.len();
        if self.status.capacity() - taken >= rows {
            return;
        }
        let more = rows.max(taken / 4);
        self.status.reserve_exact(more);
        self.direction.reserve_exact(more);
        self.entry_time.reserve_exact(more);
        self.trigger_time.reserve_exact(more);
        self.entry_price.reserve_exact(more);
        self.stop_loss.reserve_exact(more);
        self.stop_reach.reserve_exact(more);
        self.take_profit.reserve_exact(more);
        self.size.reserve_exact(more);
        self.is_opened_at_open.reserve_exact(more);
        self.moves_stop.reserve_exact(more);
        self.details.reserve_exact(more);
    }

    /// Appends a position.
    pub fn push(&mut self, position: &Position) {
        const LEAST: usize = 16;
        let rows = self.status.len();
        if rows == self.status.capacity() {
            self.reserve(LEAST);
        }
        self.status.push(position.status);
        self.direction.push(position.direction);
        self.entry_time.push(position.entry_time);
        self.trigger_time.push(position.trigger_time);
        self.entry_price.push(position.entry_price);
        self.stop_loss.push(position.stop_loss);
        self.stop_reach.push(position.stop_reach);
        self.take_profit.push(position.take_profit);
        self.size.push(position.size);
        self.max_holding.push(rows, position.max_holding);
        self.is_opened_at_open.push(position.is_opened_at_open);
        self.moves_stop.push(!(is_unset(position.trailing_distance) && is_unset(position.break_even_at_r)));
        self.details.push(Details {
            order_id: position.order_id,
            magic_number: position.magic_number,
            order_type: position.order_type,
            order_price: position.order_price,
            initial_stop_loss: position.initial_stop_loss,
            initial_take_profit: position.initial_take_profit,
            lots: position.lots,
            entry_fee: position.entry_fee,
            signal_timestamp: position.signal_timestamp,
            ordinal: position.ordinal,
            signal_row: position.signal_row,
            stop_kind: position.stop_kind,
        });
        self.signal_price.push(rows, position.signal_price);
        self.risk_per_trade.push(rows, position.risk_per_trade);
        self.value_at_entry.push(rows, position.value_at_entry);
        self.expires_at.push(rows, position.expires_at);
        self.requested_size.push(rows, position.requested_size);
        self.swap.push(rows, position.swap);
        self.margin.push(rows, position.margin);
        self.trailing_distance.push(rows, position.trailing_distance);
        self.trailing_step.push(rows, position.trailing_step);
        self.break_even_at_r.push(rows, position.break_even_at_r);
        self.break_even_offset.push(rows, position.break_even_offset);
        self.parts.push(rows, position.parts);
        self.is_break_even_done.push(rows, position.is_break_even_done);
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
            signal_price: self.signal_price.get(row),
            initial_stop_loss: details.initial_stop_loss,
            initial_take_profit: details.initial_take_profit,
            stop_loss: self.stop_loss[row],
            stop_reach: self.stop_reach[row],
            take_profit: self.take_profit[row],
            size: self.size[row],
            risk_per_trade: self.risk_per_trade.get(row),
            entry_fee: details.entry_fee,
            swap: self.swap.get(row),
            expires_at: self.expires_at.get(row),
            max_holding: self.max_holding.get(row),
            trailing_distance: self.trailing_distance.get(row),
            trailing_step: self.trailing_step.get(row),
            break_even_at_r: self.break_even_at_r.get(row),
            break_even_offset: self.break_even_offset.get(row),
            requested_size: self.requested_size.get(row),
            lots: details.lots,
            signal_timestamp: details.signal_timestamp,
            ordinal: details.ordinal,
            stop_kind: details.stop_kind,
            signal_row: details.signal_row,
            value_at_entry: self.value_at_entry.get(row),
            margin: self.margin.get(row),
            is_opened_at_open: self.is_opened_at_open[row],
            parts: self.parts.get(row),
            is_break_even_done: self.is_break_even_done.get(row),
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
            max_holding: self.max_holding.get(row),
        }
    }

    /// Marks a row as gone; it stays until the pass is over.
    pub fn close(&mut self, row: usize) {
        self.status[row] = Status::Closed;
        self.closed.push(row);
        self.is_stale = true;
    }

    /// Forgets what closed. Its rows are taken out when they are a quarter of all, so that of n rows a closing moves
    /// three on the average, and not n.
    pub fn forget_closed(&mut self) {
        self.forgotten += self.closed.len();
        if self.forgotten * 4 >= self.status.len() {
            self.closed.clear();
            self.remove_forgotten();
            return;
        }
        for row in self.closed.drain(..) {
            // No rule finds it any more: it begins after every bar, has no trigger and binds nothing.
            (self.entry_time[row], self.trigger_time[row]) = (i64::MAX, UNSET_TIME);
            self.margin.set(row, self.status.len(), Position::NEW.margin);
        }
    }

    /// Moves the rows that stay together, in order.
    fn remove_forgotten(&mut self) {
        let mut keep = std::mem::take(&mut self.status);
        retain(&mut self.direction, &keep);
        retain(&mut self.entry_time, &keep);
        retain(&mut self.trigger_time, &keep);
        retain(&mut self.entry_price, &keep);
        retain(&mut self.stop_loss, &keep);
        retain(&mut self.stop_reach, &keep);
        retain(&mut self.take_profit, &keep);
        retain(&mut self.size, &keep);
        retain(&mut self.is_opened_at_open, &keep);
        retain(&mut self.moves_stop, &keep);
        retain(&mut self.details, &keep);
        self.max_holding.retain(&keep);
        self.signal_price.retain(&keep);
        self.risk_per_trade.retain(&keep);
        self.value_at_entry.retain(&keep);
        self.expires_at.retain(&keep);
        self.requested_size.retain(&keep);
        self.swap.retain(&keep);
        self.margin.retain(&keep);
        self.trailing_distance.retain(&keep);
        self.trailing_step.retain(&keep);
        self.break_even_at_r.retain(&keep);
        self.break_even_offset.retain(&keep);
        self.parts.retain(&keep);
        self.is_break_even_done.retain(&keep);
        keep.retain(|&status| status != Status::Closed);
        self.status = keep;
        self.forgotten = 0;
    }

    /// What the state chain covers of each row.
    pub fn chain_records(&self) -> impl Iterator<Item = PositionRecord> + '_ {
        self.kept_rows().map(|row| self.chain_record(row, 0))
    }

    /// What the state chain covers of a row; `symbol` is the number of the book's.
    #[must_use]
    pub fn chain_record(&self, row: usize, symbol: u16) -> PositionRecord {
        PositionRecord {
            symbol,
            order_id: self.details[row].order_id,
            status: self.status[row],
            direction: self.direction[row],
            order_type: self.details[row].order_type,
            stop_kind: self.details[row].stop_kind,
            entry_price: self.entry_price[row],
            stop_loss: self.stop_loss[row],
            take_profit: self.take_profit[row],
            size: self.size[row],
        }
    }

    /// The rows as a table (T-7).
    #[must_use]
    pub fn positions(&self) -> Positions {
        Positions {
            order_id: self.column(|details| details.order_id),
            magic_number: self.column(|details| details.magic_number),
            direction: self.kept(&self.direction),
            order_type: self.column(|details| details.order_type),
            status: self.kept(&self.status),
            entry_time: self.kept(&self.entry_time),
            trigger_time: self.kept(&self.trigger_time),
            entry_price: self.kept(&self.entry_price),
            order_price: self.column(|details| details.order_price),
            signal_price: self.uniform(&self.signal_price),
            initial_stop_loss: self.column(|details| details.initial_stop_loss),
            initial_take_profit: self.column(|details| details.initial_take_profit),
            stop_loss: self.kept(&self.stop_loss),
            take_profit: self.kept(&self.take_profit),
            size: self.kept(&self.size),
            risk_per_trade: self.uniform(&self.risk_per_trade),
            entry_fee: self.column(|details| details.entry_fee),
            swap: self.uniform(&self.swap),
            expires_at: self.uniform(&self.expires_at),
            max_holding: self.uniform(&self.max_holding),
            trailing_distance: self.uniform(&self.trailing_distance),
            trailing_step: self.uniform(&self.trailing_step),
            break_even_at_r: self.uniform(&self.break_even_at_r),
            break_even_offset: self.uniform(&self.break_even_offset),
            stop_kind: self.column(|details| details.stop_kind),
            signal_row: self.column(|details| details.signal_row),
        }
    }

    /// The rows of pending and open positions.
    pub fn kept_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows().filter(|&row| self.status[row] != Status::Closed)
    }

    fn column<T>(&self, field: impl Fn(&Details) -> T) -> Vec<T> {
        self.kept_rows().map(|row| field(&self.details[row])).collect()
    }

    fn kept<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.kept_rows().map(|row| column[row]).collect()
    }

    fn uniform<T: Same>(&self, column: &Uniform<T>) -> Vec<T> {
        self.kept_rows().map(|row| column.get(row)).collect()
    }
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

#[cfg(test)]
#[path = "tests/columns.rs"]
mod tests;
