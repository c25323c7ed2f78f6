//! A whole run in one call: the work on its own thread, the caller waiting for it without the GIL; little work is done on
//! the caller's, which is not worth a thread and over before anybody would interrupt it.
//!
//! A new thread inherits the caller's floating-point environment (on Linux the kernel copies MXCSR; elsewhere it may be
//! the process's default). The caller's is checked before the thread is made, and the thread's own by the engine.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use omega_core::bars::detail::of_detail;
use omega_core::breaches::breach;
use omega_core::engine;
use omega_core::error::{ErrorCode, OmegaError};
use omega_core::multi_symbol::timeline::union;
use omega_core::signals::checks::check_signals;
use omega_core::strategy::own::OwnStrategy;
use omega_core::ticks::columns::tick_bars;
use omega_core::types::{Bars, DetailBars, EngineConfig, RunControl, RunOutput};
use pyo3::prelude::*;

use crate::bars::BarInput;
use crate::error::Failure;
use crate::guard::contain;
use crate::own::PythonStrategy;
use crate::signals::SignalInput;
use crate::ticks::TickInput;

/// 20 times a second the waiting thread looks for Ctrl-C and reports progress (L-2).
const POLL: Duration = Duration::from_millis(50);

type Outcome<T> = Result<Result<T, OmegaError>, String>;

/// Rows up to which work that nobody would interrupt gets no thread of its own: some milliseconds of it.
const FEW_ROWS: usize = 20_000;

/// Steps of a run, a bar or a position in a bar each, up to which it gets no thread either, unless it tells its progress.
const LITTLE_WORK: usize = 100_000;

/// Does work of `rows` rows; Ctrl-C cancels it and is what the caller sees.
///
/// Where the work does not look at its control it is left to end by itself, some tenths of a second later.
pub fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    rows: usize,
    work: impl FnOnce(&RunControl) -> Result<T, OmegaError> + Send + 'static,
) -> Result<T, Failure> {
    let control = Arc::new(RunControl::default());
    if rows <= FEW_ROWS {
        return Ok(py.detach(|| work(&control))?);
    }
    py.detach(|| {
        let (sender, receiver) = mpsc::channel();
        let own = Arc::clone(&control);
        let name = "omega-work".to_owned();
        let contained = move || {
            // Nobody listens any more after an interruption.
            let _ = sender.send(contain(|| work(&own)));
        };
        thread::Builder::new().name(name).spawn(contained).map_err(no_thread)?;
        loop {
            match receiver.recv_timeout(POLL) {
                Ok(outcome) => return unpack(outcome),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = Python::attach(|py| py.check_signals()) {
                        control.is_cancelled.store(true, Ordering::Relaxed);
                        return Err(Failure::Python(error));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(vanished().into()),
            }
        }
    })
}

fn vanished() -> OmegaError {
    OmegaError::new(ErrorCode::InternalError, "the run ended without an outcome")
}

/// Runs to the end, to the first error, or until Ctrl-C or an exception of `on_progress` stops it.
pub fn run(
    py: Python<'_>,
    bars: &BarInput,
    signals: Option<&Result<SignalInput, OmegaError>>,
    config: &EngineConfig,
    on_progress: Option<&Py<PyAny>>,
    detail: Option<&Result<DetailInput, OmegaError>>,
) -> Result<RunOutput, Failure> {
    let total = bars.len();
    let orders = signals.map_or(total, |signals| signals.as_ref().map_or(0, |input| input.signals.len()));
    let inside = detail.and_then(|detail| detail.as_ref().ok()).map_or(0, |detail| detail.bars.len());
    let is_short = is_little(total.saturating_add(inside), orders, config.max_positions);
    supervised(py, total, is_short, on_progress, |control| check_and_run(bars, signals, config, control, detail, None))
}

/// As [`run`], of a strategy in Python, on the caller's thread and with the GIL, which the strategy needs at every bar.
pub fn run_own(
    bars: &BarInput,
    config: &EngineConfig,
    detail: Option<&Result<DetailInput, OmegaError>>,
    strategy: &mut PythonStrategy<'_>,
) -> Result<RunOutput, Failure> {
    let outcome = check_and_run(bars, None, config, &RunControl::default(), detail, Some(strategy));
    // What Python raised goes before the error that stopped the run for it.
    strategy.raised().map_or_else(|| Ok(outcome?), |error| Err(Failure::Python(error)))
}

/// As [`run`], over the checked bars of several symbols (M-4).
pub fn run_many(
    py: Python<'_>,
    bars: &[BarInput],
    signals: Option<&Result<SignalInput, OmegaError>>,
    configs: &[EngineConfig],
    on_progress: Option<&Py<PyAny>>,
) -> Result<RunOutput, Failure> {
    let rows: usize = bars.iter().map(BarInput::len).sum();
    let orders = signals.map_or(0, |signals| signals.as_ref().map_or(0, |input| input.signals.len()));
    let is_short = is_little(rows, orders, None);
    let total = steps(bars, configs);
    supervised(py, total, is_short, on_progress, |control| check_and_run_many(bars, signals, configs, control, None))
}

/// As [`run_own`], over the checked bars of several symbols (M-4).
pub fn run_many_own(
    bars: &[BarInput],
    configs: &[EngineConfig],
    strategy: &mut PythonStrategy<'_>,
) -> Result<RunOutput, Failure> {
    let outcome = check_and_run_many(bars, None, configs, &RunControl::default(), Some(strategy));
    strategy.raised().map_or_else(|| Ok(outcome?), |error| Err(Failure::Python(error)))
}

/// How many steps a run over several symbols has.
pub fn steps(bars: &[BarInput], configs: &[EngineConfig]) -> usize {
    let views: Vec<_> = bars.iter().map(BarInput::bars).collect();
    let times = union(&views.iter().map(|bars| bars.timestamp).collect::<Vec<_>>());
    let start = configs.first().and_then(|config| config.start);
    start.map_or(times.len(), |start| times.iter().filter(|&&time| time >= start).count())
}

fn check_and_run_many(
    bars: &[BarInput],
    signals: Option<&Result<SignalInput, OmegaError>>,
    configs: &[EngineConfig],
    control: &RunControl,
    own: Option<&mut dyn OwnStrategy>,
) -> Result<RunOutput, OmegaError> {
    let views: Vec<_> = bars.iter().map(BarInput::bars).collect();
    check_start(&views, configs)?;
    let signals = signals.map(Result::as_ref).transpose().map_err(Clone::clone)?;
    if let Some(input) = signals {
        check_signals(&input.signals, input.faults.clone())?;
    }
    engine::run_many(&views, signals.map(|input| &input.signals), configs, control, own)
}

/// Refuses a run without a step before anybody looks at its signals (Q-M4d).
fn check_start(bars: &[Bars<'_>], configs: &[EngineConfig]) -> Result<(), OmegaError> {
    let last = bars.iter().filter_map(|bars| bars.timestamp.last()).copied().max();
    let last = last.as_slice();
    if last.is_empty() {
        return Err(breach(ErrorCode::EmptyInput, "M-4", "bars", "no symbol has a bar", None, None));
    }
    engine::first_row(last, configs.first().and_then(|config| config.start)).map(|_| ())
}

/// Detail bars of a run (E-22), and the length of one, µs.
pub struct DetailInput {
    bars: BarInput,
    timeframe: i64,
}

impl DetailInput {
    /// Reads those of a run of `symbol`.
    pub fn read(bars: &Bound<'_, PyAny>, timeframe: i64, symbol: &str) -> Result<Self, OmegaError> {
        Ok(Self { bars: BarInput::read(bars, Some(symbol)).map_err(of_detail)?, timeframe })
    }
}

/// As [`run`], of `signals` over `ticks` (E-17).
pub fn run_ticks(
    py: Python<'_>,
    ticks: &TickInput,
    signals: &Result<SignalInput, OmegaError>,
    config: &EngineConfig,
    on_progress: Option<&Py<PyAny>>,
) -> Result<RunOutput, Failure> {
    let orders = signals.as_ref().map_or(0, |input| input.signals.len());
    let is_short = is_little(ticks.len(), orders, config.max_positions);
    supervised(py, ticks.len(), is_short, on_progress, |control| check_and_run_ticks(ticks, signals, config, control))
}

/// Does the work of a run over `total` bars or ticks on a thread of its own, on the caller's where it `is_short`.
fn supervised(
    py: Python<'_>,
    total: usize,
    is_short: bool,
    on_progress: Option<&Py<PyAny>>,
    check_and_run: impl Fn(&RunControl) -> Result<RunOutput, OmegaError> + Send + Sync,
) -> Result<RunOutput, Failure> {
    let control = &RunControl::default();
    if on_progress.is_none() && is_short {
        return Ok(py.detach(|| check_and_run(control))?);
    }
    py.detach(|| {
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let check_and_run = &check_and_run;
            let work = move || {
                let outcome = contain(|| check_and_run(control));
                // The receiver lives until the scope ends, so that there is always someone to tell.
                let _ = sender.send(outcome);
            };
            thread::Builder::new().name("omega-run".to_owned()).spawn_scoped(scope, work).map_err(no_thread)?;
            wait(&receiver, control, |done| poll(on_progress, done, total))
        })
    })
}

/// Whether a run is over within some milliseconds even if every bar finds as many positions as there can be.
fn is_little(bars: usize, orders: usize, most_positions: Option<usize>) -> bool {
    let positions = most_positions.map_or(orders, |most| most.min(orders));
    bars.saturating_mul(positions.saturating_add(1)).saturating_add(orders) <= LITTLE_WORK
}

fn check_and_run(
    bars: &BarInput,
    signals: Option<&Result<SignalInput, OmegaError>>,
    config: &EngineConfig,
    control: &RunControl,
    detail: Option<&Result<DetailInput, OmegaError>>,
    own: Option<&mut dyn OwnStrategy>,
) -> Result<RunOutput, OmegaError> {
    bars.check(config.timeframe)?;
    let detail = detail.map(Result::as_ref).transpose().map_err(Clone::clone)?;
    if let Some(detail) = detail {
        detail.bars.check(detail.timeframe).map_err(of_detail)?;
    }
    engine::first_row(bars.bars().timestamp, config.start)?;
    let signals = signals.map(Result::as_ref).transpose().map_err(Clone::clone)?;
    if let Some(input) = signals {
        check_signals(&input.signals, input.faults.clone())?;
    }
    let detail = detail.map(|detail| DetailBars { bars: detail.bars.bars(), timeframe: detail.timeframe });
    engine::run(&bars.bars(), signals.map(|input| &input.signals), config, control, detail, own)
}

fn check_and_run_ticks(
    ticks: &TickInput,
    signals: &Result<SignalInput, OmegaError>,
    config: &EngineConfig,
    control: &RunControl,
) -> Result<RunOutput, OmegaError> {
    ticks.check()?;
    engine::first_row(tick_bars(&ticks.ticks()).timestamp, config.start)?;
    let input = signals.as_ref().map_err(Clone::clone)?;
    check_signals(&input.signals, input.faults.clone())?;
    engine::run_ticks(&ticks.ticks(), &input.signals, config, control)
}

fn no_thread(error: std::io::Error) -> OmegaError {
    OmegaError::new(ErrorCode::ResourceExhausted, format!("no thread for the run: {error}"))
}

/// Waits for the outcome; the first exception from `poll` cancels the run and is what the caller sees.
fn wait(
    receiver: &Receiver<Outcome<RunOutput>>,
    control: &RunControl,
    poll: impl Fn(u64) -> PyResult<()>,
) -> Result<RunOutput, Failure> {
    let mut interruption = None;
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(outcome) => return interruption.map_or_else(|| unpack(outcome), |error| Err(Failure::Python(error))),
            Err(RecvTimeoutError::Timeout) if interruption.is_none() => {
                interruption = poll(control.bars_done.load(Ordering::Relaxed)).err();
                control.is_cancelled.store(interruption.is_some(), Ordering::Relaxed);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(vanished().into());
            }
        }
    }
}

fn unpack<T>(outcome: Outcome<T>) -> Result<T, Failure> {
    match outcome {
        Ok(result) => result.map_err(Failure::from),
        Err(text) => Err(Failure::Panic { text, is_recoverable: true }),
    }
}

fn poll(on_progress: Option<&Py<PyAny>>, done: u64, total: usize) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        if let Some(callback) = on_progress {
            callback.call1(py, (done, total))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_run_is_a_contained_failure() {
        let failure = unpack::<()>(Err("panicked at engine.rs: boom".to_owned())).unwrap_err();
        assert!(matches!(failure, Failure::Panic { is_recoverable: true, .. }));
    }

    #[test]
    fn positions_make_a_run_of_few_bars_long() {
        assert!(is_little(30_000, 30_000, Some(1)) && is_little(200, 400, None) && is_little(0, 0, None));
        assert!(!is_little(30_000, 30_000, None) && !is_little(30_000, 300, Some(5)) && !is_little(400, 400, None));
        assert!(!is_little(100_000, 1, Some(0)) && !is_little(usize::MAX, usize::MAX, None));
    }

    #[test]
    fn a_vanished_worker_is_an_error_and_no_hang() {
        let (sender, receiver) = mpsc::channel::<Outcome<RunOutput>>();
        drop(sender);
        let failure = wait(&receiver, &RunControl::default(), |_| Ok(())).unwrap_err();
        let Failure::Omega { error, .. } = failure else { panic!("not an error of ours") };
        assert_eq!(error.code, ErrorCode::InternalError);
    }
}
