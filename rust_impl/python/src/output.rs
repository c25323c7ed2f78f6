//! Results of the core as Arrow, in the schemas of `omega.contract.schemas`; numbers move, nothing is copied.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{
    Array, ArrayRef, DurationMicrosecondArray, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer, ToByteSlice};
use arrow_schema::{Field, Schema};
use bytes::Bytes;
use omega_core::bars::columns::BarColumns;
use omega_core::error::{ErrorCode, OmegaError};
use omega_core::types::{Direction, Equity, Events, Metrics, Positions, Reason, Status, Trades, UNSET_TIME};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::error::Failure;

/// Schema and array capsules, as `pyarrow.RecordBatch._import_from_c_capsule` takes them.
pub type ArrowPair<'py> = (Bound<'py, PyCapsule>, Bound<'py, PyCapsule>);

const DIGEST_BYTES: i32 = 16;

/// Who a run or simulator works for: what the core does not carry because it is the same in every row, or text.
#[derive(Clone, Debug)]
pub struct Labels {
    pub symbol: String,
    /// Whether the orders come from the configured strategy and not from a signal table.
    pub is_strategy_run: bool,
}

impl Labels {
    /// The strategy's label of an order; the bridge fills in that of a signal table.
    fn scenario(&self, direction: Direction) -> Option<&'static str> {
        match direction {
            _ if !self.is_strategy_run => None,
            Direction::Long => Some("long_1"),
            Direction::Short => Some("short_1"),
        }
    }
}

pub fn events(py: Python<'_>, events: Events) -> Result<ArrowPair<'_>, Failure> {
    let rows = events.timestamp.len();
    let seq = (events.first_seq..).take(rows).collect();
    let mut table = Columns::default();
    table.required("seq", ints(seq));
    table.required("timestamp", times(events.timestamp));
    table.required("kind", texts(events.kind.iter().map(|kind| Some(kind.text())))?);
    table.nullable("order_id", ints_unless(events.order_id, |id| id == 0));
    table.nullable("price", floats_or_null(events.price));
    table.nullable("size", floats_or_null(events.size));
    table.nullable("stop_loss", floats_or_null(events.stop_loss));
    table.nullable("take_profit", floats_or_null(events.take_profit));
    table.nullable("result", floats_or_null(events.result));
    table.nullable("fee", floats_or_null(events.fee));
    table.nullable("reason", texts(events.reason.iter().map(|reason| reason.map(Reason::text)))?);
    let codes = validity(&events.error_code, |code| *code != 0);
    table.nullable("error_code", Arc::new(Int32Array::new(ScalarBuffer::from(events.error_code), codes)));
    table.export(py)
}

pub fn trades<'py>(py: Python<'py>, trades: Trades, labels: &Labels) -> Result<ArrowPair<'py>, Failure> {
    let mut table = Columns::default();
    let symbols = texts(trades.order_id.iter().map(|_| Some(labels.symbol.as_str())))?;
    let scenario = texts(trades.direction.iter().map(|direction| labels.scenario(*direction)))?;
    table.required("order_id", ints(trades.order_id));
    table.required("symbol", symbols);
    table.required("magic_number", ints(trades.magic_number));
    table.required("direction", texts(trades.direction.iter().map(|direction| Some(direction.text())))?);
    table.required("order_type", texts(trades.order_type.iter().map(|order_type| Some(order_type.text())))?);
    table.required("entry_time", times(trades.entry_time));
    table.required("trigger_time", times(trades.trigger_time));
    table.required("entry_price", floats(trades.entry_price));
    table.required("initial_stop_loss", floats(trades.initial_stop_loss));
    table.nullable("initial_take_profit", floats_or_null(trades.initial_take_profit));
    table.required("stop_loss", floats(trades.stop_loss));
    table.nullable("take_profit", floats_or_null(trades.take_profit));
    table.required("size", floats(trades.size));
    table.required("risk_per_trade", floats(trades.risk_per_trade));
    table.required("exit_time", times(trades.exit_time));
    table.required("exit_price", floats(trades.exit_price));
    table.required("result", floats(trades.result));
    table.required("r_multiple", floats(trades.r_multiple));
    table.required("entry_fee", floats(trades.entry_fee));
    table.required("exit_fee", floats(trades.exit_fee));
    table.required("stop_kind", texts(trades.stop_kind.iter().map(|kind| Some(kind.text())))?);
    table.required("reason", texts(trades.reason.iter().map(|reason| Some(reason.text())))?);
    table.nullable("scenario", scenario);
    table.nullable("signal_row", ints_unless(trades.signal_row, |row| row < 0));
    table.export(py)
}

pub fn positions<'py>(py: Python<'py>, positions: Positions, labels: &Labels) -> Result<ArrowPair<'py>, Failure> {
    let mut table = Columns::default();
    let symbols = texts(positions.order_id.iter().map(|_| Some(labels.symbol.as_str())))?;
    let scenario = texts(positions.direction.iter().map(|direction| labels.scenario(*direction)))?;
    // A pending order has no fill yet: what belongs to one is null whatever number the core keeps there.
    let filled = validity(&positions.status, |status| *status != Status::Pending);
    table.required("order_id", ints(positions.order_id));
    table.required("symbol", symbols);
    table.required("magic_number", ints(positions.magic_number));
    table.required("direction", texts(positions.direction.iter().map(|direction| Some(direction.text())))?);
    table.required("order_type", texts(positions.order_type.iter().map(|order_type| Some(order_type.text())))?);
    table.required("status", texts(positions.status.iter().map(|status| Some(status.text())))?);
    table.required("entry_time", times(positions.entry_time));
    table.nullable("trigger_time", times_or_null(positions.trigger_time));
    table.required("entry_price", floats(positions.entry_price));
    table.required("initial_stop_loss", floats(positions.initial_stop_loss));
    table.nullable("initial_take_profit", floats_or_null(positions.initial_take_profit));
    table.required("stop_loss", floats(positions.stop_loss));
    table.nullable("take_profit", floats_or_null(positions.take_profit));
    table.required("size", floats(positions.size));
    table.nullable("risk_per_trade", floats_where(positions.risk_per_trade, filled.clone()));
    table.nullable("entry_fee", floats_where(positions.entry_fee, filled));
    table.nullable("expires_at", times_or_null(positions.expires_at));
    table.nullable("max_holding", durations_or_null(positions.max_holding));
    table.required("stop_kind", texts(positions.stop_kind.iter().map(|kind| Some(kind.text())))?);
    table.nullable("scenario", scenario);
    table.nullable("signal_row", ints_unless(positions.signal_row, |row| row < 0));
    table.export(py)
}

pub fn equity(py: Python<'_>, equity: Equity) -> Result<ArrowPair<'_>, Failure> {
    let mut table = Columns::default();
    table.required("timestamp", times(equity.timestamp));
    table.required("cash", floats(equity.cash));
    table.required("equity", floats(equity.equity));
    table.export(py)
}

pub fn bars(py: Python<'_>, bars: BarColumns) -> Result<ArrowPair<'_>, Failure> {
    let mut table = Columns::default();
    table.required("timestamp", times(bars.timestamp));
    table.required("bid_open", floats(bars.bid_open));
    table.required("bid_high", floats(bars.bid_high));
    table.required("bid_low", floats(bars.bid_low));
    table.required("bid_close", floats(bars.bid_close));
    table.required("ask_open", floats(bars.ask_open));
    table.required("ask_high", floats(bars.ask_high));
    table.required("ask_low", floats(bars.ask_low));
    table.required("ask_close", floats(bars.ask_close));
    table.required("volume", floats(bars.volume));
    table.export(py)
}

pub fn chain(py: Python<'_>, digests: Vec<u8>) -> Result<ArrowPair<'_>, Failure> {
    let digests = FixedSizeBinaryArray::try_new(DIGEST_BYTES, Buffer::from_vec(digests), None).map_err(internal)?;
    export(py, &digests, FFI_ArrowSchema::try_from(digests.data_type()).map_err(internal)?)
}

/// A series that the indicator cache keeps; the array shares it.
pub fn series(py: Python<'_>, values: Arc<Vec<f64>>) -> Result<ArrowPair<'_>, Failure> {
    let rows = values.len();
    let buffer = Buffer::from(Bytes::from_owner(SharedSeries(values)));
    let array = Float64Array::new(ScalarBuffer::new(buffer, 0, rows), None);
    export(py, &array, FFI_ArrowSchema::try_from(array.data_type()).map_err(internal)?)
}

struct SharedSeries(Arc<Vec<f64>>);

impl AsRef<[u8]> for SharedSeries {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice().to_byte_slice()
    }
}

/// The table of Q-P5, in its order.
pub fn metrics<'py>(py: Python<'py>, metrics: &Metrics) -> PyResult<Bound<'py, PyDict>> {
    let table = PyDict::new(py);
    table.set_item("trades", metrics.trades)?;
    table.set_item("wins", metrics.wins)?;
    table.set_item("losses", metrics.losses)?;
    table.set_item("breakeven", metrics.breakeven)?;
    table.set_item("win_rate", metrics.win_rate)?;
    table.set_item("gross_profit", metrics.gross_profit)?;
    table.set_item("gross_loss", metrics.gross_loss)?;
    table.set_item("fees", metrics.fees)?;
    table.set_item("net_profit", metrics.net_profit)?;
    table.set_item("profit_factor", metrics.profit_factor)?;
    table.set_item("expectancy", metrics.expectancy)?;
    table.set_item("avg_r", metrics.avg_r)?;
    table.set_item("avg_win", metrics.avg_win)?;
    table.set_item("avg_loss", metrics.avg_loss)?;
    table.set_item("largest_win", metrics.largest_win)?;
    table.set_item("largest_loss", metrics.largest_loss)?;
    table.set_item("max_drawdown_abs", metrics.max_drawdown_abs)?;
    table.set_item("max_drawdown_ratio", metrics.max_drawdown_ratio)?;
    table.set_item("max_drawdown_bars", metrics.max_drawdown_bars)?;
    table.set_item("max_drawdown_initial", metrics.max_drawdown_initial)?;
    table.set_item("ambiguous_bars", metrics.ambiguous_bars)?;
    table.set_item("final_cash", metrics.final_cash)?;
    table.set_item("final_equity", metrics.final_equity)?;
    Ok(table)
}

/// A table being put together, column after column.
#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn required(&mut self, name: &str, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), false));
        self.arrays.push(array);
    }

    fn nullable(&mut self, name: &str, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
    }

    fn export(self, py: Python<'_>) -> Result<ArrowPair<'_>, Failure> {
        let schema = Schema::new_with_metadata(self.fields, HashMap::new());
        let table = StructArray::try_new(schema.fields.clone(), self.arrays, None).map_err(internal)?;
        export(py, &table, FFI_ArrowSchema::try_from(&schema).map_err(internal)?)
    }
}

fn export<'py>(py: Python<'py>, array: &dyn Array, schema: FFI_ArrowSchema) -> Result<ArrowPair<'py>, Failure> {
    let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
    let array = PyCapsule::new_with_value(py, FFI_ArrowArray::new(&array.to_data()), c"arrow_array")?;
    Ok((schema, array))
}

fn internal(error: impl ToString) -> OmegaError {
    OmegaError::new(ErrorCode::InternalError, format!("a result does not fit its schema: {}", error.to_string()))
}

fn ints(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::new(ScalarBuffer::from(values), None))
}

fn ints_unless(values: Vec<i64>, is_null: fn(i64) -> bool) -> ArrayRef {
    let nulls = validity(&values, |value| !is_null(*value));
    Arc::new(Int64Array::new(ScalarBuffer::from(values), nulls))
}

fn floats(values: Vec<f64>) -> ArrayRef {
    floats_where(values, None)
}

fn floats_or_null(values: Vec<f64>) -> ArrayRef {
    let nulls = validity(&values, |value| !value.is_nan());
    floats_where(values, nulls)
}

fn floats_where(values: Vec<f64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Float64Array::new(ScalarBuffer::from(values), nulls))
}

fn times(values: Vec<i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(values), None).with_timezone("UTC"))
}

fn times_or_null(values: Vec<i64>) -> ArrayRef {
    let nulls = validity(&values, |value| *value != UNSET_TIME);
    Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(values), nulls).with_timezone("UTC"))
}

fn durations_or_null(values: Vec<i64>) -> ArrayRef {
    let nulls = validity(&values, |value| *value != UNSET_TIME);
    Arc::new(DurationMicrosecondArray::new(ScalarBuffer::from(values), nulls))
}

/// No bitmap at all where every value is set.
fn validity<T>(values: &[T], is_set: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    if values.iter().all(&is_set) {
        return None;
    }
    Some(NullBuffer::new(values.iter().map(is_set).collect::<BooleanBuffer>()))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Result<ArrayRef, OmegaError> {
    let lengths = values.clone().map(|text| text.map_or(0, str::len));
    let bytes: usize = lengths.clone().sum();
    if i32::try_from(bytes).is_err() {
        let message = format!("a text column of {bytes} bytes is more than one Arrow array holds");
        return Err(OmegaError::new(ErrorCode::LimitExceeded, message));
    }
    let mut content = Vec::with_capacity(bytes);
    values.clone().flatten().for_each(|text| content.extend_from_slice(text.as_bytes()));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let has_nulls = values.clone().any(|text| text.is_none());
    let nulls = has_nulls.then(|| NullBuffer::new(values.map(|text| text.is_some()).collect::<BooleanBuffer>()));
    Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(content), nulls).map_err(internal)?))
}
