//! The engine loop (chapter L): bars and signals, or a strategy, in; a whole run out. The order of a bar is in
//! `execution::bar`.

use std::ops::Range;
use std::sync::atomic::Ordering;

use crate::costs::model::CostModel;
use crate::data::check_lengths;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::bar::process_bar;
use crate::execution::columns::Position;
use crate::execution::ledger::add_initial_point;
use crate::execution::management::NO_MANAGEMENT;
use crate::execution::state::{Account, Book, Log, Rules, new_account, rules_of};
use crate::portfolio::metrics::summary_metrics;
use crate::state_chain::DIGEST_LENGTH;
use crate::strategy::base::{Action, BarSlice, Strategy};
use crate::strategy::mean_reversion_z_score::MeanReversionZScore;
use crate::strategy::registry::{self, StrategyKind};
use crate::terms::symbol_terms;
use crate::types::{Bars, EngineConfig, RunControl, RunOutput, Signal, Signals};

/// Bars between two looks at the run's control.
const CONTROL_INTERVAL: usize = 4096;

/// A whole run: `signals` over `bars`, or the configured strategy when there are none.
///
/// `bars` and `signals` have passed [`crate::data::check_bars`] and [`crate::data::check_signals`].
///
/// # Errors
/// As [`check_config`] and [`first_row`]; SIZE_MISMATCH for columns of unequal length; OUT_OF_BOUNDS for a strategy's
/// periods; INVALID_STATE when cancelled.
pub fn run(
    bars: &Bars<'_>,
    signals: Option<&Signals>,
    config: &EngineConfig,
    control: &RunControl,
) -> Result<RunOutput, OmegaError> {
    let strategy = check_config(config, signals.is_some())?;
    check_lengths(bars)?;
    let first = first_row(bars, config.start)?;
    let rules = rules_of(config, CostModel::new(config)?)?;
    let (mut book, mut account, mut log) = (Book::default(), new_account(config), Log::default());
    reserve(&mut log, &rules, bars.len() - first);
    match (signals, strategy) {
        (Some(signals), _) => {
            let source = SignalFeed { signals, bars, next: 0 };
            run_bars(&mut book, &mut account, &mut log, &rules, bars, first, source, control)?;
        }
        (None, Some(StrategyKind::MeanReversionZScore)) => {
            let strategy = MeanReversionZScore::on_init(config, bars)?;
            let source =
                StrategyFeed { strategy, slice: BarSlice { bars, row: first }, max_positions: rules.max_positions };
            run_bars(&mut book, &mut account, &mut log, &rules, bars, first, source, control)?;
        }
        (None, None) => return Err(no_source()),
    }
    Ok(output(book, account, log))
}

/// What a run checks before it looks at its tables (Q-L1c); the strategy to run, none when signals come in.
///
/// # Errors
/// INVALID_ARGUMENT without signals and strategy, for an unknown strategy even where signals are given, or as
/// [`symbol_terms`].
pub fn check_config(config: &EngineConfig, has_signals: bool) -> Result<Option<StrategyKind>, OmegaError> {
    // A wrong name is refused even where signals win over the strategy: a typo is never silent.
    let strategy = config.strategy.as_ref().map(|strategy| registry::find(&strategy.name)).transpose()?;
    if strategy.is_none() && !has_signals {
        return Err(no_source());
    }
    symbol_terms(config)?;
    Ok(strategy.filter(|_| !has_signals))
}

fn no_source() -> OmegaError {
    let message = "expected signals or a strategy, found neither";
    OmegaError::new(ErrorCode::InvalidArgument, message).rule("A-1").column("strategy")
}

/// Row of the first bar from `start` on (G-4).
///
/// # Errors
/// EMPTY_INPUT when there is none.
pub fn first_row(bars: &Bars<'_>, start: Option<i64>) -> Result<usize, OmegaError> {
    let start = start.unwrap_or(i64::MIN);
    let first = bars.timestamp.partition_point(|&timestamp| timestamp < start);
    if first < bars.len() {
        return Ok(first);
    }
    let message = "expected at least one bar from start on, found none";
    Err(OmegaError::new(ErrorCode::EmptyInput, message).rule("G-4").column("start").value(Value::Int(start)))
}

/// Room for one point and one digest per bar, and v1's first point (P-4).
fn reserve(log: &mut Log, rules: &Rules, rows: usize) {
    log.chain.reserve_exact(rows * DIGEST_LENGTH);
    let points = rows + usize::from(rules.variant.starts_with_point);
    log.equity.timestamp.reserve_exact(points);
    log.equity.cash.reserve_exact(points);
    log.equity.equity.reserve_exact(points);
}

/// Works through the bars from row `first` on, one after the other (Q-L1).
///
/// # Errors
/// INVALID_STATE when cancelled; as [`process_bar`].
pub fn run_bars<S: EntrySource>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    bars: &Bars<'_>,
    first: usize,
    mut source: S,
    control: &RunControl,
) -> Result<(), OmegaError> {
    if rules.variant.starts_with_point {
        add_initial_point(account, log, bars.timestamp[first].saturating_sub(rules.timeframe));
    }
    let last = bars.len() - 1;
    for row in first..=last {
        if (row - first).is_multiple_of(CONTROL_INTERVAL) {
            report(row - first, control)?;
        }
        let is_last = row == last;
        let signals = source.due(row, book);
        let late = is_last.then(|| source.late()).into_iter().flatten();
        process_bar(book, account, log, rules, bars, row, signals, late, source.manage_position(), is_last)?;
    }
    control.bars_done.store((bars.len() - first) as u64, Ordering::Relaxed);
    Ok(())
}

/// Tells how far the run is, and hears whether it shall stop (L-2).
fn report(done: usize, control: &RunControl) -> Result<(), OmegaError> {
    control.bars_done.store(done as u64, Ordering::Relaxed);
    if control.is_cancelled.load(Ordering::Relaxed) {
        return Err(OmegaError::new(ErrorCode::InvalidState, "cancelled").rule("L-2"));
    }
    Ok(())
}

/// Where a run's entry signals come from, and what it does with open positions.
pub trait EntrySource {
    /// Signals in the order given.
    type Signals: Iterator<Item = Signal>;

    /// The source's part of management (E-11); none if it has none.
    fn manage_position(&self) -> Option<impl Fn(&Position) -> Action>;

    /// The signals handed over at a bar.
    fn due(&mut self, row: usize, book: &Book) -> Self::Signals;

    /// The signals that no bar reached.
    fn late(&self) -> Self::Signals;
}

/// A table's signals, each at the first bar whose time is not earlier (L-1a).
#[derive(Debug)]
pub struct SignalFeed<'a> {
    signals: &'a Signals,
    bars: &'a Bars<'a>,
    next: usize,
}

impl<'a> EntrySource for SignalFeed<'a> {
    type Signals = SignalRows<'a>;

    #[inline]
    fn manage_position(&self) -> Option<impl Fn(&Position) -> Action> {
        NO_MANAGEMENT
    }

    #[inline]
    fn due(&mut self, row: usize, _: &Book) -> Self::Signals {
        let time = self.bars.timestamp[row];
        let start = self.next;
        while self.signals.timestamp.get(self.next).is_some_and(|&timestamp| timestamp <= time) {
            self.next += 1;
        }
        SignalRows { signals: self.signals, rows: start..self.next }
    }

    fn late(&self) -> Self::Signals {
        SignalRows { signals: self.signals, rows: self.next..self.signals.len() }
    }
}

/// Rows of a signal table, one after the other.
#[derive(Debug)]
pub struct SignalRows<'a> {
    signals: &'a Signals,
    rows: Range<usize>,
}

impl Iterator for SignalRows<'_> {
    type Item = Signal;

    #[inline]
    fn next(&mut self) -> Option<Signal> {
        self.rows.next().map(|row| self.signals.signal(row))
    }
}

/// A strategy asked once per bar, unless the symbol is at its limit of positions (Q-L1b).
#[derive(Debug)]
pub struct StrategyFeed<'a, S> {
    strategy: S,
    slice: BarSlice<'a>,
    max_positions: usize,
}

impl<S: Strategy> EntrySource for StrategyFeed<'_, S> {
    type Signals = std::option::IntoIter<Signal>;

    #[inline]
    fn manage_position(&self) -> Option<impl Fn(&Position) -> Action> {
        Some(|position: &Position| self.strategy.manage_position(position, &self.slice))
    }

    #[inline]
    fn due(&mut self, row: usize, book: &Book) -> Self::Signals {
        self.slice.row = row;
        if book.len() >= self.max_positions {
            rule!("Q-L1b");
            return None.into_iter();
        }
        self.strategy.evaluate(&self.slice).into_iter()
    }

    fn late(&self) -> Self::Signals {
        None.into_iter()
    }
}

fn output(book: Book, account: Account, log: Log) -> RunOutput {
    let metrics = summary_metrics(&account.portfolio, &log.trades, account.ambiguous_bars);
    RunOutput {
        trades: log.trades,
        events: log.events,
        equity: log.equity,
        positions: book.positions(),
        chain: log.chain,
        metrics,
    }
}

#[cfg(test)]
#[path = "tests/engine.rs"]
mod tests;
