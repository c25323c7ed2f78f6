//! Results of the core as Arrow, in the schemas of `omega.contract.schemas`; numbers move, nothing is copied.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DurationMicrosecondArray, FixedSizeBinaryArray, Float64Array, Int32Array,
    Int64Array, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{Field, Schema};
use omega_core::error::{ErrorCode, OmegaError};
use omega_core::types::columns::{Column, Kind, Table, Values};
use omega_core::types::{
    BarColumns, Decisions, Direction, Equity, EventKind, Events, FOREIGN_SYMBOL, Metric, Metrics, Positions, Slices,
    Status, Trades, UNSET_FLOAT, is_unset,
};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::error::Failure;

/// Schema and array capsules, as `pyarrow.RecordBatch._import_from_c_capsule` takes them.
pub type ArrowPair<'py> = (Bound<'py, PyCapsule>, Bound<'py, PyCapsule>);

const DIGEST_BYTES: i32 = 16;

/// Who a run or simulator works for: what the core does not carry because it is the same in every row, or text.
#[derive(Clone, Debug)]
pub struct Labels {
    /// Of the run's symbols, in their order (M-2).
    pub symbols: Vec<String>,
    /// The number of each order's symbol, in order_id order; none where there is one symbol.
    pub orders: Vec<u16>,
    /// Of each decision of the configured strategy; none where the orders come from a signal table.
    pub scenarios: Vec<i64>,
}

/// The strategy's labels by scenario (Q-A10), long and short.
const SCENARIOS: [[&str; 2]; 6] = [
    ["long_1", "short_1"],
    ["long_2", "short_2"],
    ["long_3", "short_3"],
    ["long_4", "short_4"],
    ["long_5", "short_5"],
    ["long_6", "short_6"],
];

impl Labels {
    /// Those of a run or simulator of one symbol.
    pub fn of(symbol: String, scenarios: Vec<i64>) -> Self {
        Self { symbols: vec![symbol], orders: Vec::new(), scenarios }
    }

    /// Those of a run over several symbols: an order is of the symbol for which it was accepted.
    pub fn of_many(symbols: Vec<String>, events: &Events) -> Self {
        let accepted = events.kind.iter().zip(&events.symbol).filter(|(kind, _)| **kind == EventKind::Accepted);
        Self { symbols, orders: accepted.map(|(_, &symbol)| symbol).collect(), scenarios: Vec::new() }
    }

    fn symbol(&self, number: u16) -> Option<&str> {
        self.symbols.get(usize::from(number)).map(String::as_str)
    }

    /// Order ids count from 1 (T-8).
    fn symbol_of_order(&self, order_id: i64) -> Option<&str> {
        let place = usize::try_from(order_id - 1).ok();
        self.symbol(place.and_then(|place| self.orders.get(place)).copied().unwrap_or(0))
    }

    /// What the schema of orders has and the core does not carry.
    fn of_orders(
        &self,
        order_ids: &[i64],
        directions: &[Direction],
        rows: &[i64],
    ) -> Result<Vec<(&'static str, ArrayRef)>, OmegaError> {
        let symbols = match self.symbols.as_slice() {
            [only] => alike(only, order_ids.len())?,
            _ => texts(order_ids.iter().map(|&order_id| self.symbol_of_order(order_id)))?,
        };
        let scenarios = texts(directions.iter().zip(rows).map(|(&direction, &row)| self.scenario(direction, row)))?;
        Ok(vec![("symbol", symbols), ("scenario", scenarios)])
    }

    /// The strategy's label of an order; the bridge fills in that of a signal table.
    fn scenario(&self, direction: Direction, row: i64) -> Option<&'static str> {
        let number = self.scenarios.get(usize::try_from(row).ok()?)?;
        let labels = SCENARIOS.get(usize::try_from(number - 1).ok()?)?;
        labels.get(direction as usize).copied()
    }
}

/// `foreign` are the symbols of the rejected signals that have not the run's, in their order.
pub fn events<'py>(
    py: Python<'py>,
    events: Events,
    labels: &Labels,
    foreign: &[String],
) -> Result<ArrowPair<'py>, Failure> {
    let symbols = match labels.symbols.as_slice() {
        [only] if foreign.is_empty() => alike(only, events.len())?,
        _ => {
            let mut foreign = foreign.iter();
            let symbol_of = |number: &u16| match *number {
                FOREIGN_SYMBOL => foreign.next().map(String::as_str),
                number => labels.symbol(number),
            };
            let symbols: Vec<_> = events.symbol.iter().map(symbol_of).collect();
            texts(symbols.iter().copied())?
        }
    };
    export_table(py, events, vec![("symbol", symbols)])
}

pub fn trades<'py>(py: Python<'py>, trades: Trades, labels: &Labels) -> Result<ArrowPair<'py>, Failure> {
    let given = labels.of_orders(&trades.order_id, &trades.direction, &trades.signal_row)?;
    export_table(py, trades, given)
}

pub fn positions<'py>(py: Python<'py>, mut positions: Positions, labels: &Labels) -> Result<ArrowPair<'py>, Failure> {
    let given = labels.of_orders(&positions.order_id, &positions.direction, &positions.signal_row)?;
    // A pending order has no fill yet: its fee is null whatever number the core keeps there.
    let fees = positions.entry_fee.iter_mut().zip(&positions.status);
    fees.filter(|(_, status)| **status == Status::Pending).for_each(|(fee, _)| *fee = UNSET_FLOAT);
    export_table(py, positions, given)
}

/// `names` are those of the symbols, in their order.
pub fn slices<'py>(py: Python<'py>, slices: Slices, names: &[String]) -> Result<ArrowPair<'py>, Failure> {
    let symbols = slices.symbol.iter().map(|&number| names.get(usize::from(number)).map(String::as_str));
    let symbols = texts(symbols)?;
    export_table(py, slices, vec![("symbol", symbols)])
}

pub fn decisions(py: Python<'_>, decisions: Decisions) -> Result<ArrowPair<'_>, Failure> {
    export_table(py, decisions, Vec::new())
}

pub fn equity(py: Python<'_>, equity: Equity) -> Result<ArrowPair<'_>, Failure> {
    export_table(py, equity, Vec::new())
}

pub fn bars(py: Python<'_>, bars: BarColumns) -> Result<ArrowPair<'_>, Failure> {
    export_table(py, bars, Vec::new())
}

pub fn chain(py: Python<'_>, digests: Vec<u8>) -> Result<ArrowPair<'_>, Failure> {
    let digests = FixedSizeBinaryArray::try_new(DIGEST_BYTES, Buffer::from_vec(digests), None).map_err(internal)?;
    export(py, &digests, FFI_ArrowSchema::try_from(digests.data_type()).map_err(internal)?)
}

/// The table of Q-P5, in its order.
pub fn metrics<'py>(py: Python<'py>, metrics: &Metrics) -> PyResult<Bound<'py, PyDict>> {
    let table = PyDict::new(py);
    for (name, metric) in metrics.entries() {
        match metric {
            Metric::Count(count) => table.set_item(name, count)?,
            Metric::Number(number) => table.set_item(name, number)?,
            Metric::Optional(number) => table.set_item(name, number)?,
        }
    }
    Ok(table)
}

/// The columns that the core declares, in its order; `given` are those that it does not carry.
pub fn export_table<'py>(
    py: Python<'py>,
    table: impl Table,
    mut given: Vec<(&'static str, ArrayRef)>,
) -> Result<ArrowPair<'py>, Failure> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (column, values) in table.into_columns() {
        let array = match values {
            Values::Given => {
                let place = given.iter().position(|(name, _)| *name == column.name);
                let place = place.ok_or_else(|| internal(format!("nobody gives `{}`", column.name)))?;
                given.swap_remove(place).1
            }
            values => array_of(&column, values)?,
        };
        fields.push(Field::new(column.name, array.data_type().clone(), column.is_nullable));
        arrays.push(array);
    }
    let schema = Schema::new_with_metadata(fields, HashMap::new());
    let table = StructArray::try_new(schema.fields.clone(), arrays, None).map_err(internal)?;
    export(py, &table, FFI_ArrowSchema::try_from(&schema).map_err(internal)?)
}

/// A column of the core; where it is nullable, what stands for "not set" becomes null.
fn array_of(column: &Column, values: Values) -> Result<ArrayRef, OmegaError> {
    let is_nullable = column.is_nullable;
    Ok(match (column.kind, values) {
        (Kind::Timestamp, Values::Ints { values, unset }) => {
            let nulls = validity(&values, is_nullable, |value| *value != unset);
            Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(values), nulls).with_timezone("UTC"))
        }
        (Kind::Duration, Values::Ints { values, unset }) => {
            let nulls = validity(&values, is_nullable, |value| *value != unset);
            Arc::new(DurationMicrosecondArray::new(ScalarBuffer::from(values), nulls))
        }
        (Kind::Int, Values::Ints { values, unset }) => {
            let nulls = validity(&values, is_nullable, |value| *value != unset);
            Arc::new(Int64Array::new(ScalarBuffer::from(values), nulls))
        }
        (Kind::SmallInt, Values::SmallInts(values)) => {
            let nulls = validity(&values, is_nullable, |value| *value != 0);
            Arc::new(Int32Array::new(ScalarBuffer::from(values), nulls))
        }
        (Kind::Float, Values::Floats(values)) => {
            let nulls = validity(&values, is_nullable, |value| !is_unset(*value));
            Arc::new(Float64Array::new(ScalarBuffer::from(values), nulls))
        }
        (Kind::Flag, Values::Flags(values)) => Arc::new(BooleanArray::from(values)),
        (Kind::Member(set), Values::Members(numbers)) => {
            let texts_of_set = set.texts();
            let text_of = |number: &u8| texts_of_set.get(usize::from(*number)).copied().flatten();
            match numbers.first() {
                Some(first) if numbers.iter().all(|number| number == first) => match text_of(first) {
                    Some(text) => alike(text, numbers.len())?,
                    None => Arc::new(StringArray::new_null(numbers.len())),
                },
                _ => texts(numbers.iter().map(text_of))?,
            }
        }
        (kind, _) => return Err(internal(format!("`{}` is no column of {kind:?}", column.name))),
    })
}

fn export<'py>(py: Python<'py>, array: &dyn Array, schema: FFI_ArrowSchema) -> Result<ArrowPair<'py>, Failure> {
    let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
    let array = PyCapsule::new_with_value(py, FFI_ArrowArray::new(&array.to_data()), c"arrow_array")?;
    Ok((schema, array))
}

fn internal(error: impl ToString) -> OmegaError {
    OmegaError::new(ErrorCode::InternalError, format!("a result does not fit its schema: {}", error.to_string()))
}

/// No bitmap at all where every value is set.
fn validity<T>(values: &[T], is_nullable: bool, is_set: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    if !is_nullable || values.iter().all(&is_set) {
        return None;
    }
    Some(NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |row| values.get(row).is_some_and(&is_set))))
}

/// As many rows of one text.
fn alike(text: &str, rows: usize) -> Result<ArrayRef, OmegaError> {
    check_bytes(text.len() * rows)?;
    let ends = (0..=rows).map(|row| (row * text.len()) as i32).collect();
    Ok(text_array(ends, text.as_bytes().repeat(rows), None))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Result<ArrayRef, OmegaError> {
    let (mut rows, mut bytes, mut has_nulls) = (0, 0, false);
    for text in values.clone() {
        rows += 1;
        bytes += text.map_or(0, str::len);
        has_nulls |= text.is_none();
    }
    check_bytes(bytes)?;
    let (mut content, mut ends) = (Vec::with_capacity(bytes), Vec::with_capacity(rows + 1));
    ends.push(0);
    for text in values.clone() {
        content.extend_from_slice(text.unwrap_or_default().as_bytes());
        ends.push(content.len() as i32);
    }
    let nulls = has_nulls.then(|| NullBuffer::new(values.map(|text| text.is_some()).collect::<BooleanBuffer>()));
    Ok(text_array(ends, content, nulls))
}

fn check_bytes(bytes: usize) -> Result<(), OmegaError> {
    if i32::try_from(bytes).is_err() {
        let message = format!("a text column of {bytes} bytes is more than one Arrow array holds");
        return Err(OmegaError::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

/// `content` is whole texts, and `ends` where each of them ends, after a 0.
fn text_array(ends: Vec<i32>, content: Vec<u8>, nulls: Option<NullBuffer>) -> ArrayRef {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    // SAFETY: texts of this language stand between the offsets, so that each is UTF-8; they are not read again for it.
    Arc::new(unsafe { StringArray::new_unchecked(offsets, Buffer::from_vec(content), nulls) })
}
