//! Execution step by step (E-19, Q-E19): signals of a bar first, then its exits.

use crate::breaches::breach;
use crate::costs::model::CostModel;
use crate::environment::check_environment;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::bar::finish_bar;
use crate::execution::entries::process_signal;
use crate::execution::limits::check_fills;
use crate::execution::management::NO_MANAGEMENT;
use crate::execution::state::{Account, Book, Log, Rules, new_account, rules_of};
use crate::packing::digest_bytes;
use crate::quotes::quote_of;
use crate::state_chain::DIGEST_LENGTH;
use crate::types::{Bars, EngineConfig, Events, Positions, Signals};
use crate::worth::check_ages;

/// One book and its account, moved on bar by bar; a failed call leaves the state as it was.
#[derive(Debug)]
pub struct ExecutionSimulator {
    rules: Rules,
    book: Book,
    account: Account,
    log: Log,
    last_signal_bar: Option<i64>,
    last_evaluated_bar: Option<i64>,
    last_signal_time: Option<i64>,
    signals_taken: i64,
}

impl ExecutionSimulator {
    /// Starts without positions.
    ///
    /// # Errors
    /// As [`rules_of`].
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        Ok(Self {
            rules: rules_of(config, CostModel::new(config)?)?,
            book: Book::default(),
            account: new_account(config),
            log: Log::default(),
            last_signal_bar: None,
            last_evaluated_bar: None,
            last_signal_time: None,
            signals_taken: 0,
        })
    }

    /// Processes `signals` in the one bar of `bar` and returns the new events.
    ///
    /// # Errors
    /// SIZE_MISMATCH if `bar` is not one bar; INVALID_STATE if it lies behind the simulator; CONSTRAINT_VIOLATION if a
    /// signal is later than the bar or earlier than one before; as [`check_fills`] and [`check_ages`].
    pub fn process_signals(&mut self, bar: &Bars<'_>, signals: &Signals) -> Result<Events, OmegaError> {
        check_environment()?;
        if bar.len() != 1 {
            let (message, value) = ("signals are processed in exactly one bar", Value::Int(bar.len() as i64));
            return Err(breach(ErrorCode::SizeMismatch, "E-19", "bar", message, None, Some(value)));
        }
        let quote = quote_of(bar, 0, self.rules.timeframe);
        self.check_bar_time(quote.timestamp)?;
        let latest = if self.rules.takes_decisions { quote.end } else { quote.timestamp };
        self.check_signal_times(&signals.timestamp, latest)?;
        check_fills(&self.rules, bar, Some(signals))?;
        check_ages(&self.rules.terms.worth, bar.timestamp, 0)?;
        // An accepted market order is two events.
        self.log.events.reserve(2 * signals.len());
        self.begin(quote.timestamp);
        for row in 0..signals.len() {
            let mut signal = signals.signal(row);
            signal.row += self.signals_taken;
            process_signal(&mut self.book, &mut self.account, &mut self.log, &self.rules, &quote, &signal);
            self.last_signal_time = Some(signal.timestamp);
        }
        self.signals_taken += signals.len() as i64;
        self.last_signal_bar = Some(quote.timestamp);
        Ok(drain_events(&mut self.log))
    }

    /// Pass, management, equity and state chain for each bar; returns the new events.
    ///
    /// # Errors
    /// INVALID_STATE for bars that are not after the last evaluated one; CONSTRAINT_VIOLATION for bars out of order; as
    /// [`check_fills`] and [`check_ages`].
    pub fn evaluate_exits(&mut self, bars: &Bars<'_>) -> Result<Events, OmegaError> {
        check_environment()?;
        if let Some(&first) = bars.timestamp.first() {
            self.check_bar_time(first)?;
        }
        if let Some(row) = (1..bars.len()).find(|&row| bars.timestamp[row] <= bars.timestamp[row - 1]) {
            return Err(OmegaError::new(ErrorCode::ConstraintViolation, "bars must be in strictly increasing time")
                .rule("T-2")
                .column("timestamp")
                .row(row)
                .value(Value::Int(bars.timestamp[row])));
        }
        check_fills(&self.rules, bars, None)?;
        check_ages(&self.rules.terms.worth, bars.timestamp, 0)?;
        if let Some(&first) = bars.timestamp.first() {
            self.begin(first);
        }
        for row in 0..bars.len() {
            let quote = quote_of(bars, row, self.rules.timeframe);
            let Self { rules, book, account, log, .. } = self;
            finish_bar(book, account, log, rules, &quote, NO_MANAGEMENT, false)?;
            self.last_evaluated_bar = Some(quote.timestamp);
        }
        Ok(drain_events(&mut self.log))
    }

    /// Pending and open positions, in order_id order (T-7).
    #[must_use]
    pub fn positions(&self) -> Positions {
        self.book.positions()
    }

    /// Cash in account currency (P-2).
    #[must_use]
    pub fn cash(&self) -> f64 {
        self.account.portfolio.cash
    }

    /// Equity of the last bar whose exits were evaluated (P-3); the initial balance before.
    #[must_use]
    pub fn equity(&self) -> f64 {
        self.account.portfolio.equity
    }

    /// Last digest of the state chain (H-1); zeros before the first bar.
    #[must_use]
    pub fn state_hash(&self) -> [u8; DIGEST_LENGTH] {
        digest_bytes(self.account.digest)
    }

    /// Takes the first bar given as the run's first (L-1a).
    fn begin(&mut self, timestamp: i64) {
        self.account.first_time.get_or_insert(timestamp);
    }

    /// Refuses a bar that lies behind the simulator; bars of one call increase, so that its first decides (Q-E19).
    ///
    /// # Errors
    /// INVALID_STATE for a bar that is not after the last evaluated one, or before the last one that got signals.
    pub fn check_bar_time(&self, timestamp: i64) -> Result<(), OmegaError> {
        if self.last_evaluated_bar.is_some_and(|evaluated| timestamp <= evaluated) {
            return Err(behind(timestamp, "the bar is not later than the last one whose exits were evaluated"));
        }
        if self.last_signal_bar.is_some_and(|seen| timestamp < seen) {
            return Err(behind(timestamp, "the bar is earlier than the last one that got signals"));
        }
        Ok(())
    }

    fn check_signal_times(&self, signals: &[i64], latest: i64) -> Result<(), OmegaError> {
        let mut last = self.last_signal_time.unwrap_or(i64::MIN);
        for (row, &timestamp) in signals.iter().enumerate() {
            if timestamp > latest {
                return Err(unsorted(row, timestamp, "a signal must not be later than its bar"));
            }
            if timestamp < last {
                return Err(unsorted(row, timestamp, "a signal must not be earlier than one before it"));
            }
            last = timestamp;
        }
        Ok(())
    }
}

/// Takes the events out of the log; those of a bar without a digest yet stay for it. Curve and chain go: only a whole
/// run reads them.
fn drain_events(log: &mut Log) -> Events {
    log.equity.timestamp.clear();
    log.equity.known_at.clear();
    log.equity.cash.clear();
    log.equity.equity.clear();
    log.chain.clear();
    log.events.take()
}

fn behind(time: i64, why: &str) -> OmegaError {
    breach(ErrorCode::InvalidState, "E-19", "timestamp", why, Some(0), Some(Value::Int(time)))
}

fn unsorted(row: usize, time: i64, why: &str) -> OmegaError {
    breach(ErrorCode::ConstraintViolation, "L-1a", "timestamp", why, Some(row), Some(Value::Int(time)))
}

#[cfg(test)]
#[path = "tests/steps.rs"]
mod tests;
