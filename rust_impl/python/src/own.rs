//! A strategy in Python on the engine in Rust (L-3): asked at a bar, it gets numbers and gives signals.

use std::time::{Duration, Instant};

use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::strategy::own::{OpenOrder, OwnStrategy};
use omega_core::types::{Direction, FOREIGN_SYMBOL, OrderType, Signal, SignalType, UNSET_FLOAT, UNSET_TIME, is_unset};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::config::extract;
use crate::error::Failure;
use crate::guard::count_way_back;

/// 20 times a second progress is reported (L-2).
const PAUSE: Duration = Duration::from_millis(50);

/// The callable that is asked, and what it or the caller's `on_progress` raised.
pub struct PythonStrategy<'py> {
    ask: &'py Bound<'py, PyAny>,
    rows: &'py [u8],
    symbols: &'py [String],
    total: usize,
    on_progress: Option<&'py Py<PyAny>>,
    reported: Instant,
    raised: Option<PyErr>,
}

impl<'py> PythonStrategy<'py> {
    /// Begins a run of `symbols` over `total` bars or steps; `rows` has one byte for each, 0 where it is not asked.
    pub fn new(
        ask: &'py Bound<'py, PyAny>,
        rows: &'py Bound<'py, PyBytes>,
        symbols: &'py [String],
        total: usize,
        on_progress: Option<&'py Py<PyAny>>,
    ) -> Self {
        Self { ask, rows: rows.as_bytes(), symbols, total, on_progress, reported: Instant::now(), raised: None }
    }

    /// What Python raised, if it did.
    pub fn raised(&mut self) -> Option<PyErr> {
        self.raised.take()
    }

    fn asked(&self, row: usize, equity: f64, told: Option<Vec<OpenOrder>>) -> Result<Vec<Signal>, Failure> {
        let py = self.ask.py();
        let told = told.map(|orders| PyList::new(py, orders.iter().map(Told))).transpose()?;
        count_way_back();
        let answer = self.ask.call1((row, equity, told))?;
        if answer.len()? == 0 {
            return Ok(Vec::new());
        }
        answer.try_iter()?.map(|signal| signal_of(&signal?, self.symbols)).collect()
    }

    fn report(&mut self, done: usize) -> PyResult<()> {
        let py = self.ask.py();
        py.check_signals()?;
        if let Some(callback) = self.on_progress {
            callback.call1(py, (done, self.total))?;
        }
        Ok(())
    }

    /// Keeps what Python raised and stops the run for it.
    fn keep(&mut self, failure: Failure) -> OmegaError {
        self.raised = Some(failure.into_py_err(self.ask.py()));
        OmegaError::new(ErrorCode::InvalidState, "the strategy ended the run").rule("L-5")
    }
}

impl OwnStrategy for PythonStrategy<'_> {
    fn is_asked(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|&asked| asked != 0)
    }

    fn ask(&mut self, row: usize, equity: f64, told: Option<Vec<OpenOrder>>) -> Result<Vec<Signal>, OmegaError> {
        self.asked(row, equity, told).map_err(|failure| self.keep(failure))
    }

    fn pause(&mut self, done: usize) -> Result<(), OmegaError> {
        if self.reported.elapsed() < PAUSE {
            return Ok(());
        }
        self.reported = Instant::now();
        self.report(done).map_err(|error| self.keep(error.into()))
    }
}

/// An order as `omega.contract.own.OpenOrder`.
struct Told<'a>(&'a OpenOrder);

impl<'py> IntoPyObject<'py> for Told<'_> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let order = self.0;
        let opened = (order.trigger_time != UNSET_TIME).then_some(order.trigger_time);
        let target = (!is_unset(order.take_profit)).then_some(order.take_profit);
        let (direction, order_type, status) = (order.direction as u8, order.order_type as u8, order.status as u8);
        (
            order.order_id,
            order.magic_number,
            direction,
            order_type,
            status,
            order.entry_time,
            opened,
            order.entry_price,
            order.stop_loss,
            target,
            order.size,
            order.symbol,
        )
            .into_pyobject(py)
    }
}

/// A record `omega.contract.types.Signal` of one of the run's symbols, which passed T-6.
fn signal_of(record: &Bound<'_, PyAny>, symbols: &[String]) -> Result<Signal, Failure> {
    let py = record.py();
    let fields = Fields { record };
    Ok(Signal {
        timestamp: fields.whole(intern!(py, "timestamp"))?,
        symbol: fields.number_of_symbol(symbols)?,
        signal_type: fields
            .member(intern!(py, "signal_type"), SignalType::from_number)?
            .ok_or_else(|| no_member("signal_type"))?,
        direction: fields.member(intern!(py, "direction"), Direction::from_number)?,
        order_type: fields.member(intern!(py, "order_type"), OrderType::from_number)?,
        price: fields.number(intern!(py, "price"))?,
        size: fields.number(intern!(py, "size"))?,
        stop_loss: fields.number(intern!(py, "stop_loss"))?,
        take_profit: fields.number(intern!(py, "take_profit"))?,
        magic_number: fields.whole(intern!(py, "magic_number"))?,
        expires_at: fields.whole(intern!(py, "expires_at"))?,
        trailing_distance: fields.number(intern!(py, "trailing_distance"))?,
        trailing_step: fields.number(intern!(py, "trailing_step"))?,
        break_even_at_r: fields.number(intern!(py, "break_even_at_r"))?,
        break_even_offset: fields.number(intern!(py, "break_even_offset"))?,
        max_holding: fields.whole(intern!(py, "max_holding"))?,
        fraction: fields.number(intern!(py, "fraction"))?,
        row: fields.whole(intern!(py, "row"))?,
    })
}

struct Fields<'a, 'py> {
    record: &'a Bound<'py, PyAny>,
}

impl<'py> Fields<'_, 'py> {
    fn value<T>(&self, name: &Bound<'py, PyString>) -> Result<Option<T>, Failure>
    where
        T: for<'b> FromPyObject<'b, 'py>,
    {
        let value = self.record.getattr(name)?;
        extract("T-6", &name.to_string_lossy(), &value)
    }

    /// Where there is one symbol nobody looks at its name.
    fn number_of_symbol(&self, symbols: &[String]) -> Result<u16, Failure> {
        if symbols.len() == 1 {
            return Ok(0);
        }
        let symbol: Option<String> = self.value(intern!(self.record.py(), "symbol"))?;
        let place = symbol.and_then(|symbol| symbols.iter().position(|one| *one == symbol));
        Ok(place.and_then(|place| u16::try_from(place).ok()).unwrap_or(FOREIGN_SYMBOL))
    }

    fn number(&self, name: &Bound<'py, PyString>) -> Result<f64, Failure> {
        Ok(self.value(name)?.unwrap_or(UNSET_FLOAT))
    }

    fn whole(&self, name: &Bound<'py, PyString>) -> Result<i64, Failure> {
        Ok(self.value(name)?.unwrap_or(UNSET_TIME))
    }

    fn member<T>(&self, name: &Bound<'py, PyString>, from_number: fn(u8) -> Option<T>) -> Result<Option<T>, Failure> {
        let number: Option<u8> = self.value(name)?;
        let member = number.map(|number| from_number(number).ok_or(number)).transpose();
        Ok(member.map_err(|number| no_member(&name.to_string_lossy()).value(Value::Int(i64::from(number))))?)
    }
}

fn no_member(column: &str) -> OmegaError {
    OmegaError::new(ErrorCode::InvalidArgument, "no member of its set").rule("T-6").column(column)
}
