//! Several symbols as Python classes: the data, their parts and blocks, and passes over the steps (M-1 … M-3).
//!
//! Two slices take turns, because a loop still holds the last one when it asks for the next; where somebody holds the
//! one whose turn it is, a new one is made, so that what was yielded never changes (Q-M3b).

use std::sync::Arc;

use arrow_array::types::Float64Type;
use arrow_buffer::ScalarBuffer;
use omega_core::breaches::breach;
use omega_core::error::{ErrorCode, Value};
use omega_core::multi_symbol::iterator::{Pass, block, check_part};
use omega_core::multi_symbol::timeline::{check_symbols, timeline};
use omega_core::types::{Bars, EngineConfig, SliceMode};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::bars::BarInput;
use crate::config::extract;
use crate::error::Failure;
use crate::guard::{Guarded, guard};
use crate::output::{self, ArrowPair};
use crate::run::interruptible;
use crate::slices::{Data, MultiSymbolSlice, Series};
use crate::stream::read_stream;
use crate::table::concatenate;

/// Bars of several symbols, step by step (M-1 … M-3). Nothing in it changes, so that threads share it.
#[pyclass(module = "omega_rust", frozen)]
pub struct MultiSymbol {
    data: Arc<Data>,
    first: usize,
    stop: usize,
}

#[pymethods]
impl MultiSymbol {
    #[new]
    fn new(
        py: Python<'_>,
        symbols: &Bound<'_, PyAny>,
        bars: Vec<Bound<'_, PyAny>>,
        timeframes: &Bound<'_, PyAny>,
        mode: &Bound<'_, PyAny>,
        series: Vec<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        guard(py, || {
            let mode = mode_of(mode)?;
            let symbols: Vec<String> = extract("M-1", "symbols", symbols)?;
            let timeframes: Vec<i64> = extract("M-1", "timeframes", timeframes)?;
            check_symbols(&symbols, &timeframes, &[("bars", bars.len()), ("series", series.len())])?;
            let (mut inputs, mut all_series) = (Vec::new(), Vec::new());
            for (place, ((bars, series), timeframe)) in bars.iter().zip(&series).zip(timeframes).enumerate() {
                let input = checked_for(py, BarInput::read(bars, None)?, timeframe)?;
                all_series.push(series_of(series, input.len(), place)?);
                inputs.push(input);
            }
            let times: Vec<ScalarBuffer<i64>> = inputs.iter().map(BarInput::times).collect();
            let own = times.clone();
            let rows = times.iter().map(|column| column.len()).sum();
            let timeline = interruptible(py, rows, move |_| {
                let views: Vec<&[i64]> = own.iter().map(AsRef::as_ref).collect();
                Ok(timeline(&views, mode))
            })?;
            let names = symbols.iter().map(|symbol| PyString::new(py, symbol).unbind()).collect();
            let places = symbols.iter().cloned().zip(0..).collect();
            let stop = timeline.len();
            let data = Data { symbols, names, places, bars: inputs, times, timeline, series: all_series };
            Ok(Self { data: Arc::new(data), first: 0, stop })
        })
    }

    fn __len__(&self) -> usize {
        self.stop - self.first
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<MultiSymbolPass> {
        guard(py, || {
            let pass = Pass::new(&self.data.times, &self.data.timeline, self.first, self.stop);
            let state = Guarded::new(Walk { pass, slices: [None, None], turn: 0 });
            Ok(MultiSymbolPass { data: Arc::clone(&self.data), state })
        })
    }

    /// The steps from `first` to before `stop`, over the same columns (Q-M2).
    fn part(&self, py: Python<'_>, first: &Bound<'_, PyAny>, stop: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(py, || {
            let (first, stop) = self.bounds(first, stop)?;
            Ok(Self { data: Arc::clone(&self.data), first, stop })
        })
    }

    /// The steps of a part as one table (Q-M3c).
    fn block<'py>(
        &self,
        py: Python<'py>,
        first: &Bound<'py, PyAny>,
        stop: &Bound<'py, PyAny>,
    ) -> PyResult<ArrowPair<'py>> {
        guard(py, || {
            let (first, stop) = self.bounds(first, stop)?;
            let data = Arc::clone(&self.data);
            let rows = (stop - first).saturating_mul(data.symbols.len());
            let rows = interruptible(py, rows, move |_| {
                let bars: Vec<Bars<'_>> = data.bars.iter().map(BarInput::bars).collect();
                Ok(block(&bars, &data.timeline, first, stop))
            })?;
            output::slices(py, rows, &self.data.symbols)
        })
    }
}

impl MultiSymbol {
    /// The steps of a part of this one, by their numbers in the whole.
    fn bounds(&self, first: &Bound<'_, PyAny>, stop: &Bound<'_, PyAny>) -> Result<(usize, usize), Failure> {
        let (first, stop) = (extract("M-2", "first", first)?, extract("M-2", "stop", stop)?);
        let (first, stop) = check_part(first, stop, self.stop - self.first)?;
        Ok((self.first + first, self.first + stop))
    }
}

fn mode_of(mode: &Bound<'_, PyAny>) -> Result<SliceMode, Failure> {
    let text: String = extract("M-1", "mode", mode)?;
    SliceMode::from_text(&text).ok_or_else(|| {
        let known: Vec<&str> = SliceMode::ALL.iter().map(|mode| mode.text()).collect();
        let message = format!("must be one of {}", known.join(", "));
        breach(ErrorCode::InvalidArgument, "M-1", "mode", &message, None, Some(Value::Text(text))).into()
    })
}

/// No row is no breach (Q-M1b).
fn checked_for(py: Python<'_>, input: BarInput, timeframe: i64) -> Result<BarInput, Failure> {
    if input.len() == 0 { Ok(input) } else { interruptible(py, input.len(), move |_| input.checked(timeframe)) }
}

/// The bars of one symbol of a run, checked; no row is no breach (Q-M4d).
pub fn checked(py: Python<'_>, bars: &Bound<'_, PyAny>, config: &EngineConfig) -> Result<BarInput, Failure> {
    checked_for(py, BarInput::read(bars, Some(&config.symbol))?, config.timeframe)
}

fn series_of(series: &Bound<'_, PyDict>, rows: usize, place: usize) -> Result<Series, Failure> {
    let mut found = Series::new();
    for (label, outputs) in series {
        let label = label.cast_into::<PyString>().map_err(PyErr::from)?;
        let name = label.to_string();
        let outputs = outputs.try_iter()?.map(|output| {
            let stream = read_stream(&output?)?;
            let values = concatenate::<Float64Type>(&stream.chunks.iter().collect::<Vec<_>>())?.filled(f64::NAN);
            if values.len() == rows {
                return Ok(values);
            }
            let message = format!("{} values for {rows} bars", values.len());
            let value = Some(Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX)));
            Err(breach(ErrorCode::SizeMismatch, "M-3", &name, &message, Some(place), value).into())
        });
        found.push((label.unbind(), outputs.collect::<Result<_, Failure>>()?));
    }
    Ok(found)
}

/// One walk over the steps, and the slices that take turns in showing it.
struct Walk {
    pass: Pass,
    slices: [Option<Py<MultiSymbolSlice>>; 2],
    turn: usize,
}

/// A pass over the steps: Python's iterator.
#[pyclass(module = "omega_rust", frozen)]
pub struct MultiSymbolPass {
    data: Arc<Data>,
    state: Guarded<Walk>,
}

#[pymethods]
impl MultiSymbolPass {
    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<MultiSymbolSlice>>> {
        guard(py, || {
            self.state.with_attached(py, |walk| {
                if !walk.pass.advance(&self.data.times, &self.data.timeline) {
                    return Ok(None);
                }
                walk.turn ^= 1;
                let [even, odd] = &mut walk.slices;
                let slot = if walk.turn == 0 { even } else { odd };
                let slice = match slot.take().filter(|slice| MultiSymbolSlice::is_free(slice, py)) {
                    Some(slice) => slice,
                    None => MultiSymbolSlice::create(py, &self.data)?,
                };
                slice.get().show(&walk.pass);
                Ok(Some(slot.insert(slice).clone_ref(py)))
            })
        })
    }
}
