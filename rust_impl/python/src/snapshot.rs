//! The tables of a snapshot on their way out and in (Q-R1); the bridge has checked their shapes and their digest.

use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use omega_core::error::OmegaError;
use omega_core::execution::snapshot::State;
use omega_core::types::columns::{
    Bits, Cell, Column, Count, Duration, Flag, Float, MagicNumber, OrderId, ReadCells, Reader, Row, SmallCount,
    Table as _, Time,
};
use omega_core::types::{
    Direction, Equity, OrderType, Reason, SignalType, StateAccount, StateBar, StateMoney, StateOrdinals,
    StatePositions, StateWaiting, StateWords, Status, StopKind, Trades,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::Failure;
use crate::output::{self, Labels, export_table};
use crate::stream::malformed;
use crate::table::{Shape, Table, rows_of};

/// The tables by name, each as schema and array capsules.
pub fn export<'py>(py: Python<'py>, state: State, labels: &Labels) -> Result<Bound<'py, PyDict>, Failure> {
    let none: fn() -> Vec<(&'static str, ArrayRef)> = Vec::new;
    let parts = PyDict::new(py);
    parts.set_item("account", export_table(py, state.account, none())?)?;
    parts.set_item("money", export_table(py, state.money, none())?)?;
    parts.set_item("ordinals", export_table(py, state.ordinals, none())?)?;
    parts.set_item("positions", export_table(py, state.positions, none())?)?;
    parts.set_item("waiting", export_table(py, state.waiting, none())?)?;
    parts.set_item("trades", output::trades(py, state.trades, labels)?)?;
    parts.set_item("equity", output::equity(py, state.equity)?)?;
    parts.set_item("bar", export_table(py, state.bar, none())?)?;
    parts.set_item("digests", export_table(py, state.digests, none())?)?;
    parts.set_item("events", export_table(py, state.events, none())?)?;
    parts.set_item("bar_events", export_table(py, state.bar_events, none())?)?;
    Ok(parts)
}

/// Reads the tables, each given as a stream.
pub fn read(parts: &Bound<'_, PyDict>) -> Result<State, Failure> {
    Ok(State {
        account: StateAccount::read(&mut Part::new(parts, "account", StateAccount::COLUMNS)?)?,
        money: StateMoney::read(&mut Part::new(parts, "money", StateMoney::COLUMNS)?)?,
        ordinals: StateOrdinals::read(&mut Part::new(parts, "ordinals", StateOrdinals::COLUMNS)?)?,
        positions: StatePositions::read(&mut Part::new(parts, "positions", StatePositions::COLUMNS)?)?,
        waiting: StateWaiting::read(&mut Part::new(parts, "waiting", StateWaiting::COLUMNS)?)?,
        trades: Trades::read(&mut Part::new(parts, "trades", Trades::COLUMNS)?)?,
        equity: Equity::read(&mut Part::new(parts, "equity", Equity::COLUMNS)?)?,
        bar: StateBar::read(&mut Part::new(parts, "bar", StateBar::COLUMNS)?)?,
        digests: StateWords::read(&mut Part::new(parts, "digests", StateWords::COLUMNS)?)?,
        events: StateWords::read(&mut Part::new(parts, "events", StateWords::COLUMNS)?)?,
        bar_events: StateWords::read(&mut Part::new(parts, "bar_events", StateWords::COLUMNS)?)?,
    })
}

/// One table on its way in.
struct Part {
    table: Table,
}

impl Part {
    fn new(parts: &Bound<'_, PyDict>, name: &str, columns: &'static [Column]) -> Result<Self, Failure> {
        let stream = parts.get_item(name)?.ok_or_else(|| malformed(format!("the part `{name}` is missing")))?;
        let table = Table::read(&stream)?;
        table.check(&Shape { rule: "R-3", prefix: "", columns, beside: &[] })?;
        Ok(Self { table })
    }

    /// The values of a column; `unset` where there is none.
    fn values<T: ArrowPrimitiveType>(&self, column: &Column, unset: T::Native) -> Result<Vec<T::Native>, OmegaError> {
        Ok(self.table.required::<T>(column.name)?.filled(unset).to_vec())
    }

    /// The members of a closed set that a column names.
    fn members<M>(&self, column: &Column, from_text: fn(&str) -> Option<M>) -> Result<Vec<Option<M>>, OmegaError> {
        let texts = self.table.texts(column.name)?.unwrap_or_default();
        let member = |text: &str| from_text(text).ok_or_else(|| malformed(format!("{text:?} is no `{}`", column.name)));
        rows_of(&texts).map(|text| text.map(member).transpose()).collect()
    }
}

impl Reader for Part {
    type Error = OmegaError;
}

macro_rules! numbers {
    ($($cell:ty as $arrow:ty),* $(,)?) => {$(
        impl ReadCells<$cell> for Part {
            fn read_cells(&mut self, column: &Column) -> Result<Vec<<$cell as Cell>::Stored>, OmegaError> {
                self.values::<$arrow>(column, <$cell as Cell>::UNSET)
            }
        }
    )*};
}

numbers! {
    Time as TimestampMicrosecondType,
    Option<Time> as TimestampMicrosecondType,
    Option<Duration> as DurationMicrosecondType,
    Float as Float64Type,
    Option<Float> as Float64Type,
    OrderId as Int64Type,
    MagicNumber as Int64Type,
    Row as Int64Type,
    Option<Row> as Int64Type,
    Bits as Int64Type,
}

impl ReadCells<Count> for Part {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<u64>, OmegaError> {
        Ok(self.values::<Int64Type>(column, 0)?.into_iter().map(i64::cast_unsigned).collect())
    }
}

impl ReadCells<SmallCount> for Part {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<u32>, OmegaError> {
        let small = |count| u32::try_from(count).map_err(|_| malformed(format!("`{}` counts few", column.name)));
        self.values::<Int64Type>(column, 0)?.into_iter().map(small).collect()
    }
}

impl ReadCells<Flag> for Part {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<bool>, OmegaError> {
        self.table.flags(column.name)
    }
}

macro_rules! members {
    ($($set:ident),*) => {$(
        impl ReadCells<$set> for Part {
            fn read_cells(&mut self, column: &Column) -> Result<Vec<$set>, OmegaError> {
                let members = self.members(column, $set::from_text)?;
                let known: Option<Vec<_>> = members.into_iter().collect();
                known.ok_or_else(|| malformed(format!("`{}` is never null", column.name)))
            }
        }

        impl ReadCells<Option<$set>> for Part {
            fn read_cells(&mut self, column: &Column) -> Result<Vec<Option<$set>>, OmegaError> {
                self.members(column, $set::from_text)
            }
        }
    )*};
}

members!(Direction, OrderType, Reason, SignalType, Status, StopKind);
