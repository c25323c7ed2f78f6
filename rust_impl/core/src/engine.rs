//! The engine loop (chapter L): bars and signals, or a strategy, in; a whole run out. The order of a bar is in
//! `execution::bar`.

use std::sync::atomic::Ordering;

use crate::bars::checks::check_lengths;
use crate::bars::detail::{Detail, check_detail_timeframe, match_detail};
use crate::breaches::breach;
use crate::costs::commission::commission_terms;
use crate::costs::model::CostModel;
use crate::costs::swap::check_rollovers;
use crate::environment::check_environment;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::bar::process_bar;
use crate::execution::columns::reserve;
use crate::execution::detail::evaluate_detail;
use crate::execution::ledger::add_initial_point;
use crate::execution::limits::check_fills;
use crate::execution::state::{Account, Book, Log, Rules, new_account, rules_of};
use crate::execution::ticks::{keep_last_points, tick_rules};
use crate::feeds::{EntrySource, OrderFeed, SignalFeed, StrategyFeed};
use crate::multi_symbol::arrivals::{StepOrders, StepSignals};
use crate::multi_symbol::books::in_order;
use crate::multi_symbol::run::{check_many, check_steps, new_places, run_steps};
use crate::multi_symbol::timeline::union;
use crate::portfolio::metrics::summary_metrics;
use crate::strategy::base::Strategy as _;
use crate::strategy::mean_reversion_z_score::MeanReversionZScore;
use crate::strategy::own::OwnStrategy;
use crate::strategy::registry::{self, StrategyKind};
use crate::terms::symbol_terms;
use crate::ticks::checks::check_lengths as check_tick_lengths;
use crate::ticks::columns::tick_bars;
use crate::types::{Bars, Decisions, DetailBars, EngineConfig, RunControl, RunOutput, Signals, Ticks};
use crate::variants::variant_rules;
use crate::worth::check_ages;

/// Bars between two looks at the run's control.
const CONTROL_INTERVAL: usize = 4096;

/// A whole run: `signals` over `bars`, or when there are none `own`, or the configured strategy. `detail` are bars of a
/// finer timeframe, which show what happened inside of `bars` (E-22).
///
/// `bars`, `signals` and `detail` have passed [`crate::bars::checks::check_bars`] and
/// [`crate::signals::checks::check_signals`].
///
/// # Errors
/// As [`check_environment`], [`check_config`], [`first_row`], [`match_detail`] and [`check_market`];
/// SIZE_MISMATCH for columns of unequal length; OUT_OF_BOUNDS for a strategy's periods; OUT_OF_MEMORY; INVALID_STATE
/// when cancelled; what `own` ends the run with.
pub fn run(
    bars: &Bars<'_>,
    signals: Option<&Signals>,
    config: &EngineConfig,
    control: &RunControl,
    detail: Option<DetailBars<'_>>,
    own: Option<&mut dyn OwnStrategy>,
) -> Result<RunOutput, OmegaError> {
    check_environment()?;
    let has_orders = signals.is_some() || own.is_some();
    let strategy = check_config(config, has_orders, detail.map(|detail| detail.timeframe))?;
    check_lengths(bars)?;
    let first = first_row(bars.timestamp, config.start)?;
    let rules = rules_of(config, CostModel::new(config)?)?;
    let mut matched = None;
    if let Some(detail) = detail {
        check_lengths(&detail.bars)?;
        matched = Some(match_detail(bars, first, config.timeframe, &detail.bars, detail.timeframe)?);
    }
    let detail = matched.as_ref();
    check_market(&rules, bars, first, signals)?;
    let (mut book, mut account, mut log) = (Book::default(), new_account(config), Log::default());
    reserve(&mut log, &rules, bars.len() - first)?;
    let mut decisions = Decisions::default();
    if let Some(signals) = signals {
        let mut source = SignalFeed::new(signals, bars, &rules);
        run_bars(&mut book, &mut account, &mut log, &rules, bars, first, detail, &mut source, control)?;
    } else if let Some(own) = own {
        let mut source = OrderFeed::new(own, &rules);
        run_bars(&mut book, &mut account, &mut log, &rules, bars, first, detail, &mut source, control)?;
    } else if let Some(StrategyKind::MeanReversionZScore) = strategy {
        let strategy = MeanReversionZScore::on_init(config, bars)?;
        let mut source = StrategyFeed::new(strategy, bars, rules.max_positions);
        run_bars(&mut book, &mut account, &mut log, &rules, bars, first, detail, &mut source, control)?;
        decisions = source.strategy.decisions();
    }
    check_environment()?;
    Ok(output(book, account, log, &rules, decisions))
}

/// A run over the bars of several symbols (M-4): `signals`, or when there are none `own`; `configs` are those of the
/// symbols, in their order.
///
/// `bars` and `signals` have passed [`crate::bars::checks::check_bars`] and [`crate::signals::checks::check_signals`].
///
/// # Errors
/// As [`check_environment`], [`check_many`], [`check_config`], [`first_row`] and [`check_steps`]; SIZE_MISMATCH for
/// columns of unequal length; EMPTY_INPUT without a bar; OUT_OF_MEMORY; INVALID_STATE when cancelled; what `own` ends
/// the run with.
pub fn run_many(
    bars: &[Bars<'_>],
    signals: Option<&Signals>,
    configs: &[EngineConfig],
    control: &RunControl,
    own: Option<&mut dyn OwnStrategy>,
) -> Result<RunOutput, OmegaError> {
    check_environment()?;
    check_many(configs, bars.len(), signals.is_some() || own.is_some())?;
    for config in configs {
        check_config(config, true, None)?;
    }
    for bars in bars {
        check_lengths(bars)?;
    }
    let columns: Vec<&[i64]> = bars.iter().map(|bars| bars.timestamp).collect();
    let times = union(&columns);
    if times.is_empty() {
        return Err(breach(ErrorCode::EmptyInput, "M-4", "bars", "no symbol has a bar", None, None));
    }
    let first = first_row(&times, configs[0].start)?;
    let mut places = new_places(configs, bars, times[first])?;
    check_steps(&places, &times)?;
    let (mut account, mut log) = (new_account(&configs[0]), Log::default());
    reserve(&mut log, &places[0].rules, times.len() - first)?;
    if let Some(signals) = signals {
        let mut source = StepSignals::new(signals, &places[0].rules);
        run_steps(&mut places, &mut account, &mut log, &times, first, &mut source, control)?;
    } else if let Some(own) = own {
        run_steps(&mut places, &mut account, &mut log, &times, first, &mut StepOrders::new(own), control)?;
    }
    check_environment()?;
    let mut book = Book::default();
    for (place, row) in in_order(&places) {
        book.push(&places[place].book.position(row));
    }
    Ok(output(book, account, log, &places[0].rules, Decisions::default()))
}

/// A run of `signals` over `ticks` (E-17, Q-E17c); the configured strategy is not asked.
///
/// `ticks` and `signals` have passed [`crate::ticks::checks::check_ticks`] and
/// [`crate::signals::checks::check_signals`].
///
/// # Errors
/// As [`check_environment`], [`check_config`], [`first_row`] and [`check_market`]; SIZE_MISMATCH for columns of unequal
/// length; OUT_OF_MEMORY; INVALID_STATE when cancelled.
pub fn run_ticks(
    ticks: &Ticks<'_>,
    signals: &Signals,
    config: &EngineConfig,
    control: &RunControl,
) -> Result<RunOutput, OmegaError> {
    check_environment()?;
    check_config(config, true, None)?;
    check_tick_lengths(ticks)?;
    let bars = &tick_bars(ticks);
    let first = first_row(bars.timestamp, config.start)?;
    let rules = tick_rules(&rules_of(config, CostModel::new(config)?)?, config.variant);
    check_market(&rules, bars, first, Some(signals))?;
    let (mut book, mut account, mut log) = (Book::default(), new_account(config), Log::default());
    reserve(&mut log, &rules, bars.len() - first)?;
    let mut source = SignalFeed::new(signals, bars, &rules);
    run_bars(&mut book, &mut account, &mut log, &rules, bars, first, None, &mut source, control)?;
    keep_last_points(&mut log, 0);
    check_environment()?;
    Ok(output(book, account, log, &rules, Decisions::default()))
}

/// What a run checks before it looks at its tables (Q-L1c); the strategy to run, none when signals come in.
///
/// # Errors
/// INVALID_ARGUMENT without signals and strategy, for an unknown strategy even where signals are given, or as
/// [`symbol_terms`], [`commission_terms`] and [`check_detail`].
pub fn check_config(
    config: &EngineConfig,
    has_signals: bool,
    detail_timeframe: Option<i64>,
) -> Result<Option<StrategyKind>, OmegaError> {
    // A wrong name is refused even where signals win over the strategy: a typo is never silent.
    let strategy = config.strategy.as_ref().map(|strategy| registry::find(&strategy.name)).transpose()?;
    if strategy.is_none() && !has_signals {
        let message = "expected signals or a strategy, found neither";
        return Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("A-1").column("strategy"));
    }
    commission_terms(config, &symbol_terms(config)?)?;
    if let Some(detail_timeframe) = detail_timeframe {
        check_detail(config, detail_timeframe)?;
    }
    Ok(strategy.filter(|_| !has_signals))
}

/// Refuses detail bars where a run can have none (E-22).
///
/// # Errors
/// INVALID_ARGUMENT in a variant that has none; as [`check_detail_timeframe`].
pub fn check_detail(config: &EngineConfig, detail_timeframe: i64) -> Result<(), OmegaError> {
    if !variant_rules(config.variant).walks_bars {
        let message = format!("the variant {} has no detail bars: leave them out", config.variant.text());
        return Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("E-22").column("detail"));
    }
    check_detail_timeframe(config.timeframe, detail_timeframe)
}

/// What prices and times have to hold for costs and rates, the last check of a run (Q-L1c).
///
/// # Errors
/// As [`check_fills`], [`check_ages`] and [`check_rollovers`].
pub fn check_market(rules: &Rules, bars: &Bars<'_>, first: usize, signals: Option<&Signals>) -> Result<(), OmegaError> {
    check_fills(rules, bars, signals)?;
    check_ages(&rules.rate_series, rules.rates_max_age, bars.timestamp, first)?;
    check_rollovers(rules.swap.as_ref(), bars.timestamp, first)
}

/// Row of the first of `times` from `start` on (G-4).
///
/// # Errors
/// EMPTY_INPUT when there is none.
pub fn first_row(times: &[i64], start: Option<i64>) -> Result<usize, OmegaError> {
    let start = start.unwrap_or(i64::MIN);
    let first = times.partition_point(|&time| time < start);
    if first < times.len() {
        return Ok(first);
    }
    let message = "no bar at or after start: it is later than the last bar";
    Err(OmegaError::new(ErrorCode::EmptyInput, message).rule("G-4").column("start").value(Value::Int(start)))
}

/// Works through the bars from row `first` on, one after the other, each with its detail bars (Q-L1, E-22).
///
/// # Errors
/// INVALID_STATE when cancelled; as [`EntrySource::due`], [`EntrySource::pause`] and [`process_bar`].
pub fn run_bars<S: EntrySource>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    bars: &Bars<'_>,
    first: usize,
    detail: Option<&Detail<'_>>,
    source: &mut S,
    control: &RunControl,
) -> Result<(), OmegaError> {
    account.first_time = Some(bars.timestamp[first]);
    if rules.variant.starts_with_point {
        // Ticks have no length: the point before them lies 1 µs before (Q-E17b).
        add_initial_point(account, log, rules, bars.timestamp[first].saturating_sub(rules.timeframe.max(1)));
    }
    let last = bars.len() - 1;
    for row in first..=last {
        if (row - first).is_multiple_of(CONTROL_INTERVAL) {
            control.bars_done.store((row - first) as u64, Ordering::Relaxed);
            if control.is_cancelled.load(Ordering::Relaxed) {
                return Err(OmegaError::new(ErrorCode::InvalidState, "cancelled").rule("L-2"));
            }
            source.pause(row - first)?;
        }
        if let Some(detail) = detail {
            evaluate_detail(book, account, log, rules, bars, row, detail);
        }
        let is_last = row == last;
        let signals = source.due(row, book, account)?;
        let late = is_last.then(|| source.late()).into_iter().flatten();
        let manage_position = S::MANAGES.then_some(|position: &_| source.manage_position(position));
        process_bar(book, account, log, rules, bars, row, detail, signals, late, manage_position, is_last)?;
    }
    control.bars_done.store((bars.len() - first) as u64, Ordering::Relaxed);
    Ok(())
}

fn output(book: Book, account: Account, log: Log, rules: &Rules, decisions: Decisions) -> RunOutput {
    let metrics = summary_metrics(&book, &account, &log, &rules.variant);
    RunOutput {
        trades: log.trades,
        events: log.events,
        equity: log.equity,
        positions: book.positions(),
        chain: log.chain,
        metrics,
        decisions,
    }
}

#[cfg(test)]
#[path = "tests/engine.rs"]
mod tests;
