//! Execution step by step (E-19, Q-E19): signals of a bar first, then its exits.

use crate::bars::checks::check_bars;
use crate::bars::columns::columns_of;
use crate::breaches::breach;
use crate::costs::model::CostModel;
use crate::costs::swap::check_rollovers;
use crate::environment::check_environment;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::bar::{evaluate_positions, mark_quote};
use crate::execution::calculations::{charge, check_fills_to_charge, check_orders, lot_size};
use crate::execution::closing;
use crate::execution::entries::process_signal;
use crate::execution::ledger::drop_point;
use crate::execution::limits::{check_fills, check_levels};
use crate::execution::management::NO_MANAGEMENT;
use crate::execution::snapshot::{State, state_of, state_parts};
use crate::execution::state::{Account, Book, Log, Progress, Rules, UnmarkedBar, new_account, rules_of};
use crate::execution::ticks::{keep_last_points, set_reaches, tick_rules};
use crate::execution::updates::{act_on_updates, updates_of};
use crate::packing::{EVENT_WORDS, digest_bytes};
use crate::portfolio::metrics::summary_metrics;
use crate::quotes::{Quote, quote_of};
use crate::signals::columns::SignalRows;
use crate::state_chain::DIGEST_LENGTH;
use crate::ticks::checks::check_ticks;
use crate::ticks::columns::{columns_of as columns_of_tick, tick_bars};
use crate::types::{Bar, Bars, EngineConfig, Events, Metrics, Positions, Signals, Tick, Ticks, Trades};
use crate::worth::check_ages;

/// One book and its account, moved on bar by bar; a failed call leaves the state as it was.
#[derive(Debug)]
pub struct ExecutionSimulator {
    rules: Rules,
    tick_rules: Rules,
    book: Book,
    account: Account,
    log: Log,
    progress: Progress,
}

impl ExecutionSimulator {
    /// Starts without positions.
    ///
    /// # Errors
    /// As [`rules_of`].
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        let rules = rules_of(config, CostModel::new(config)?)?;
        Ok(Self {
            tick_rules: tick_rules(&rules, config.variant),
            rules,
            book: Book::default(),
            account: new_account(config),
            log: Log::default(),
            progress: Progress::default(),
        })
    }

    /// Processes `signals` in the one bar of `bar` and returns the new events.
    ///
    /// # Errors
    /// SIZE_MISMATCH if `bar` is not one bar; INVALID_STATE if it lies behind the simulator; CONSTRAINT_VIOLATION if a
    /// signal is later than the bar or earlier than one before; as [`check_fills`], [`check_ages`] and
    /// [`check_rollovers`].
    pub fn process_signals(&mut self, bar: &Bars<'_>, signals: &Signals) -> Result<Events, OmegaError> {
        check_environment()?;
        if bar.len() != 1 {
            let (message, value) = ("signals are processed in exactly one bar", Value::Int(bar.len() as i64));
            return Err(breach(ErrorCode::SizeMismatch, "E-19", "bar", message, None, Some(value)));
        }
        self.check_bar_time(bar.timestamp[0])?;
        self.hand_over(bar, signals, false)
    }

    /// Processes `signals` at the one tick of `tick` and returns the new events (Q-E17d).
    ///
    /// # Errors
    /// As [`Self::process_signals`].
    pub fn process_tick_signals(&mut self, tick: &Ticks<'_>, signals: &Signals) -> Result<Events, OmegaError> {
        check_environment()?;
        if tick.timestamp.len() != 1 {
            let value = Some(Value::Int(tick.timestamp.len() as i64));
            let message = "signals are processed at exactly one tick";
            return Err(breach(ErrorCode::SizeMismatch, "E-19", "tick", message, None, value));
        }
        self.check_tick_time(tick.timestamp[0])?;
        let events = self.hand_over(&tick_bars(tick), signals, true);
        self.leave_ticks();
        events
    }

    /// Pass, management, equity and state chain for each bar; returns the new events.
    ///
    /// # Errors
    /// INVALID_STATE for bars that are not after the last evaluated one; CONSTRAINT_VIOLATION for bars out of order; as
    /// [`check_fills`], [`check_ages`] and [`check_rollovers`].
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
        self.evaluate(bars, false)
    }

    /// Does and refuses what [`Self::evaluate_exits`] would with checked bars of this one row.
    ///
    /// # Errors
    /// As [`check_bars`] and [`Self::evaluate_exits`].
    pub fn evaluate_bar(&mut self, bar: &Bar) -> Result<Events, OmegaError> {
        check_environment()?;
        let bars = columns_of(bar);
        check_bars(&bars, self.rules.timeframe, Vec::new())?;
        self.check_bar_time(bar.timestamp)?;
        self.evaluate(&bars, false)
    }

    /// Pass, management, equity and state chain for each tick, of which there is one at least; returns the new events
    /// (E-17).
    ///
    /// # Errors
    /// INVALID_STATE for ticks that lie behind the simulator; as [`check_ticks`] and [`Self::evaluate_exits`].
    pub fn evaluate_ticks(&mut self, ticks: &Ticks<'_>) -> Result<Events, OmegaError> {
        check_environment()?;
        check_ticks(ticks, Vec::new())?;
        self.check_tick_time(ticks.timestamp[0])?;
        let points = self.log.equity.timestamp.len();
        if self.rules.stop_buffer != 0.0 {
            set_reaches(&mut self.book, &self.tick_rules);
        }
        let events = self.evaluate(&tick_bars(ticks), true);
        keep_last_points(&mut self.log, points.saturating_sub(1));
        self.leave_ticks();
        events
    }

    /// Does and refuses what [`Self::evaluate_ticks`] would with this one tick.
    ///
    /// # Errors
    /// As [`Self::evaluate_ticks`].
    pub fn evaluate_tick(&mut self, tick: &Tick) -> Result<Events, OmegaError> {
        self.evaluate_ticks(&columns_of_tick(tick))
    }

    /// Lets E-18 act in the last evaluated bar and returns the new events (Q-E18b).
    ///
    /// # Errors
    /// INVALID_STATE if the exits of a bar that got signals are not evaluated yet.
    pub fn close_all(&mut self) -> Result<Events, OmegaError> {
        check_environment()?;
        self.check_nothing_waits("this bar got signals: evaluate its exits before everything is closed")?;
        if let Some(last) = self.progress.last_bar.take_if(|_| !self.book.is_empty()) {
            let Self { rules, tick_rules, book, account, log, .. } = self;
            unmark(account, log, &last);
            closing::close_all(book, account, log, rules_at(rules, tick_rules, &last.quote), &last.quote);
            self.progress.last_bar = Some(self.unmarked(&last.quote));
            let Self { rules, tick_rules, book, account, log, .. } = self;
            let rules = rules_at(rules, tick_rules, &last.quote);
            mark_quote(book, account, log, rules, &last.quote, last.quote.timestamp);
        }
        Ok(drain_events(&mut self.log))
    }

    /// Changes and closes by id in the last evaluated bar, and returns the new events (B-4).
    ///
    /// # Errors
    /// INVALID_STATE if the exits of a bar that got signals are not evaluated yet; as [`updates_of`].
    pub fn apply_updates(
        &mut self,
        order_ids: &[i64],
        stop_losses: &[Option<f64>],
        take_profits: &[Option<f64>],
        close_fractions: &[Option<f64>],
    ) -> Result<Events, OmegaError> {
        check_environment()?;
        self.check_nothing_waits("this bar got signals: evaluate its exits before orders are changed by id")?;
        let updates = updates_of(&self.account, order_ids, stop_losses, take_profits, close_fractions)?;
        if let Some(last) = self.progress.last_bar.take_if(|_| !updates.is_empty()) {
            let Self { rules, tick_rules, book, account, log, .. } = self;
            unmark(account, log, &last);
            act_on_updates(book, account, log, rules_at(rules, tick_rules, &last.quote), &last.quote, &updates);
            self.progress.last_bar = Some(self.unmarked(&last.quote));
            let Self { rules, tick_rules, book, account, log, .. } = self;
            let rules = rules_at(rules, tick_rules, &last.quote);
            mark_quote(book, account, log, rules, &last.quote, last.quote.timestamp);
            self.leave_ticks();
        }
        Ok(drain_events(&mut self.log))
    }

    /// Refuses what [`Self::process_signals`] would refuse of checked signals whatever their bar (B-2).
    ///
    /// # Errors
    /// CONSTRAINT_VIOLATION if one is earlier than one before; as [`check_levels`].
    pub fn check_batch(&self, signals: &Signals) -> Result<(), OmegaError> {
        check_environment()?;
        self.check_signal_times(&signals.timestamp, i64::MAX)?;
        check_levels(&self.rules, SignalRows::all(signals))
    }

    /// The lots that orders would get now, none where one is too small (B-5).
    ///
    /// # Errors
    /// As [`check_orders`].
    pub fn lot_sizes(
        &self,
        prices: &[f64],
        stop_losses: &[f64],
        sizes: &[Option<f64>],
        times: &[i64],
    ) -> Result<Vec<Option<f64>>, OmegaError> {
        check_environment()?;
        check_orders(&self.rules, prices, stop_losses, sizes, times)?;
        let lots = |row| lot_size(&self.account, &self.rules, prices[row], stop_losses[row], sizes[row], times[row]);
        Ok((0..prices.len()).map(lots).collect())
    }

    /// What fills would be charged; leg 0 is the entry (B-5).
    ///
    /// # Errors
    /// As [`check_fills_to_charge`].
    pub fn fees(&self, lots: &[f64], prices: &[f64], times: &[i64], legs: &[i64]) -> Result<Vec<f64>, OmegaError> {
        check_environment()?;
        check_fills_to_charge(&self.rules, lots, prices, times, legs)?;
        let fee = |row| charge(&self.rules, lots[row], prices[row], times[row], legs[row]);
        Ok((0..lots.len()).map(fee).collect())
    }

    /// The positions closed so far, in the order of closing (T-7).
    #[must_use]
    pub fn trades(&self) -> Trades {
        self.log.trades.clone()
    }

    /// The metrics of a run over the bars evaluated so far (P-5).
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        summary_metrics(&self.book, &self.account, &self.log, &self.rules.variant)
    }

    /// Pending and open positions, in order_id order (T-7).
    #[must_use]
    pub fn positions(&self) -> Positions {
        self.book.positions()
    }

    /// The whole state as the tables of Q-R1.
    #[must_use]
    pub fn snapshot(&self) -> State {
        state_parts(&self.book, &self.account, &self.log, &self.progress)
    }

    /// Takes the state of another simulator of this configuration.
    ///
    /// # Errors
    /// A wrong floating-point environment; INTERNAL_ERROR for tables that no simulator gives.
    pub fn restore(&mut self, parts: &State) -> Result<(), OmegaError> {
        check_environment()?;
        (self.book, self.account, self.log, self.progress) = state_of(parts)?;
        Ok(())
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

    /// Processes signals in a bar, or at a tick, that passed its checks and lies ahead.
    fn hand_over(&mut self, bar: &Bars<'_>, signals: &Signals, is_tick: bool) -> Result<Events, OmegaError> {
        let rules = if is_tick { &self.tick_rules } else { &self.rules };
        let quote = quote_of(bar, 0, rules.timeframe);
        let latest = if rules.takes_decisions { quote.end } else { quote.timestamp };
        self.check_signal_times(&signals.timestamp, latest)?;
        check_fills(rules, bar, Some(signals))?;
        check_ages(&rules.rate_series, rules.rates_max_age, bar.timestamp, 0)?;
        check_rollovers(rules.swap.as_ref(), bar.timestamp, 0)?;
        // An accepted market order is two events.
        self.log.events.reserve(2 * signals.len());
        self.log.bar_events.reserve(2 * EVENT_WORDS * signals.len());
        self.book.reserve(signals.len().min(rules.max_positions));
        self.begin(quote.timestamp);
        let Self { rules, tick_rules, book, account, log, .. } = self;
        let rules = if is_tick { tick_rules } else { rules };
        for row in 0..signals.len() {
            let mut signal = signals.signal(row);
            signal.row += self.progress.signals_taken;
            process_signal(book, account, log, rules, &quote, &signal);
            self.progress.last_signal_time = Some(signal.timestamp);
        }
        self.progress.signals_taken += signals.len() as i64;
        self.progress.last_signal_bar = Some(quote.timestamp);
        Ok(drain_events(&mut self.log))
    }

    /// Evaluates bars, or ticks, that passed their checks and lie ahead.
    fn evaluate(&mut self, bars: &Bars<'_>, is_tick: bool) -> Result<Events, OmegaError> {
        let rules = if is_tick { &self.tick_rules } else { &self.rules };
        check_fills(rules, bars, None)?;
        check_ages(&rules.rate_series, rules.rates_max_age, bars.timestamp, 0)?;
        check_rollovers(rules.swap.as_ref(), bars.timestamp, 0)?;
        if let Some(&first) = bars.timestamp.first() {
            self.begin(first);
        }
        for row in 0..bars.len() {
            let Self { rules, tick_rules, book, account, log, .. } = self;
            let rules = if is_tick { tick_rules } else { rules };
            let quote = quote_of(bars, row, rules.timeframe);
            evaluate_positions(book, account, log, rules, &quote, quote.timestamp, NO_MANAGEMENT)?;
            if row == bars.len() - 1 {
                self.progress.last_bar = Some(self.unmarked(&quote));
            }
            let Self { rules, tick_rules, book, account, log, .. } = self;
            mark_quote(book, account, log, if is_tick { tick_rules } else { rules }, &quote, quote.timestamp);
        }
        Ok(drain_events(&mut self.log))
    }

    /// Gives stops back the buffers that bars give them.
    fn leave_ticks(&mut self) {
        if self.rules.stop_buffer != 0.0 {
            set_reaches(&mut self.book, &self.rules);
        }
    }

    /// What the end of a bar will change.
    fn unmarked(&self, quote: &Quote) -> UnmarkedBar {
        UnmarkedBar {
            quote: *quote,
            portfolio: self.account.portfolio,
            digest: self.account.digest,
            events: self.log.bar_events.clone(),
        }
    }

    /// Refuses what acts in the last evaluated bar while a later one got signals.
    fn check_nothing_waits(&self, why: &str) -> Result<(), OmegaError> {
        let evaluated = self.progress.last_bar.as_ref().map(|last| last.quote.timestamp);
        // Of two ticks of one time the second may have got them.
        let is_pending = !self.log.bar_events.is_empty() || !self.book.waiting.is_empty();
        let is_ahead = |&waiting: &i64| is_pending || evaluated.is_none_or(|time| time < waiting);
        match self.progress.last_signal_bar.filter(is_ahead) {
            None => Ok(()),
            Some(waiting) => {
                let value = Some(Value::Int(waiting));
                Err(breach(ErrorCode::InvalidState, "E-19", "timestamp", why, None, value))
            }
        }
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
        if self.progress.last_bar.as_ref().is_some_and(|last| timestamp <= last.quote.timestamp) {
            return Err(behind(timestamp, "the bar is not later than the last one whose exits were evaluated"));
        }
        if self.progress.last_signal_bar.is_some_and(|seen| timestamp < seen) {
            return Err(behind(timestamp, "the bar is earlier than the last one that got signals"));
        }
        Ok(())
    }

    /// Refuses a tick that lies behind the simulator; ticks of one call do not decrease, so that its first decides
    /// (Q-E17d).
    ///
    /// # Errors
    /// INVALID_STATE for a tick before the last evaluated one, the end of a bar, or the last one that got signals.
    pub fn check_tick_time(&self, timestamp: i64) -> Result<(), OmegaError> {
        if self.progress.last_bar.as_ref().is_some_and(|last| timestamp < last.quote.end) {
            return Err(behind(timestamp, "the tick is earlier than the tick, or the end of the bar, evaluated last"));
        }
        if self.progress.last_signal_bar.is_some_and(|seen| timestamp < seen) {
            return Err(behind(timestamp, "the tick is earlier than the last bar or tick that got signals"));
        }
        Ok(())
    }

    fn check_signal_times(&self, signals: &[i64], latest: i64) -> Result<(), OmegaError> {
        let mut last = self.progress.last_signal_time.unwrap_or(i64::MIN);
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

/// Goes back to before the end of the last evaluated bar (Q-E18b).
fn unmark(account: &mut Account, log: &mut Log, last: &UnmarkedBar) {
    account.portfolio = last.portfolio;
    account.digest = last.digest;
    log.bar_events.extend_from_slice(&last.events);
    drop_point(log);
}

/// The rules of a bar, or of a tick, which has no length.
fn rules_at<'a>(rules: &'a Rules, tick_rules: &'a Rules, quote: &Quote) -> &'a Rules {
    if quote.timestamp < quote.end { rules } else { tick_rules }
}

/// Takes the events out of the log; those of a bar without a digest yet stay for it. The chain goes: only a whole run
/// reads it. The curve stays for the metrics (Q-P5d).
fn drain_events(log: &mut Log) -> Events {
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
