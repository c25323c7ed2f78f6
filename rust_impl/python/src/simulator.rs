//! The step-by-step simulator as a Python class: each call converts, works without the GIL, converts back.

use omega_core::environment::check_environment;
use omega_core::execution::steps;
use omega_core::signals::checks::check_signals;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::bars::{BarInput, bar_of};
use crate::config::{engine_config, extract_rows};
use crate::guard::{Guarded, guard};
use crate::output::{self, ArrowPair, Labels};
use crate::signals::SignalInput;
use crate::snapshot;
use crate::ticks::{TickInput, tick_of};

/// Step by step (E-19): signals of a bar first, then its exits.
#[pyclass(module = "omega_rust", frozen)]
pub struct ExecutionSimulator {
    state: Guarded<steps::ExecutionSimulator>,
    timeframe: i64,
    labels: Labels,
}

impl ExecutionSimulator {
    fn symbol(&self) -> &str {
        self.labels.symbols.first().map_or("", String::as_str)
    }
}

#[pymethods]
impl ExecutionSimulator {
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || {
            let config = engine_config(config)?;
            let state = Guarded::new(steps::ExecutionSimulator::new(&config)?);
            let labels = Labels::of(config.symbol, Vec::new());
            Ok(Self { state, timeframe: config.timeframe, labels })
        })
    }

    #[getter]
    fn cash(&self, py: Python<'_>) -> PyResult<f64> {
        guard(py, || self.state.with(py, |simulator| Ok(simulator.cash())))
    }

    #[getter]
    fn equity(&self, py: Python<'_>) -> PyResult<f64> {
        guard(py, || self.state.with(py, |simulator| Ok(simulator.equity())))
    }

    #[getter]
    fn state_hash<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guard(py, || {
            let digest = self.state.with(py, |simulator| Ok(simulator.state_hash()))?;
            Ok(PyBytes::new(py, &digest))
        })
    }

    fn process_signals<'py>(
        &self,
        py: Python<'py>,
        bar: &Bound<'py, PyAny>,
        signals: &Bound<'py, PyAny>,
    ) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let bar = BarInput::read_one(bar, "bar", self.symbol())?;
            // A fault of the signal table is reported after those of the bar (Q-E19).
            let input = SignalInput::read(signals, &self.labels.symbols);
            let (events, foreign) = self.state.with(py, |simulator| {
                bar.check(self.timeframe)?;
                bar.bars().timestamp.iter().try_for_each(|&timestamp| simulator.check_bar_time(timestamp))?;
                let input = input?;
                check_signals(&input.signals, input.faults)?;
                Ok((simulator.process_signals(&bar.bars(), &input.signals)?, input.foreign))
            })?;
            output::events(py, events, &self.labels, &foreign)
        })
    }

    fn evaluate_exits<'py>(&self, py: Python<'py>, bars: &Bound<'py, PyAny>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let bars = BarInput::read(bars, Some(self.symbol()))?;
            let events = self.state.with(py, |simulator| {
                bars.check(self.timeframe)?;
                simulator.evaluate_exits(&bars.bars())
            })?;
            output::events(py, events, &self.labels, &[])
        })
    }

    /// None where nothing happened: a table of no rows costs more than the bar.
    fn evaluate_bar<'py>(&self, py: Python<'py>, bar: &Bound<'py, PyAny>) -> PyResult<Option<ArrowPair<'py>>> {
        guard(py, || {
            let bar = bar_of(bar)?;
            let events = self.state.with(py, |simulator| simulator.evaluate_bar(&bar))?;
            if events.is_empty() { Ok(None) } else { output::events(py, events, &self.labels, &[]).map(Some) }
        })
    }

    fn process_tick_signals<'py>(
        &self,
        py: Python<'py>,
        tick: &Bound<'py, PyAny>,
        signals: &Bound<'py, PyAny>,
    ) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let tick = TickInput::read_one(tick, self.symbol())?;
            let input = SignalInput::read(signals, &self.labels.symbols);
            let (events, foreign) = self.state.with(py, |simulator| {
                tick.check()?;
                tick.ticks().timestamp.iter().try_for_each(|&timestamp| simulator.check_tick_time(timestamp))?;
                let input = input?;
                check_signals(&input.signals, input.faults)?;
                Ok((simulator.process_tick_signals(&tick.ticks(), &input.signals)?, input.foreign))
            })?;
            output::events(py, events, &self.labels, &foreign)
        })
    }

    fn evaluate_ticks<'py>(&self, py: Python<'py>, ticks: &Bound<'py, PyAny>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let ticks = TickInput::read(ticks, Some(self.symbol()))?;
            let events = self.state.with(py, |simulator| {
                ticks.check()?;
                simulator.evaluate_ticks(&ticks.ticks())
            })?;
            output::events(py, events, &self.labels, &[])
        })
    }

    /// None where nothing happened, as of `evaluate_bar`.
    fn evaluate_tick<'py>(&self, py: Python<'py>, tick: &Bound<'py, PyAny>) -> PyResult<Option<ArrowPair<'py>>> {
        guard(py, || {
            let tick = tick_of(tick)?;
            let events = self.state.with(py, |simulator| simulator.evaluate_tick(&tick))?;
            if events.is_empty() { Ok(None) } else { output::events(py, events, &self.labels, &[]).map(Some) }
        })
    }

    fn close_all<'py>(&self, py: Python<'py>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let events = self.state.with(py, steps::ExecutionSimulator::close_all)?;
            output::events(py, events, &self.labels, &[])
        })
    }

    /// The tables of Q-R1 by name.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        guard(py, || {
            let state = self.state.with(py, |simulator| Ok(simulator.snapshot()))?;
            snapshot::export(py, state, &self.labels)
        })
    }

    /// Takes the tables of another simulator, each as a stream.
    fn restore(&self, py: Python<'_>, parts: &Bound<'_, PyDict>) -> PyResult<()> {
        guard(py, || {
            let state = snapshot::read(parts)?;
            self.state.with(py, |simulator| simulator.restore(&state))
        })
    }

    fn apply_updates<'py>(
        &self,
        py: Python<'py>,
        order_ids: &Bound<'py, PyAny>,
        stop_losses: &Bound<'py, PyAny>,
        take_profits: &Bound<'py, PyAny>,
        close_fractions: &Bound<'py, PyAny>,
    ) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let ids = extract_rows::<i64>("B-4", "order_id", order_ids)?;
            let stops = extract_rows::<Option<f64>>("B-4", "stop_loss", stop_losses)?;
            let targets = extract_rows::<Option<f64>>("B-4", "take_profit", take_profits)?;
            let parts = extract_rows::<Option<f64>>("B-4", "close_fraction", close_fractions)?;
            let events = self.state.with(py, |simulator| simulator.apply_updates(&ids, &stops, &targets, &parts))?;
            output::events(py, events, &self.labels, &[])
        })
    }

    fn check_batch(&self, py: Python<'_>, signals: &Bound<'_, PyAny>) -> PyResult<()> {
        guard(py, || {
            let input = SignalInput::read(signals, &self.labels.symbols)?;
            self.state.with(py, |simulator| {
                check_environment()?;
                check_signals(&input.signals, input.faults)?;
                simulator.check_batch(&input.signals)
            })
        })
    }

    fn lot_sizes(
        &self,
        py: Python<'_>,
        prices: &Bound<'_, PyAny>,
        stop_losses: &Bound<'_, PyAny>,
        sizes: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<Option<f64>>> {
        guard(py, || {
            let prices = extract_rows::<f64>("B-5", "price", prices)?;
            let stops = extract_rows::<f64>("B-5", "stop_loss", stop_losses)?;
            let sizes = extract_rows::<Option<f64>>("B-5", "size", sizes)?;
            let times = extract_rows::<i64>("B-5", "timestamp", times)?;
            self.state.with(py, |simulator| simulator.lot_sizes(&prices, &stops, &sizes, &times))
        })
    }

    fn fees(
        &self,
        py: Python<'_>,
        lots: &Bound<'_, PyAny>,
        prices: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        legs: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<f64>> {
        guard(py, || {
            let (lots, prices) =
                (extract_rows::<f64>("B-5", "lots", lots)?, extract_rows::<f64>("B-5", "price", prices)?);
            let (times, legs) =
                (extract_rows::<i64>("B-5", "timestamp", times)?, extract_rows::<i64>("B-5", "leg", legs)?);
            self.state.with(py, |simulator| simulator.fees(&lots, &prices, &times, &legs))
        })
    }

    fn trades<'py>(&self, py: Python<'py>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let trades = self.state.with(py, |simulator| Ok(simulator.trades()))?;
            output::trades(py, trades, &self.labels)
        })
    }

    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        guard(py, || {
            let metrics = self.state.with(py, |simulator| Ok(simulator.metrics()))?;
            Ok(output::metrics(py, &metrics)?)
        })
    }

    fn positions<'py>(&self, py: Python<'py>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let positions = self.state.with(py, |simulator| Ok(simulator.positions()))?;
            output::positions(py, positions, &self.labels)
        })
    }
}
