//! One step of several symbols as Python sees it: views over shared columns, filled without allocating.
//!
//! A slice shows the state that a pass wrote for it, while nobody looked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use arrow_buffer::ScalarBuffer;
use omega_core::breaches::breach;
use omega_core::error::ErrorCode;
use omega_core::multi_symbol::iterator::Pass;
use omega_core::multi_symbol::slice::{self, ask_candle, bid_candle, current_row, last_seen};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::bars::BarInput;
use crate::error::Failure;
use crate::guard::guard;

/// Indicators of one symbol by label, a series for each output (Q-M3d).
pub type Series = Vec<(Py<PyString>, Vec<ScalarBuffer<f64>>)>;

/// What all passes share.
pub struct Data {
    pub symbols: Vec<String>,
    pub names: Vec<Py<PyString>>,
    pub places: HashMap<String, usize>,
    pub bars: Vec<BarInput>,
    pub times: Vec<ScalarBuffer<i64>>,
    pub timeline: Vec<i64>,
    pub series: Vec<Series>,
}

/// What a slice shows: written by a pass, while nobody looks.
struct State {
    step: AtomicUsize,
    timestamp: AtomicI64,
    seen: Vec<AtomicUsize>,
}

impl State {
    fn show(&self, pass: &Pass) {
        self.step.store(pass.step, Relaxed);
        self.timestamp.store(pass.timestamp, Relaxed);
        for (shown, seen) in self.seen.iter().zip(&pass.seen) {
            shown.store(*seen, Relaxed);
        }
    }

    fn seen(&self, place: usize) -> usize {
        self.seen.get(place).map_or(0, |seen| seen.load(Relaxed))
    }
}

type Snapshots = (Py<PyTuple>, Vec<Py<SymbolSnapshot>>);

/// All symbols in one step.
#[pyclass(module = "omega_rust", frozen)]
pub struct MultiSymbolSlice {
    data: Arc<Data>,
    state: Arc<State>,
    snapshots: PyOnceLock<Snapshots>,
}

impl MultiSymbolSlice {
    /// A slice that shows nothing yet.
    pub fn create(py: Python<'_>, data: &Arc<Data>) -> PyResult<Py<Self>> {
        let seen = data.symbols.iter().map(|_| AtomicUsize::new(0)).collect();
        let state = Arc::new(State { step: AtomicUsize::new(0), timestamp: AtomicI64::new(0), seen });
        Py::new(py, Self { data: Arc::clone(data), state, snapshots: PyOnceLock::new() })
    }

    /// Shows the step at which a pass stands.
    pub fn show(&self, pass: &Pass) {
        self.state.show(pass);
    }

    /// Whether nobody but a pass holds a slice, nor one of its snapshots.
    pub fn is_free(slice: &Py<Self>, py: Python<'_>) -> bool {
        let holders = |object: *mut ffi::PyObject| {
            // SAFETY: the pointer is that of an object that is held here, and the interpreter is attached.
            unsafe { ffi::Py_REFCNT(object) }
        };
        holders(slice.as_ptr()) == 1
            && slice.get().snapshots.get(py).is_none_or(|(tuple, snapshots)| {
                // A snapshot is held by the tuple and by the slice.
                holders(tuple.as_ptr()) == 1 && snapshots.iter().all(|snapshot| holders(snapshot.as_ptr()) == 2)
            })
    }

    /// The snapshots, made when the first one is asked for and kept with the slice.
    fn snapshots(&self, py: Python<'_>) -> PyResult<&Snapshots> {
        self.snapshots.get_or_try_init(py, || {
            let snapshot = |place| {
                let (data, state) = (Arc::clone(&self.data), Arc::clone(&self.state));
                Py::new(py, SymbolSnapshot { data, state, place })
            };
            let snapshots = (0..self.data.symbols.len()).map(snapshot).collect::<PyResult<Vec<_>>>()?;
            let tuple = PyTuple::new(py, snapshots.iter().map(|snapshot| snapshot.clone_ref(py)))?;
            Ok((tuple.unbind(), snapshots))
        })
    }
}

#[pymethods]
impl MultiSymbolSlice {
    #[getter]
    fn step(&self) -> usize {
        self.state.step.load(Relaxed)
    }

    #[getter]
    fn timestamp(&self) -> i64 {
        self.state.timestamp.load(Relaxed)
    }

    /// A snapshot per symbol, in the order given (M-2).
    #[getter]
    fn symbols<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>> {
        Ok(self.snapshots(py)?.0.bind(py))
    }

    fn __len__(&self) -> usize {
        self.data.symbols.len()
    }

    fn __getitem__(&self, py: Python<'_>, symbol: &Bound<'_, PyAny>) -> PyResult<Py<SymbolSnapshot>> {
        let place = symbol.extract::<&str>().ok().and_then(|name| self.data.places.get(name));
        match place.and_then(|&place| self.snapshots(py).map(|(_, made)| made.get(place)).transpose()) {
            Some(snapshot) => Ok(snapshot?.clone_ref(py)),
            None => guard(py, || Err(unknown(symbol, &self.data.symbols))),
        }
    }

    fn __repr__(&self) -> String {
        let (step, timestamp) = (self.step(), self.timestamp());
        format!("MultiSymbolSlice(step {step}, {timestamp} µs, {} symbols)", self.__len__())
    }
}

fn unknown(symbol: &Bound<'_, PyAny>, symbols: &[String]) -> Failure {
    let message = format!("no symbol has this name; there are {}", symbols.join(", "));
    Failure::argument(breach(ErrorCode::InvalidArgument, "M-1", "symbol", &message, None, None), symbol)
}

/// One symbol in one step.
#[pyclass(module = "omega_rust", frozen)]
pub struct SymbolSnapshot {
    data: Arc<Data>,
    state: Arc<State>,
    place: usize,
}

impl SymbolSnapshot {
    /// The symbol's bars with the row of the current one.
    fn current(&self) -> Option<(&BarInput, usize)> {
        let (times, bars) = (self.data.times.get(self.place)?, self.data.bars.get(self.place)?);
        let row = current_row(times, self.state.seen(self.place), self.state.timestamp.load(Relaxed))?;
        Some((bars, row))
    }
}

#[pymethods]
impl SymbolSnapshot {
    #[getter]
    fn symbol(&self, py: Python<'_>) -> Option<Py<PyString>> {
        self.data.names.get(self.place).map(|name| name.clone_ref(py))
    }

    #[getter]
    fn bid(&self) -> Option<Candle> {
        self.current().map(|(bars, row)| Candle(bid_candle(&bars.bars(), row)))
    }

    #[getter]
    fn ask(&self) -> Option<Candle> {
        self.current().map(|(bars, row)| Candle(ask_candle(&bars.bars(), row)))
    }

    #[getter]
    fn row(&self) -> Option<usize> {
        self.current().map(|(_, row)| row)
    }

    #[getter]
    fn last_seen(&self) -> Option<usize> {
        last_seen(self.state.seen(self.place))
    }

    /// The values at the current bar by label, empty where there is none (Q-M3d).
    #[getter]
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let found = PyDict::new(py);
        if let (Some((_, row)), Some(series)) = (self.current(), self.data.series.get(self.place)) {
            for (label, outputs) in series {
                let values = PyTuple::new(py, outputs.iter().filter_map(|output| output.get(row)).collect::<Vec<_>>())?;
                match values.len() {
                    1 => found.set_item(label, values.get_item(0)?)?,
                    _ => found.set_item(label, values)?,
                }
            }
        }
        Ok(found)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let side = |candle: Option<Candle>| candle.map_or_else(|| Ok("None".to_owned()), |candle| candle.__repr__(py));
        let name = self.data.names.get(self.place).map(|name| name.bind(py).repr()).transpose()?;
        let name = name.map_or_else(String::new, |name| name.to_string());
        Ok(format!("SymbolSnapshot({name}, bid={}, ask={})", side(self.bid())?, side(self.ask())?))
    }
}

/// One side of a bar with the bar's volume (Q-M1).
#[pyclass(module = "omega_rust", frozen, eq)]
#[derive(Clone, Copy, PartialEq)]
pub struct Candle(slice::Candle);

#[pymethods]
impl Candle {
    #[getter]
    const fn open(&self) -> f64 {
        self.0.open
    }

    #[getter]
    const fn high(&self) -> f64 {
        self.0.high
    }

    #[getter]
    const fn low(&self) -> f64 {
        self.0.low
    }

    #[getter]
    const fn close(&self) -> f64 {
        self.0.close
    }

    #[getter]
    const fn volume(&self) -> f64 {
        self.0.volume
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        let slice::Candle { open, high, low, close, volume } = self.0;
        (open, high, low, close, volume).into_pyobject(py)?.hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let slice::Candle { open, high, low, close, volume } = self.0;
        let mut shown = Vec::new();
        for (name, value) in [("open", open), ("high", high), ("low", low), ("close", close), ("volume", volume)] {
            shown.push(format!("{name}={}", value.into_pyobject(py)?.repr()?));
        }
        Ok(format!("Candle({})", shown.join(", ")))
    }
}
