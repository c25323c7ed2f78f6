//! The stateful components as Python classes: each call converts, works without the GIL, converts back.

use omega_core::costs;
use omega_core::data;
use omega_core::error::{OmegaError, Value};
use omega_core::execution;
use omega_core::indicators::cache;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyTuple};

use crate::bars::BarInput;
use crate::config::{engine_config, extract};
use crate::error::Failure;
use crate::guard::{Guarded, guard};
use crate::output::{self, ArrowPair, Labels};
use crate::signals::SignalInput;

/// Series of one set of bars, each computed once and handed out without copying (I-17).
#[pyclass(module = "omega_rust", frozen)]
pub struct IndicatorCache {
    state: Guarded<(BarInput, cache::IndicatorCache)>,
}

#[pymethods]
impl IndicatorCache {
    #[new]
    fn new(py: Python<'_>, bars: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || {
            let bars = BarInput::read(bars)?;
            bars.check_nulls()?;
            Ok(Self { state: Guarded::new((bars, cache::IndicatorCache::new())) })
        })
    }

    /// One float64 array per output of the indicator.
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        side: &str,
        parameters: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        guard(py, || {
            let parameters = indicator_parameters(parameters)?;
            let series = self.state.with(py, |(bars, cache)| cache.get(&bars.bars(), name, side, &parameters))?;
            let pairs = series.into_iter().map(|values| output::series(py, values));
            Ok(PyTuple::new(py, pairs.collect::<Result<Vec<_>, _>>()?)?)
        })
    }
}

fn indicator_parameters(parameters: &Bound<'_, PyDict>) -> Result<Vec<(String, Value)>, Failure> {
    let mut pairs = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        let name: String = name.extract()?;
        pairs.push((name, indicator_parameter(&value)));
    }
    Ok(pairs)
}

/// The core judges types, because it knows what comes first; a bool is an int to Python, but no length to anybody.
fn indicator_parameter(value: &Bound<'_, PyAny>) -> Value {
    if let Ok(value) = value.cast::<PyBool>() {
        Value::Bool(value.is_true())
    } else if let Ok(value) = value.extract::<i64>() {
        Value::Int(value)
    } else if let Ok(value) = value.extract::<String>() {
        Value::Text(value)
    } else if let Ok(value) = value.extract::<f64>() {
        Value::Float(value)
    } else {
        Value::Other(value.get_type().name().map_or_else(|_| "unknown".to_owned(), |name| name.to_string()))
    }
}

/// Slippage and fees of one run's configuration (C-1, C-2, C-5).
#[pyclass(module = "omega_rust", frozen)]
pub struct CostModel {
    model: Guarded<costs::CostModel>,
}

#[pymethods]
impl CostModel {
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || Ok(Self { model: Guarded::new(costs::CostModel::new(&engine_config(config)?)?) }))
    }

    fn slippage(
        &self,
        py: Python<'_>,
        timestamp: &Bound<'_, PyAny>,
        magic_number: &Bound<'_, PyAny>,
        ordinal: &Bound<'_, PyAny>,
        leg: &Bound<'_, PyAny>,
    ) -> PyResult<f64> {
        guard(py, || {
            let (timestamp, magic_number) = (number("timestamp", timestamp)?, number("magic_number", magic_number)?);
            let (ordinal, leg) = (number("ordinal", ordinal)?, number("leg", leg)?);
            self.model.with(py, |model| model.slippage(timestamp, magic_number, ordinal, leg))
        })
    }

    fn fee(&self, py: Python<'_>, lots: f64, price: f64) -> PyResult<f64> {
        guard(py, || self.model.with(py, |model| Ok(model.fee(lots, price))))
    }

    fn slippage_batch(
        &self,
        py: Python<'_>,
        timestamps: &Bound<'_, PyAny>,
        magic_numbers: &Bound<'_, PyAny>,
        ordinals: &Bound<'_, PyAny>,
        legs: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<f64>> {
        guard(py, || {
            let timestamps = numbers::<i64>("timestamps", timestamps)?;
            let magic_numbers = numbers::<i64>("magic_numbers", magic_numbers)?;
            let (ordinals, legs) = (numbers::<i64>("ordinals", ordinals)?, numbers::<i64>("legs", legs)?);
            self.model.with(py, |model| model.slippage_batch(&timestamps, &magic_numbers, &ordinals, &legs))
        })
    }

    fn fee_batch(&self, py: Python<'_>, lots: &Bound<'_, PyAny>, prices: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        guard(py, || {
            let (lots, prices) = (numbers::<f64>("lots", lots)?, numbers::<f64>("prices", prices)?);
            self.model.with(py, |model| model.fee_batch(&lots, &prices))
        })
    }
}

fn number(name: &str, value: &Bound<'_, PyAny>) -> Result<i64, OmegaError> {
    extract(name, value).map_err(|error| error.rule("C-5"))
}

/// A whole sequence at once; only one that cannot be converted is looked at row by row, to name the row.
fn numbers<'py, T>(name: &str, values: &Bound<'py, PyAny>) -> Result<Vec<T>, Failure>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    if let Ok(numbers) = values.extract() {
        return Ok(numbers);
    }
    let rows = values.try_iter()?.enumerate();
    let convert = |(row, value): (usize, PyResult<Bound<'py, PyAny>>)| {
        extract(name, &value?).map_err(|error| Failure::from(error.rule("C-5").row(row)))
    };
    rows.map(convert).collect()
}

/// Step by step (E-19): signals of a bar first, then its exits.
#[pyclass(module = "omega_rust", frozen)]
pub struct ExecutionSimulator {
    state: Guarded<execution::ExecutionSimulator>,
    labels: Labels,
}

#[pymethods]
impl ExecutionSimulator {
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || {
            let config = engine_config(config)?;
            let state = Guarded::new(execution::ExecutionSimulator::new(&config)?);
            Ok(Self { state, labels: Labels { symbol: config.symbol, is_strategy_run: false } })
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
            let bar = BarInput::read_one(bar, "bar")?;
            // A fault of the signal table is reported after those of the bar (Q-E19).
            let input = SignalInput::read(signals, &self.labels.symbol);
            let events = self.state.with(py, |simulator| {
                bar.check(|bars, nulls| data::validate_bars(bars, simulator.timeframe(), nulls))?;
                bar.bars().timestamp.iter().try_for_each(|&timestamp| simulator.check_bar_time(timestamp))?;
                let input = input?;
                data::check_signals(&input.signals, input.faults)?;
                simulator.process_signals(0, &bar.bars(), &input.signals)
            })?;
            output::events(py, events)
        })
    }

    fn evaluate_exits<'py>(&self, py: Python<'py>, bars: &Bound<'py, PyAny>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let bars = BarInput::read(bars)?;
            let events = self.state.with(py, |simulator| {
                bars.check(|bars, nulls| data::validate_bars(bars, simulator.timeframe(), nulls))?;
                simulator.evaluate_exits(&bars.bars())
            })?;
            output::events(py, events)
        })
    }

    fn positions<'py>(&self, py: Python<'py>) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let positions = self.state.with(py, |simulator| Ok(simulator.positions()))?;
            output::positions(py, positions, &self.labels)
        })
    }
}
