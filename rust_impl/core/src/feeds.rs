//! Where a run's signals come from: a table, a strategy of both sides, or one of the user's own (L-1a, L-3).

use crate::error::OmegaError;
use crate::execution::columns::Position;
use crate::execution::limits::check_levels;
use crate::execution::state::{Account, Book, Rules};
use crate::quotes::bar_end;
use crate::signals::columns::SignalRows;
use crate::strategy::base::{Action, BarSlice, Strategy};
use crate::strategy::own::{OpenOrder, OwnStrategy};
use crate::types::{Bars, Signal, Signals};

/// Where a run's entry signals come from, and what it does with open positions.
pub trait EntrySource {
    /// Signals in the order given.
    type Signals: ExactSizeIterator<Item = Signal>;

    /// Whether the source has a part in management.
    const MANAGES: bool;

    /// The source's part of management (E-11).
    fn manage_position(&self, _: &Position) -> Action {
        Action::Hold
    }

    /// The signals handed over at a bar.
    ///
    /// # Errors
    /// What ends the run.
    fn due(&mut self, row: usize, book: &Book, account: &Account) -> Result<Self::Signals, OmegaError>;

    /// Called every now and then, with the number of bars done.
    ///
    /// # Errors
    /// What ends the run.
    fn pause(&mut self, _: usize) -> Result<(), OmegaError> {
        Ok(())
    }

    /// The signals that no bar reached.
    fn late(&self) -> Self::Signals;
}

/// A table's signals, each at the first bar whose time, or end, is not earlier (L-1a).
#[derive(Debug)]
pub struct SignalFeed<'a> {
    signals: &'a Signals,
    bars: &'a Bars<'a>,
    /// Of a bar, where signals are handed over by its end, else 0, µs.
    timeframe: i64,
    next: usize,
}

impl<'a> SignalFeed<'a> {
    /// Starts before the first bar.
    #[must_use]
    pub fn new(signals: &'a Signals, bars: &'a Bars<'a>, rules: &Rules) -> Self {
        Self { signals, bars, timeframe: if rules.takes_decisions { rules.timeframe } else { 0 }, next: 0 }
    }
}

impl<'a> EntrySource for SignalFeed<'a> {
    type Signals = SignalRows<'a>;
    const MANAGES: bool = false;

    #[inline]
    fn due(&mut self, row: usize, _: &Book, _: &Account) -> Result<Self::Signals, OmegaError> {
        let time = bar_end(self.bars.timestamp[row], self.timeframe);
        let start = self.next;
        while self.signals.timestamp.get(self.next).is_some_and(|&timestamp| timestamp <= time) {
            self.next += 1;
        }
        Ok(SignalRows { signals: self.signals, rows: start..self.next })
    }

    fn late(&self) -> Self::Signals {
        SignalRows { signals: self.signals, rows: self.next..self.signals.len() }
    }
}

/// A strategy asked once per bar, unless the symbol is at its limit of positions (Q-L1b).
#[derive(Debug)]
pub struct StrategyFeed<'a, S> {
    /// Keeps its decisions.
    pub strategy: S,
    slice: BarSlice<'a>,
    max_positions: usize,
}

impl<'a, S: Strategy> StrategyFeed<'a, S> {
    /// Starts before the first bar; `max_positions` are pending and open ones.
    pub fn new(strategy: S, bars: &'a Bars<'a>, max_positions: usize) -> Self {
        Self { strategy, slice: BarSlice { bars, row: 0 }, max_positions }
    }
}

impl<S: Strategy> EntrySource for StrategyFeed<'_, S> {
    type Signals = std::option::IntoIter<Signal>;
    const MANAGES: bool = true;

    #[inline]
    fn due(&mut self, row: usize, book: &Book, account: &Account) -> Result<Self::Signals, OmegaError> {
        self.slice.row = row;
        if account.is_stopped_out {
            rule!("E-21");
            return Ok(None.into_iter());
        }
        if book.len() >= self.max_positions {
            rule!("Q-L1b");
            return Ok(None.into_iter());
        }
        Ok(self.strategy.evaluate(&self.slice).into_iter())
    }

    fn late(&self) -> Self::Signals {
        None.into_iter()
    }

    #[inline]
    fn manage_position(&self, position: &Position) -> Action {
        self.strategy.manage_position(position, &self.slice)
    }
}

/// The orders of a strategy that is asked bar by bar, each handed over in its bar (Q-L3).
pub struct OrderFeed<'a> {
    own: &'a mut dyn OwnStrategy,
    rules: &'a Rules,
    told: i64,
}

impl<'a> OrderFeed<'a> {
    /// Starts before the first bar.
    pub fn new(own: &'a mut dyn OwnStrategy, rules: &'a Rules) -> Self {
        Self { own, rules, told: -1 }
    }
}

impl EntrySource for OrderFeed<'_> {
    type Signals = std::vec::IntoIter<Signal>;
    const MANAGES: bool = false;

    fn due(&mut self, row: usize, book: &Book, account: &Account) -> Result<Self::Signals, OmegaError> {
        if account.is_stopped_out {
            rule!("E-21");
            return Ok(Vec::new().into_iter());
        }
        if !self.own.is_asked(row) {
            return Ok(Vec::new().into_iter());
        }
        rule!("L-3");
        let mut told = None;
        if account.next_seq != self.told {
            // Whatever changes an order has its event (T-8).
            self.told = account.next_seq;
            told = Some(book.kept_rows().map(|row| open_order(&book.position(row), 0)).collect());
        }
        let signals = self.own.ask(row, account.portfolio.equity, told)?;
        check_levels(self.rules, signals.iter().copied())?;
        Ok(signals.into_iter())
    }

    fn late(&self) -> Self::Signals {
        Vec::new().into_iter()
    }

    fn pause(&mut self, done: usize) -> Result<(), OmegaError> {
        self.own.pause(done)
    }
}

/// What a strategy of one's own is told of an order (Q-L3); `symbol` is the number of its symbol.
#[must_use]
pub fn open_order(position: &Position, symbol: u16) -> OpenOrder {
    OpenOrder {
        order_id: position.order_id,
        magic_number: position.magic_number,
        direction: position.direction,
        order_type: position.order_type,
        status: position.status,
        entry_time: position.entry_time,
        trigger_time: position.trigger_time,
        entry_price: position.entry_price,
        stop_loss: position.stop_loss,
        take_profit: position.take_profit,
        size: position.size,
        symbol,
    }
}
