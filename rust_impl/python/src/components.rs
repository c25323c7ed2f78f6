//! The stateful components as Python classes: each call converts, works without the GIL, converts back.

use std::sync::Arc;

use omega_core::costs::model;
use omega_core::environment::check_environment;
use omega_core::error::Value;
use omega_core::indicators::cache;
use omega_core::indicators::memory::Kept;
use omega_core::indicators::stream::{Stream, create_stream};
use omega_core::types::indicators::is_number;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple};

use crate::bars::BarInput;
use crate::config::{engine_config, extract, extract_rows};
use crate::error::Failure;
use crate::guard::{Guarded, guard};

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
            check_environment()?;
            let bars = BarInput::read(bars, None)?;
            bars.check_nulls()?;
            Ok(Self { state: Guarded::new((bars, cache::IndicatorCache::new())) })
        })
    }

    /// One series per output of the indicator.
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        side: &Bound<'py, PyAny>,
        parameters: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        guard(py, || {
            let values = indicator_parameters(parameters)?;
            // What is no text is no name and no side either, and is refused in its turn (Q-I17).
            let (name_text, side_text) = (text_or_none(name), text_or_none(side));
            let series = self.state.with(py, |(bars, cache)| cache.get(&bars.bars(), &name_text, &side_text, &values));
            let series = series.map_err(|failure| with_original(failure, name, side, parameters))?;
            Ok(PyTuple::new(py, series.into_iter().map(|values| Series { values }))?)
        })
    }
}

/// A series that the cache keeps, as memory that Python reads: an import through Arrow takes longer than short series.
#[pyclass(module = "omega_rust", frozen)]
pub struct Series {
    values: Arc<Kept>,
}

#[pymethods]
impl Series {
    /// Where the values are; equal requests of a cache have the same.
    #[getter]
    fn address(&self) -> usize {
        self.values.as_ptr() as usize
    }

    /// Its bytes, which nobody can write.
    ///
    /// # Safety
    /// Called by Python with a view to fill.
    unsafe fn __getbuffer__(this: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: std::ffi::c_int) -> PyResult<()> {
        let values = &this.get().values;
        let bytes = size_of_val::<[f64]>(values) as ffi::Py_ssize_t;
        let pointer = values.as_ptr().cast_mut().cast();
        // SAFETY: the view is Python's; it keeps this object, and that the values, which nothing changes any more.
        let code = unsafe { ffi::PyBuffer_FillInfo(view, this.as_ptr(), pointer, bytes, 1, flags) };
        if code == 0 { Ok(()) } else { Err(PyErr::fetch(this.py())) }
    }
}

/// An indicator bar by bar, the bits of its series (Q-I18).
#[pyclass(module = "omega_rust", frozen)]
pub struct IndicatorStream {
    state: Guarded<Stream>,
}

#[pymethods]
impl IndicatorStream {
    #[new]
    fn new(py: Python<'_>, name: &Bound<'_, PyAny>, parameters: &Bound<'_, PyDict>) -> PyResult<Self> {
        guard(py, || {
            check_environment()?;
            let stream = create_stream(&text_or_none(name), &indicator_parameters(parameters)?);
            let stream = stream.map_err(|error| with_original(error.into(), name, name, parameters))?;
            Ok(Self { state: Guarded::new(stream) })
        })
    }

    /// The outputs after a bar; a NaN acts as a missing row.
    fn push<'py>(&self, py: Python<'py>, high: f64, low: f64, close: f64) -> PyResult<Bound<'py, PyTuple>> {
        guard(py, || {
            let outputs = self.state.with(py, |stream| Ok(stream.push(high, low, close)))?;
            Ok(PyTuple::new(py, outputs)?)
        })
    }
}

fn indicator_parameters(parameters: &Bound<'_, PyDict>) -> Result<Vec<(String, Value)>, Failure> {
    let pair = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name = name.str()?.to_string_lossy().into_owned();
        let value = indicator_parameter(&name, &value);
        Ok((name, value))
    };
    parameters.iter().map(pair).collect()
}

/// What the core can carry of a parameter; it judges types itself, because it knows what comes first (Q-I17).
fn indicator_parameter(name: &str, value: &Bound<'_, PyAny>) -> Value {
    // A bool is an int to Python, but no window length to anybody.
    if let Ok(value) = value.cast::<PyBool>() {
        Value::Bool(value.is_true())
    } else if value.is_instance_of::<PyString>() {
        Value::Text(text_or_none(value))
    } else if value.is_instance_of::<PyInt>() && is_number(name) {
        // Python's own rounding; beyond every float it is infinite.
        value.extract().map_or_else(|_| Value::Float(value.extract().unwrap_or(f64::INFINITY)), Value::Int)
    } else if value.is_instance_of::<PyInt>() {
        // Larger than any window, whatever its digits.
        value.extract().map_or(Value::Int(i64::MAX), Value::Int)
    } else if let Ok(value) = value.cast::<PyFloat>() {
        Value::Float(value.value())
    } else {
        Value::Other(value.get_type().name().map_or_else(|_| "unknown".to_owned(), |name| name.to_string()))
    }
}

/// The text of an argument; nothing that any indicator or side is called where it has none.
fn text_or_none(value: &Bound<'_, PyAny>) -> String {
    value.extract().unwrap_or_default()
}

/// The core's refusal of an argument or a parameter, with the value that Python gave.
fn with_original(
    failure: Failure,
    name: &Bound<'_, PyAny>,
    side: &Bound<'_, PyAny>,
    parameters: &Bound<'_, PyDict>,
) -> Failure {
    let Failure::Omega { mut error, is_recoverable: true } = failure else { return failure };
    let given = match error.column.as_deref() {
        Some("name") => Some(name.clone()),
        Some("side") => Some(side.clone()),
        column => column.and_then(|column| parameters.get_item(column).ok().flatten()),
    };
    if given.is_some() {
        error.value = None; // what stands for it in the core is not what was given
    }
    match given {
        Some(value) => Failure::argument(error, &value),
        None => error.into(),
    }
}

/// Slippage, fees and commission of one run's configuration (C-1, C-2, C-3, C-5).
#[pyclass(module = "omega_rust", frozen)]
pub struct CostModel {
    model: Guarded<model::CostModel>,
}

#[pymethods]
impl CostModel {
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || Ok(Self { model: Guarded::new(model::CostModel::new(&engine_config(config)?)?) }))
    }

    fn slippage(
        &self,
        py: Python<'_>,
        timestamp: &Bound<'_, PyAny>,
        magic_number: &Bound<'_, PyAny>,
        ordinal: &Bound<'_, PyAny>,
        leg: &Bound<'_, PyAny>,
        direction: &Bound<'_, PyAny>,
        order_type: &Bound<'_, PyAny>,
    ) -> PyResult<f64> {
        guard(py, || {
            let (timestamp, magic_number) =
                (extract("C-5", "timestamp", timestamp)?, extract("C-5", "magic_number", magic_number)?);
            let (ordinal, leg) = (extract("C-5", "ordinal", ordinal)?, extract("C-5", "leg", leg)?);
            let (direction, order_type) =
                (extract("C-5", "direction", direction)?, extract("C-5", "order_type", order_type)?);
            self.model.with(py, |model| model.slippage(timestamp, magic_number, ordinal, leg, direction, order_type))
        })
    }

    fn fee(&self, py: Python<'_>, lots: f64, price: f64, value: f64, time: i64, leg: i64) -> PyResult<f64> {
        guard(py, || self.model.with(py, |model| Ok(model.fee(lots, price, value, time, leg))))
    }

    fn slippage_batch(
        &self,
        py: Python<'_>,
        timestamps: &Bound<'_, PyAny>,
        magic_numbers: &Bound<'_, PyAny>,
        ordinals: &Bound<'_, PyAny>,
        legs: &Bound<'_, PyAny>,
        directions: &Bound<'_, PyAny>,
        order_types: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<f64>> {
        guard(py, || {
            let timestamps = extract_rows::<i64>("C-5", "timestamps", timestamps)?;
            let magic_numbers = extract_rows::<i64>("C-5", "magic_numbers", magic_numbers)?;
            let (ordinals, legs) =
                (extract_rows::<i64>("C-5", "ordinals", ordinals)?, extract_rows::<i64>("C-5", "legs", legs)?);
            let directions = extract_rows::<i64>("C-5", "directions", directions)?;
            let order_types = extract_rows::<i64>("C-5", "order_types", order_types)?;
            self.model.with(py, |model| {
                model.slippage_batch(&timestamps, &magic_numbers, &ordinals, &legs, &directions, &order_types)
            })
        })
    }

    fn fee_batch(
        &self,
        py: Python<'_>,
        lots: &Bound<'_, PyAny>,
        prices: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        legs: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<f64>> {
        guard(py, || {
            let (lots, prices) =
                (extract_rows::<f64>("C-5", "lots", lots)?, extract_rows::<f64>("C-5", "prices", prices)?);
            let values = extract_rows::<f64>("C-5", "values", values)?;
            let (times, legs) =
                (extract_rows::<i64>("C-5", "times", times)?, extract_rows::<i64>("C-5", "legs", legs)?);
            self.model.with(py, |model| model.fee_batch(&lots, &prices, &values, &times, &legs))
        })
    }
}
