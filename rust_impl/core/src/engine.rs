//! The engine loop (L-1): bars and signals, or a strategy, in; a whole run out.

use std::sync::atomic::Ordering;

use crate::bars::checks::check_lengths;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::ExecutionSimulator;
use crate::sizing::SymbolTerms;
use crate::state_chain::DIGEST_LENGTH;
use crate::strategy::mean_reversion_z_score::MeanReversionZScore;
use crate::strategy::registry::{self, StrategyKind};
use crate::strategy::{Action, Strategy};
use crate::types::{Bar, Bars, EngineConfig, Equity, Reason, RunControl, RunOutput, Signals, Variant};

/// Bars between two looks at the run's control.
const CONTROL_INTERVAL: usize = 4096;

/// A whole run: `signals` over `bars`, or the configured strategy when there are none.
///
/// `bars` and `signals` have passed [`crate::bars::checks::check_bars`] and
/// [`crate::signals::checks::check_signals`].
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
    let source = check_config(config, signals.is_some())?;
    check_lengths(bars)?;
    let first = first_row(bars, config)?;
    let simulator = ExecutionSimulator::new(config)?;
    let run = Run { bars, first, simulator, equity: Equity::default(), chain: Vec::new() };
    match (signals, source) {
        (Some(signals), _) => run.finish(config, control, SignalRows { signals, next: 0 }),
        (None, Some(StrategyKind::MeanReversionZScore)) => {
            let strategy = MeanReversionZScore::on_init(config, bars)?;
            let max_positions = config.max_positions.unwrap_or(usize::MAX);
            run.finish(config, control, Asked { strategy, max_positions })
        }
        (None, None) => Err(no_source()),
    }
}

/// What a run checks before it looks at its tables (Q-L1c); the strategy to run, none when signals come in.
///
/// # Errors
/// INVALID_ARGUMENT without signals and strategy, for an unknown strategy, or as [`SymbolTerms::new`].
pub fn check_config(config: &EngineConfig, has_signals: bool) -> Result<Option<StrategyKind>, OmegaError> {
    // A wrong name is refused even where signals win over the strategy: a typo is never silent.
    let named = config.strategy.as_ref().map(|strategy| registry::find(&strategy.name)).transpose()?;
    if named.is_none() && !has_signals {
        return Err(no_source());
    }
    SymbolTerms::new(config)?;
    Ok(named.filter(|_| !has_signals))
}

fn no_source() -> OmegaError {
    let message = "expected signals or a strategy, found neither";
    OmegaError::new(ErrorCode::InvalidArgument, message).rule("A-1").column("strategy")
}

/// Row of the first bar from `start` on.
///
/// # Errors
/// EMPTY_INPUT when there is none.
pub fn first_row(bars: &Bars<'_>, config: &EngineConfig) -> Result<usize, OmegaError> {
    let start = config.start.unwrap_or(i64::MIN);
    let first = bars.timestamp.partition_point(|&timestamp| timestamp < start);
    if first < bars.len() {
        return Ok(first);
    }
    let message = "expected at least one bar from start on, found none";
    Err(OmegaError::new(ErrorCode::EmptyInput, message).rule("G-4").column("start").value(Value::Int(start)))
}

/// Where a run's entry signals come from.
trait EntrySource {
    /// Hands over what is due in this bar (L-1a).
    fn enter(&mut self, simulator: &mut ExecutionSimulator, bars: &Bars<'_>, index: usize, bar: &Bar);

    /// What the source wants done with open positions after their timeouts (E-11).
    fn manage(&self, simulator: &ExecutionSimulator, bar: &Bar) -> Result<(), OmegaError>;
}

/// Signals computed up front (L-4).
struct SignalRows<'a> {
    signals: &'a Signals,
    next: usize,
}

impl SignalRows<'_> {
    /// Whether the next signal's time is not after the bar's (L-1a).
    #[inline]
    fn is_due(&self, bar: &Bar) -> bool {
        self.signals
            .timestamp
            .get(self.next)
            .is_some_and(|&time| sabotage!(SignalLate => time < bar.timestamp, else time <= bar.timestamp))
    }
}

impl EntrySource for SignalRows<'_> {
    #[inline]
    fn enter(&mut self, simulator: &mut ExecutionSimulator, bars: &Bars<'_>, index: usize, bar: &Bar) {
        while self.is_due(bar) {
            simulator.process_signal(bar, &self.signals.signal(self.next));
            self.next += 1;
        }
        if index + 1 == bars.len() {
            let end = sabotage!(LateSignalsForgotten => self.next, else self.signals.len());
            for row in self.next..end {
                rule!("L-1a");
                simulator.reject(bar, &self.signals.signal(row), Reason::AfterEnd);
            }
        }
    }

    #[inline]
    fn manage(&self, _: &ExecutionSimulator, _: &Bar) -> Result<(), OmegaError> {
        Ok(())
    }
}

/// A strategy, asked in each bar unless the limit of positions is reached (Q-L1b).
struct Asked<S> {
    strategy: S,
    max_positions: usize,
}

impl<S: Strategy> EntrySource for Asked<S> {
    #[inline]
    fn enter(&mut self, simulator: &mut ExecutionSimulator, bars: &Bars<'_>, index: usize, bar: &Bar) {
        if simulator.active_positions() >= self.max_positions {
            rule!("Q-L1b");
            return;
        }
        if let Some(signal) = self.strategy.evaluate(bars, index) {
            simulator.process_signal(bar, &signal);
        }
    }

    #[inline]
    fn manage(&self, simulator: &ExecutionSimulator, bar: &Bar) -> Result<(), OmegaError> {
        for position in simulator.managed_positions(bar) {
            let action = self.strategy.manage_position(&position, bar);
            if action != Action::Hold {
                let message = format!("strategy action {action:?} is not implemented yet");
                return Err(OmegaError::new(ErrorCode::NotImplemented, message)
                    .rule("E-11")
                    .value(Value::Int(position.order_id)));
            }
        }
        Ok(())
    }
}

/// A run under way.
struct Run<'a> {
    bars: &'a Bars<'a>,
    first: usize,
    simulator: ExecutionSimulator,
    equity: Equity,
    chain: Vec<u8>,
}

impl Run<'_> {
    /// Works through the bars and collects the result.
    fn finish<E: EntrySource>(
        mut self,
        config: &EngineConfig,
        control: &RunControl,
        mut source: E,
    ) -> Result<RunOutput, OmegaError> {
        self.reserve(config);
        if config.variant == Variant::V1 {
            self.push_equity(self.bars.timestamp[self.first].saturating_sub(config.timeframe));
        }
        let last = self.bars.len() - 1;
        for index in self.first..=last {
            if (index - self.first).is_multiple_of(CONTROL_INTERVAL) {
                self.report(index, control)?;
            }
            let bar = self.bars.bar(index);
            sabotage!(PassFirst => self.simulator.evaluate_positions(&bar));
            source.enter(&mut self.simulator, self.bars, index, &bar);
            if self.simulator.active_positions() > 0 {
                self.simulator.evaluate_positions(&bar);
                self.simulator.manage_positions(&bar);
                source.manage(&self.simulator, &bar)?;
                if index == last && config.close_at_end {
                    self.simulator.close_all(&bar);
                }
            }
            let digest = self.simulator.finish_bar(&bar);
            self.chain.extend_from_slice(&digest);
            self.push_equity(bar.timestamp);
        }
        control.bars_done.store((self.bars.len() - self.first) as u64, Ordering::Relaxed);
        Ok(self.output())
    }

    /// Room for one point and one digest per bar, and v1's first point (P-4).
    fn reserve(&mut self, config: &EngineConfig) {
        let rows = self.bars.len() - self.first;
        self.chain.reserve_exact(rows * DIGEST_LENGTH);
        let points = rows + usize::from(config.variant == Variant::V1);
        self.equity.timestamp.reserve_exact(points);
        self.equity.cash.reserve_exact(points);
        self.equity.equity.reserve_exact(points);
    }

    fn push_equity(&mut self, timestamp: i64) {
        self.equity.timestamp.push(timestamp);
        self.equity.cash.push(self.simulator.cash());
        self.equity.equity.push(self.simulator.equity());
    }

    fn report(&self, index: usize, control: &RunControl) -> Result<(), OmegaError> {
        control.bars_done.store((index - self.first) as u64, Ordering::Relaxed);
        if control.is_cancelled.load(Ordering::Relaxed) {
            return Err(OmegaError::new(ErrorCode::InvalidState, "cancelled").rule("L-2"));
        }
        Ok(())
    }

    fn output(self) -> RunOutput {
        let metrics = self.simulator.portfolio.summary_metrics(&self.simulator.trades);
        RunOutput {
            positions: self.simulator.positions(),
            trades: self.simulator.trades,
            events: sabotage!(
                LastEventDropped => self.simulator.events.without_last(),
                else self.simulator.events
            ),
            equity: self.equity,
            chain: self.chain,
            metrics,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::columns::BarColumns;
    use crate::sample::sample_bars;
    use crate::test_support::{BAR, bars, config, signals, strategy_config};
    use crate::types::EventKind;

    fn sample() -> BarColumns {
        sample_bars(6000, 7).unwrap()
    }

    #[test]
    fn a_strategy_trades_one_position_at_a_time() {
        // Q-L1b: at the limit it is not asked, so that nothing is rejected.
        let output = run(&sample().view(), None, &strategy_config(), &RunControl::default()).unwrap();
        assert!(output.metrics.trades > 100);
        assert!(!output.events.kind.contains(&EventKind::Rejected));
        for row in 1..output.trades.order_id.len() {
            assert!(output.trades.entry_time[row] > output.trades.exit_time[row - 1]);
        }
        for reason in [Reason::StopLoss, Reason::TakeProfit, Reason::Timeout] {
            assert!(output.trades.reason.iter().filter(|&&found| found == reason).count() >= 5, "{reason:?}");
        }
        assert!(output.trades.signal_row.iter().all(|&row| row == -1));
        assert_eq!((output.chain.len(), output.equity.timestamp.len()), (6000 * 16, 6000));
    }

    #[test]
    fn a_strategys_signals_run_as_a_table_give_the_same_trades() {
        // L-4: without a limit, in both variants.
        let bars = sample();
        for variant in [Variant::Canonical, Variant::V1] {
            let config = EngineConfig { max_positions: None, variant, slippage_random_pips: 0.4, ..strategy_config() };
            let whole = run(&bars.view(), None, &config, &RunControl::default()).unwrap();
            let mut strategy = MeanReversionZScore::on_init(&config, &bars.view()).unwrap();
            let found: Vec<_> = (0..6000).filter_map(|index| strategy.evaluate(&bars.view(), index)).collect();
            let mut table = signals(found.len());
            for (row, signal) in found.iter().enumerate() {
                table.timestamp[row] = signal.timestamp;
                table.direction[row] = signal.direction;
                table.price[row] = signal.price;
                table.stop_loss[row] = signal.stop_loss;
                table.take_profit[row] = signal.take_profit;
                table.magic_number[row] = signal.magic_number;
                table.max_holding[row] = signal.max_holding;
            }
            let by_table = run(&bars.view(), Some(&table), &config, &RunControl::default()).unwrap();
            assert_eq!(by_table.chain, whole.chain);
            assert_eq!(by_table.metrics, whole.metrics);
        }
    }

    #[test]
    fn warm_up_bars_feed_the_indicators_only() {
        // G-4: started late, the strategy sees what it would have seen.
        let bars = sample();
        let start = bars.timestamp[3000];
        let config = EngineConfig { start: Some(start), max_positions: None, ..strategy_config() };
        let late = run(&bars.view(), None, &config, &RunControl::default()).unwrap();
        let config = EngineConfig { start: None, ..config };
        let whole = run(&bars.view(), None, &config, &RunControl::default()).unwrap();
        let entries = |output: &RunOutput| {
            let mut entries: Vec<_> = output.trades.entry_time.iter().copied().filter(|&time| time >= start).collect();
            entries.sort_unstable();
            entries
        };
        assert_eq!(entries(&late), entries(&whole));
        assert_eq!(late.equity.timestamp[0], start);
    }

    #[test]
    fn a_run_checks_its_configuration_first() {
        // Q-L1c.
        let refuse = |config: &EngineConfig| {
            let error = run(&BarColumns::default().view(), None, config, &RunControl::default()).unwrap_err();
            (error.code, error.rule.unwrap(), error.column.unwrap())
        };
        assert_eq!(refuse(&config()), (ErrorCode::InvalidArgument, "A-1", "strategy".into()));
        let mut unknown = strategy_config();
        unknown.strategy.as_mut().unwrap().name = "other".into();
        assert_eq!(refuse(&unknown), (ErrorCode::InvalidArgument, "A-1", "strategy".into()));
        let bare = EngineConfig { instrument: None, ..strategy_config() };
        assert_eq!(refuse(&bare), (ErrorCode::InvalidArgument, "S-5", "instrument".into()));
        assert_eq!(refuse(&strategy_config()), (ErrorCode::EmptyInput, "G-4", "start".into()));
        let late = EngineConfig { start: Some(6000 * BAR), ..config() };
        let flat = bars(&[[1.1; 4]; 3]);
        let error = run(&flat.view(), Some(&signals(0)), &late, &RunControl::default()).unwrap_err();
        assert_eq!((error.code, error.value), (ErrorCode::EmptyInput, Some(Value::Int(6000 * BAR))));
        let mut ragged = flat;
        ragged.ask_low.pop();
        let error = run(&ragged.view(), Some(&signals(0)), &config(), &RunControl::default()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SizeMismatch);
    }

    #[test]
    fn a_run_reports_progress_and_stops_when_told() {
        // L-2: counted from the first bar ≥ start.
        let bars = sample();
        let config = EngineConfig { start: Some(bars.timestamp[100]), ..config() };
        let control = RunControl::default();
        run(&bars.view(), Some(&signals(0)), &config, &control).unwrap();
        assert_eq!(control.bars_done.load(Ordering::Relaxed), 5900);
        control.is_cancelled.store(true, Ordering::Relaxed);
        let error = run(&bars.view(), Some(&signals(0)), &config, &control).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidState, "cancelled"));
        assert_eq!(control.bars_done.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn an_action_without_implementation_stops_the_run() {
        struct Closer;
        impl Strategy for Closer {
            fn on_init(_: &EngineConfig, _: &Bars<'_>) -> Result<Self, OmegaError> {
                Ok(Self)
            }
            fn primary_timeframe(&self) -> i64 {
                BAR
            }
            fn evaluate(&mut self, _: &Bars<'_>, index: usize) -> Option<crate::types::Signal> {
                let mut signal = signals(1).signal(0);
                signal.timestamp = index as i64 * BAR;
                Some(signal)
            }
            fn manage_position(&self, position: &crate::strategy::OpenPosition, _: &Bar) -> Action {
                if position.order_id == 1 { Action::Close } else { Action::Hold }
            }
        }
        let flat = bars(&[[1.1; 4]; 3]);
        let view = flat.view();
        let run = Run {
            bars: &view,
            first: 0,
            simulator: ExecutionSimulator::new(&config()).unwrap(),
            equity: Equity::default(),
            chain: Vec::new(),
        };
        let source = Asked { strategy: Closer::on_init(&config(), &view).unwrap(), max_positions: 9 };
        let error = run.finish(&config(), &RunControl::default(), source).unwrap_err();
        assert_eq!((error.code, error.value), (ErrorCode::NotImplemented, Some(Value::Int(1))));
    }
}
