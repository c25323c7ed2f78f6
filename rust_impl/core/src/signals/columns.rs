//! Rows of signal columns as records (T-6).

use std::ops::Range;

use crate::types::{Signal, Signals};

impl Signals {
    /// Number of signals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.timestamp.len()
    }

    /// Whether there is no signal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.timestamp.is_empty()
    }

    /// Row `row` as a record.
    ///
    /// # Panics
    /// If a column is shorter.
    #[must_use]
    pub fn signal(&self, row: usize) -> Signal {
        Signal {
            timestamp: self.timestamp[row],
            symbol: self.symbol[row],
            signal_type: self.signal_type[row],
            direction: self.direction[row],
            order_type: self.order_type[row],
            price: self.price[row],
            size: self.size[row],
            stop_loss: self.stop_loss[row],
            take_profit: self.take_profit[row],
            magic_number: self.magic_number[row],
            expires_at: self.expires_at[row],
            trailing_distance: self.trailing_distance[row],
            trailing_step: self.trailing_step[row],
            break_even_at_r: self.break_even_at_r[row],
            break_even_offset: self.break_even_offset[row],
            max_holding: self.max_holding[row],
            fraction: self.fraction[row],
            row: row as i64,
        }
    }
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
