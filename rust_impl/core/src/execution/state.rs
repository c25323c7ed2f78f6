//! Pending and open positions as columns, in order_id order.

use crate::state_chain::PositionRecord;
use crate::types::{Direction, OrderType, Positions, Status, StopKind};

/// Columns that every bar reads lie apart; the rest is in `details`.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub status: Vec<Status>,
    pub direction: Vec<Direction>,
    pub entry_time: Vec<i64>,
    pub trigger_time: Vec<i64>,
    pub entry_price: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub size: Vec<f64>,
    pub max_holding: Vec<i64>,
    pub details: Vec<Details>,
    closed: usize,
}

/// What only an entry or an exit reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Details {
    pub order_id: i64,
    pub magic_number: i64,
    pub order_type: OrderType,
    pub initial_stop_loss: f64,
    pub initial_take_profit: f64,
    /// Explicit size of the signal, the raw of S-4; NaN without one.
    pub requested_size: f64,
    pub risk_per_trade: f64,
    pub entry_fee: f64,
    pub expires_at: i64,
    pub signal_timestamp: i64,
    /// k of N-6.
    pub ordinal: u32,
    pub signal_row: i64,
    pub stop_kind: StopKind,
}

/// A new row: the columns of [`Orders`] that are not in its details.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewOrder {
    pub status: Status,
    pub direction: Direction,
    pub entry_time: i64,
    pub trigger_time: i64,
    pub entry_price: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub size: f64,
    pub max_holding: i64,
    pub details: Details,
}

impl Orders {
    pub fn len(&self) -> usize {
        self.status.len()
    }

    pub fn push(&mut self, order: &NewOrder) {
        self.status.push(order.status);
        self.direction.push(order.direction);
        self.entry_time.push(order.entry_time);
        self.trigger_time.push(order.trigger_time);
        self.entry_price.push(order.entry_price);
        self.stop_loss.push(order.stop_loss);
        self.take_profit.push(order.take_profit);
        self.size.push(order.size);
        self.max_holding.push(order.max_holding);
        self.details.push(order.details);
    }

    /// Marks a row as gone; it stays until [`Self::remove_closed`], so that a pass keeps its indices.
    pub fn close(&mut self, index: usize) {
        self.status[index] = Status::Closed;
        self.closed += 1;
    }

    /// Moves the rows that stay together, in order, and tells whether any went.
    pub fn remove_closed(&mut self) -> bool {
        if self.closed == 0 {
            return false;
        }
        let mut keep = std::mem::take(&mut self.status);
        retain(&mut self.direction, &keep);
        retain(&mut self.entry_time, &keep);
        retain(&mut self.trigger_time, &keep);
        retain(&mut self.entry_price, &keep);
        retain(&mut self.stop_loss, &keep);
        retain(&mut self.take_profit, &keep);
        retain(&mut self.size, &keep);
        retain(&mut self.max_holding, &keep);
        retain(&mut self.details, &keep);
        keep.retain(|&status| status != Status::Closed);
        self.status = keep;
        self.closed = 0;
        true
    }

    pub fn records(&self) -> impl Iterator<Item = PositionRecord> + '_ {
        (0..self.len()).map(|index| PositionRecord {
            order_id: self.details[index].order_id,
            status: self.status[index],
            direction: self.direction[index],
            entry_price: self.entry_price[index],
            stop_loss: self.stop_loss[index],
            take_profit: self.take_profit[index],
            size: self.size[index],
            stop_kind: self.details[index].stop_kind,
        })
    }

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
            initial_stop_loss: self.column(|details| details.initial_stop_loss),
            initial_take_profit: self.column(|details| details.initial_take_profit),
            stop_loss: self.stop_loss.clone(),
            take_profit: self.take_profit.clone(),
            size: self.size.clone(),
            risk_per_trade: self.column(|details| details.risk_per_trade),
            entry_fee: self.column(|details| details.entry_fee),
            expires_at: self.column(|details| details.expires_at),
            max_holding: self.max_holding.clone(),
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
    for index in 0..status.len() {
        column[kept] = column[index];
        kept += usize::from(status[index] != Status::Closed);
    }
    column.truncate(kept);
}
