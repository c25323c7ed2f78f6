//! Where the signals of a run over several symbols come from, step by step (Q-M4b, Q-M4e).

use crate::error::OmegaError;
use crate::execution::state::{Account, Rules};
use crate::feeds::open_order;
use crate::multi_symbol::books::{Place, in_order};
use crate::quotes::bar_end;
use crate::signals::columns::SignalRows;
use crate::strategy::own::OwnStrategy;
use crate::types::{Signal, Signals};

/// Where the signals come from.
pub trait StepSource {
    /// The signals that arrive in a step of a time, µs, by what the step before left.
    ///
    /// # Errors
    /// What ends the run.
    fn arrived(
        &mut self,
        step: usize,
        time: i64,
        places: &[Place<'_>],
        account: &Account,
    ) -> Result<Vec<Signal>, OmegaError>;

    /// The signals that no step reached.
    fn late(&self) -> Vec<Signal>;

    /// Called every now and then, with the number of steps done.
    ///
    /// # Errors
    /// What ends the run.
    fn pause(&mut self, _: usize) -> Result<(), OmegaError> {
        Ok(())
    }
}

/// A table's signals, each in the first step whose time, or whose end, is not earlier.
#[derive(Debug)]
pub struct StepSignals<'a> {
    signals: &'a Signals,
    timeframe: i64,
    next: usize,
}

impl<'a> StepSignals<'a> {
    /// Starts before the first step.
    #[must_use]
    pub fn new(signals: &'a Signals, rules: &Rules) -> Self {
        Self { signals, timeframe: if rules.takes_decisions { rules.timeframe } else { 0 }, next: 0 }
    }
}

impl StepSource for StepSignals<'_> {
    #[inline]
    fn arrived(&mut self, _: usize, time: i64, _: &[Place<'_>], _: &Account) -> Result<Vec<Signal>, OmegaError> {
        let end = bar_end(time, self.timeframe);
        let first = self.next;
        while self.signals.timestamp.get(self.next).is_some_and(|&timestamp| timestamp <= end) {
            self.next += 1;
        }
        Ok(SignalRows { signals: self.signals, rows: first..self.next }.collect())
    }

    fn late(&self) -> Vec<Signal> {
        SignalRows { signals: self.signals, rows: self.next..self.signals.len() }.collect()
    }
}

/// The orders of a strategy of one's own, which is asked step by step (Q-M4e).
pub struct StepOrders<'a> {
    own: &'a mut dyn OwnStrategy,
    told: i64,
}

impl<'a> StepOrders<'a> {
    /// Starts before the first step.
    pub fn new(own: &'a mut dyn OwnStrategy) -> Self {
        Self { own, told: -1 }
    }
}

impl StepSource for StepOrders<'_> {
    fn arrived(
        &mut self,
        step: usize,
        _: i64,
        places: &[Place<'_>],
        account: &Account,
    ) -> Result<Vec<Signal>, OmegaError> {
        if account.is_stopped_out || !self.own.is_asked(step) {
            return Ok(Vec::new());
        }
        rule!("Q-M4e");
        let mut told = None;
        if account.next_seq != self.told {
            // Whatever changes an order has its event (T-8).
            self.told = account.next_seq;
            let order = |(place, row): (usize, usize)| {
                let place: &Place<'_> = &places[place];
                open_order(&place.book.position(row), place.rules.number)
            };
            told = Some(in_order(places).into_iter().map(order).collect());
        }
        self.own.ask(step, account.portfolio.equity, told)
    }

    fn late(&self) -> Vec<Signal> {
        Vec::new()
    }

    fn pause(&mut self, done: usize) -> Result<(), OmegaError> {
        self.own.pause(done)
    }
}
