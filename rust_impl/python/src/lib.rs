//! No twin: `omega_rust` is a thin PyO3 layer over `omega-core` that converts, guards and releases the GIL.
//!
//! No rule of trading lives here. Every entry point goes through [`guard::guard`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, reason = "tests panic on purpose"))]

mod bars;
mod checked;
mod components;
mod config;
mod declarations;
mod error;
mod guard;
mod layout;
mod multi_symbol;
mod output;
mod own;
mod portfolio;
mod raw;
mod run;
mod signals;
mod simulator;
mod slices;
mod snapshot;
mod stream;
mod table;
mod ticks;

/// Keeps the pages of one run for the next: a third of a run's time went into the system handing out fresh ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Number of the allocator's option (mimalloc.h), and milliseconds that it keeps free pages, ten times as many those of
/// large blocks: a series of a million rows that is dropped and computed again cost a third more with fresh pages.
const PURGE_DELAY: (std::ffi::c_int, std::ffi::c_long) = (15, 100);

unsafe extern "C" {
    fn mi_option_set(option: std::ffi::c_int, value: std::ffi::c_long);
}

/// The module that Python imports.
#[pyo3::pymodule]
mod omega_rust {
    use arrow_array::types::Float64Type;
    use omega_core::bars::checks::check_timeframe;
    use omega_core::bars::join;
    use omega_core::bars::quality::quality_findings;
    use omega_core::environment::check_environment;
    use omega_core::error::{ErrorCode, OmegaError, Value};
    use omega_core::multi_symbol::run::check_many;
    use omega_core::transcendental::{exp, ln, log10};
    use omega_core::types::{RunControl, RunOutput};
    use omega_core::{engine, numbers, rng, sample};
    use pyo3::exceptions::PyAttributeError;
    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyDict};

    use crate::bars::{ASK, BID, BarInput, SideInput, Unchecked};
    use crate::checked::{Counts, counts};
    use crate::config::{engine_config, extract};
    use crate::error::Failure;
    use crate::guard::guard;
    use crate::output::{self, ArrowPair, Labels};
    use crate::own::PythonStrategy;
    use crate::run::DetailInput;
    use crate::signals::SignalInput;
    use crate::stream::read_stream;
    use crate::table::concatenate;
    use crate::ticks::TickInput;

    #[pymodule_export]
    use crate::checked::CheckedBars;
    #[pymodule_export]
    use crate::components::{CostModel, IndicatorCache, IndicatorStream, Series};
    #[pymodule_export]
    use crate::multi_symbol::{MultiSymbol, MultiSymbolPass};
    #[pymodule_export]
    use crate::portfolio::{book_entry, book_exit, book_swap, mark, note_corner};
    #[pymodule_export]
    use crate::simulator::ExecutionSimulator;
    #[pymodule_export]
    use crate::slices::{Candle, MultiSymbolSlice, SymbolSnapshot};

    /// What the migration plans import from here, and the module of Python that has it.
    const DOORS: &[(&str, &str)] =
        &[("ExecutionSimulatorRust", "omega.door"), ("MultiSymbolDataIteratorRust", "omega.slices")];

    #[pymodule_export]
    const CONTRACT_VERSION: u32 = 1;
    #[pymodule_export]
    const CHAIN_LAYOUT_VERSION: u32 = 2;
    #[pymodule_export]
    const SOURCE_DIGEST: &str = env!("OMEGA_SOURCE_DIGEST");
    #[pymodule_export]
    const BUILD_PROFILE: &str = env!("OMEGA_BUILD_PROFILE");
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name that Python expects")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let (option, milliseconds) = super::PURGE_DELAY;
        // SAFETY: a function of the allocator that is linked above; no other thread of ours runs yet.
        unsafe { super::mi_option_set(option, milliseconds) };
        let codes = PyDict::new(module.py());
        for (name, code) in ErrorCode::TABLE {
            codes.set_item(constant_name(name), code)?;
        }
        module.add("ERROR_CODES", codes)
    }

    /// `NullValue` is `NULL_VALUE` in Python.
    fn constant_name(name: &str) -> String {
        let mut constant = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !constant.is_empty() {
                constant.push('_');
            }
            constant.push(letter.to_ascii_uppercase());
        }
        constant
    }

    /// What the core declares: closed sets, timeframes, metrics, tables and records.
    #[pyfunction]
    fn declarations(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        crate::declarations::declarations(py)
    }

    /// The doors (B-6, M-1) are Python over this module; each is found when it is asked for.
    #[pyfunction(name = "__getattr__")]
    fn find_door<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        match DOORS.iter().find(|(door, _)| *door == name) {
            Some((_, module)) => py.import(module)?.getattr(name),
            None => Err(PyAttributeError::new_err(format!("module 'omega_rust' has no attribute '{name}'"))),
        }
    }

    /// Boundary crossings of this thread so far (L-2); reading them is none.
    #[pyfunction]
    fn crossings() -> u64 {
        crate::guard::crossings()
    }

    type RunTables<'py> = (
        ArrowPair<'py>,
        ArrowPair<'py>,
        ArrowPair<'py>,
        ArrowPair<'py>,
        ArrowPair<'py>,
        Bound<'py, PyDict>,
        ArrowPair<'py>,
    );

    /// Run a whole backtest in one call, without the GIL: trades, events, equity, positions, chain, metrics, decisions.
    ///
    /// A strategy in Python, `own`, is a callable and the bars in which it is asked (Q-L3); its run keeps the GIL.
    #[pyfunction]
    #[pyo3(signature = (bars, signals, config, on_progress, detail=None, own=None))]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
    fn run<'py>(
        py: Python<'py>,
        bars: Bound<'py, PyAny>,
        signals: Option<Bound<'py, PyAny>>,
        config: Bound<'py, PyAny>,
        on_progress: Option<Py<PyAny>>,
        detail: Option<(Bound<'py, PyAny>, i64)>,
        own: Option<(Bound<'py, PyAny>, Bound<'py, PyBytes>)>,
    ) -> PyResult<RunTables<'py>> {
        guard(py, || {
            check_environment()?;
            let config = engine_config(&config)?;
            let has_orders = signals.is_some() || own.is_some();
            engine::check_config(&config, has_orders, detail.as_ref().map(|(_, timeframe)| *timeframe))?;
            check_timeframe(config.timeframe)?;
            let bars = BarInput::read(&bars, Some(&config.symbol))?;
            // Their faults are reported after those of the bars, in their turn as the signals' are.
            let detail = detail.map(|(bars, timeframe)| DetailInput::read(&bars, timeframe, &config.symbol));
            // A fault of the signal table is reported after those of the bars' values (Q-L1c).
            let signals = signals.map(|signals| SignalInput::read(&signals, std::slice::from_ref(&config.symbol)));
            let output = if let (None, Some((ask, rows))) = (&signals, &own) {
                let mut strategy = PythonStrategy::new(
                    ask,
                    rows,
                    std::slice::from_ref(&config.symbol),
                    bars.len(),
                    on_progress.as_ref(),
                );
                crate::run::run_own(&bars, &config, detail.as_ref(), &mut strategy)?
            } else {
                crate::run::run(py, &bars, signals.as_ref(), &config, on_progress.as_ref(), detail.as_ref())?
            };
            check_environment()?;
            let labels = Labels::of(config.symbol, output.decisions.scenario.clone());
            let foreign = signals.and_then(Result::ok).map_or_else(Vec::new, |input| input.foreign);
            tables(py, output, &labels, &foreign)
        })
    }

    /// Run signals over ticks (E-17) in one call, without the GIL: the tables of `run`.
    #[pyfunction]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
    fn run_ticks<'py>(
        py: Python<'py>,
        ticks: Bound<'py, PyAny>,
        signals: Bound<'py, PyAny>,
        config: Bound<'py, PyAny>,
        on_progress: Option<Py<PyAny>>,
    ) -> PyResult<RunTables<'py>> {
        guard(py, || {
            check_environment()?;
            let config = engine_config(&config)?;
            engine::check_config(&config, true, None)?;
            let ticks = TickInput::read(&ticks, Some(&config.symbol))?;
            // A fault of the signal table is reported after those of the ticks' values (Q-L1c).
            let signals = SignalInput::read(&signals, std::slice::from_ref(&config.symbol));
            let output = crate::run::run_ticks(py, &ticks, &signals, &config, on_progress.as_ref())?;
            check_environment()?;
            let labels = Labels::of(config.symbol, Vec::new());
            tables(py, output, &labels, &signals.map_or_else(|_| Vec::new(), |input| input.foreign))
        })
    }

    /// Run signals, or a strategy in Python, over the bars of several symbols (M-4): the tables of `run`.
    #[pyfunction]
    #[pyo3(signature = (bars, signals, configs, on_progress, own=None))]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
    fn run_many<'py>(
        py: Python<'py>,
        bars: Vec<Bound<'py, PyAny>>,
        signals: Option<Bound<'py, PyAny>>,
        configs: Vec<Bound<'py, PyAny>>,
        on_progress: Option<Py<PyAny>>,
        own: Option<(Bound<'py, PyAny>, Bound<'py, PyBytes>)>,
    ) -> PyResult<RunTables<'py>> {
        guard(py, || {
            check_environment()?;
            let configs = configs.iter().map(engine_config).collect::<Result<Vec<_>, _>>()?;
            check_many(&configs, bars.len(), signals.is_some() || own.is_some())?;
            for config in &configs {
                engine::check_config(config, true, None)?;
            }
            let mut inputs = Vec::with_capacity(bars.len());
            for (bars, config) in bars.iter().zip(&configs) {
                inputs.push(crate::multi_symbol::checked(py, bars, config)?);
            }
            let symbols: Vec<String> = configs.iter().map(|config| config.symbol.clone()).collect();
            // A fault of the signal table is reported after those of the bars' values (Q-M4d).
            let signals = signals.map(|signals| SignalInput::read(&signals, &symbols));
            let output = if let (None, Some((ask, rows))) = (&signals, &own) {
                let total = crate::run::steps(&inputs, &configs);
                let mut strategy = PythonStrategy::new(ask, rows, &symbols, total, on_progress.as_ref());
                crate::run::run_many_own(&inputs, &configs, &mut strategy)?
            } else {
                crate::run::run_many(py, &inputs, signals.as_ref(), &configs, on_progress.as_ref())?
            };
            check_environment()?;
            let labels = Labels::of_many(symbols, &output.events);
            let foreign = signals.and_then(Result::ok).map_or_else(Vec::new, |input| input.foreign);
            tables(py, output, &labels, &foreign)
        })
    }

    fn tables<'py>(
        py: Python<'py>,
        output: RunOutput,
        labels: &Labels,
        foreign: &[String],
    ) -> Result<RunTables<'py>, Failure> {
        Ok((
            output::trades(py, output.trades, labels)?,
            output::events(py, output.events, labels, foreign)?,
            output::equity(py, output.equity)?,
            output::positions(py, output.positions, labels)?,
            output::chain(py, output.chain)?,
            output::metrics(py, &output.metrics)?,
            output::decisions(py, output.decisions)?,
        ))
    }

    /// Check T-3; the count of crossed ticks (Q-T3).
    #[pyfunction]
    fn check_ticks(py: Python<'_>, ticks: &Bound<'_, PyAny>) -> PyResult<usize> {
        guard(py, || {
            let ticks = TickInput::read(ticks, None)?;
            crate::run::interruptible(py, ticks.len(), move |_| {
                ticks.check()?;
                Ok(ticks.crossed())
            })
        })
    }

    /// Check T-2; the counts are those of `QualityFindings`, in its order.
    #[pyfunction]
    fn check_bars(py: Python<'_>, bars: &Bound<'_, PyAny>, timeframe: i64) -> PyResult<Counts> {
        guard(py, || {
            check_timeframe(timeframe)?;
            let bars = BarInput::read(bars, None)?;
            crate::run::interruptible(py, bars.len(), move |_| {
                bars.check(timeframe)?;
                Ok(counts(quality_findings(&bars.bars(), timeframe)))
            })
        })
    }

    /// The timeframe that most steps are equal to (Q-T4).
    #[pyfunction]
    fn find_timeframe(py: Python<'_>, bars: &Bound<'_, PyAny>) -> PyResult<i64> {
        guard(py, || {
            let (bars, without) = BarInput::read_timed(bars)?;
            crate::run::interruptible(py, bars.len(), move |_| bars.find_timeframe(&without))
        })
    }

    type Found = (&'static str, i32, String, String, u64, Vec<u64>);

    /// Every breach of T-2 and T-4, or the findings of a table that has none (Q-T2e), as `BarFinding` has them.
    #[pyfunction]
    #[pyo3(signature = (bars, timeframe, digits=None))]
    fn examine(
        py: Python<'_>,
        bars: &Bound<'_, PyAny>,
        timeframe: Option<i64>,
        digits: Option<i64>,
    ) -> PyResult<Vec<Found>> {
        guard(py, || {
            timeframe.map_or(Ok(()), check_timeframe)?;
            let digits = digits.map(check_digits).transpose()?;
            let bars = Unchecked::read(bars)?;
            crate::run::interruptible(py, bars.len(), move |_| {
                let found = bars.examine(timeframe, digits).into_iter();
                Ok(found.map(|one| (one.rule, one.code, one.column, one.message, one.count, one.rows)).collect())
            })
        })
    }

    /// Join bid and ask on equal timestamps (G-1).
    #[pyfunction]
    fn join_sides<'py>(
        py: Python<'py>,
        bid: &Bound<'py, PyAny>,
        ask: &Bound<'py, PyAny>,
        max_missing_ratio: f64,
    ) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            join::check_missing_ratio(max_missing_ratio)?;
            let bid = SideInput::read(bid, &BID)?;
            join::check_side(&bid.bars(), BID.prefix)?;
            let ask = SideInput::read(ask, &ASK)?;
            let bars = py.detach(|| join::join_sides(&bid.bars(), &ask.bars(), max_missing_ratio))?;
            output::bars(py, bars)
        })
    }

    /// The built-in sample (Q-D1).
    #[pyfunction]
    fn sample_bars<'py>(py: Python<'py>, n: &Bound<'py, PyAny>, seed: &Bound<'py, PyAny>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let n = extract::<usize>("Q-D1", "n", n)?;
            let is_n_fine = (1..=sample::ROWS_MAX).contains(&n);
            // The core refuses n before anybody looks at the seed.
            let seed =
                extract::<u64>("Q-D1", "seed", seed).or_else(|error| if is_n_fine { Err(error) } else { Ok(0) })?;
            let make = move |control: &RunControl| sample::sample_bars(n, seed, control);
            let bars = crate::run::interruptible(py, n, make)?;
            output::bars(py, bars)
        })
    }

    /// N-5, for tests against Python's `round`.
    #[pyfunction]
    fn quantize(py: Python<'_>, x: f64, digits: i64) -> PyResult<f64> {
        guard(py, || {
            let digits = check_digits(digits)?;
            Ok(numbers::quantize(x, digits))
        })
    }

    /// How many of `values` do not quantize to `expected`, bit for bit.
    #[pyfunction]
    fn quantize_mismatches(
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        digits: i64,
        expected: &Bound<'_, PyAny>,
    ) -> PyResult<usize> {
        guard(py, || {
            let digits = check_digits(digits)?;
            let (values, expected) = (float_stream(values)?, float_stream(expected)?);
            if values.len() != expected.len() {
                let message = format!("{} values and {} expectations", values.len(), expected.len());
                return Err(OmegaError::new(ErrorCode::SizeMismatch, message).rule("N-5").into());
            }
            let is_other = |(x, y): &(&f64, &f64)| numbers::quantize(**x, digits).to_bits() != y.to_bits();
            Ok(py.detach(|| values.iter().zip(expected.iter()).filter(is_other).count()))
        })
    }

    fn float_stream(capsule: &Bound<'_, PyAny>) -> Result<arrow_buffer::ScalarBuffer<f64>, OmegaError> {
        let stream = read_stream(capsule)?;
        Ok(concatenate::<Float64Type>(&stream.chunks.iter().collect::<Vec<_>>())?.filled(f64::NAN))
    }

    fn check_digits(digits: i64) -> Result<u32, OmegaError> {
        u32::try_from(digits).ok().filter(|&digits| digits <= numbers::MAX_DIGITS).ok_or_else(|| {
            let message = format!("digits must be 0 to {}, found {digits}", numbers::MAX_DIGITS);
            let error = OmegaError::new(ErrorCode::OutOfBounds, message).rule("N-5").column("digits");
            error.value(Value::Int(digits))
        })
    }

    /// `ln`, `log10` or `exp` of each value (N-4), for tests against the reference.
    #[pyfunction]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
    fn transcendental(py: Python<'_>, function: &str, values: Vec<f64>) -> PyResult<Vec<f64>> {
        guard(py, || {
            let kernel = match function {
                "ln" => ln as fn(f64) -> f64,
                "log10" => log10,
                "exp" => exp,
                _ => {
                    let message = format!("function: expected ln, log10 or exp, got {function:?}");
                    let error = OmegaError::new(ErrorCode::InvalidArgument, message).rule("N-4").column("function");
                    return Err(error.value(Value::Text(function.to_owned())).into());
                }
            };
            Ok(values.into_iter().map(kernel).collect())
        })
    }

    /// One Philox4x64-10 block (N-6), for tests against NumPy's.
    #[pyfunction]
    fn philox(py: Python<'_>, key: [u64; 2], counter: [u64; 4]) -> PyResult<(u64, u64, u64, u64)> {
        guard(py, || Ok(rng::philox(key, counter).into()))
    }
}
