//! Signal tables (T-6) as columns of the core; what only the boundary can see is noted for the core to report in turn.

use std::collections::BTreeMap;

use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use omega_core::breaches::beyond_calendar;
use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::signals::checks::negative;
use omega_core::types::columns::{
    Cell as _, Column, Duration, Float, MagicNumber, OrZero, ReadCells, Reader, Table as _, Time,
};
use omega_core::types::{Direction, FOREIGN_SYMBOL, OrderType, SignalType, Signals, UNSET_FLOAT, UNSET_TIME};
use pyo3::prelude::*;

use crate::table::{Piece, Shape, Table, rows_of};

const SIGNALS: Shape = Shape { rule: "T-6", prefix: "", columns: Signals::COLUMNS, beside: &[] };

/// The columns of a signal table and the first fault of each.
pub struct SignalInput {
    pub signals: Signals,
    pub faults: Vec<OmegaError>,
    /// The symbols that are not the run's, one for each signal that has one, in their order.
    pub foreign: Vec<String>,
}

impl SignalInput {
    /// Reads the signals of a run of `symbols`.
    pub fn read(capsule: &Bound<'_, PyAny>, symbols: &[String]) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        table.check(&SIGNALS)?;
        let mut columns = Columns { rows: table.rows(), table: &table, faults: Vec::new() };
        let (symbol, foreign) = columns.symbols(symbols)?;
        let signals = Signals { symbol, ..Signals::read(&mut columns)? };
        Ok(Self { faults: columns.faults, signals, foreign })
    }
}

/// Reads column after column, collecting faults.
struct Columns<'a> {
    table: &'a Table,
    rows: usize,
    faults: Vec<OmegaError>,
}

impl Reader for Columns<'_> {
    type Error = OmegaError;
}

impl ReadCells<Time> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<i64>, OmegaError> {
        let piece = self.table.required::<TimestampMicrosecondType>(column.name)?;
        self.note_null(column.name, piece.first_null());
        Ok(piece.values.to_vec())
    }
}

impl ReadCells<OrZero<MagicNumber>> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<i64>, OmegaError> {
        let Some(piece) = self.table.primitive::<Int64Type>(column.name)? else { return Ok(vec![0; self.rows]) };
        self.note_null(column.name, piece.first_null());
        Ok(piece.values.to_vec())
    }
}

impl ReadCells<Option<Time>> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<i64>, OmegaError> {
        let piece = self.table.primitive::<TimestampMicrosecondType>(column.name)?;
        Ok(self.unset_or_refused(column.name, piece, beyond_calendar))
    }
}

impl ReadCells<Option<Duration>> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<i64>, OmegaError> {
        let piece = self.table.primitive::<DurationMicrosecondType>(column.name)?;
        Ok(self.unset_or_refused(column.name, piece, negative_duration))
    }
}

impl ReadCells<Option<Float>> for Columns<'_> {
    /// No number of the contract is NaN (T-9); one in the table is found here, before it meets the core's.
    fn read_cells(&mut self, column: &Column) -> Result<Vec<f64>, OmegaError> {
        let piece = self.table.primitive::<Float64Type>(column.name)?;
        let first_nan = piece.as_ref().and_then(|piece| piece.first_valid(|value| value.is_nan()));
        if let Some(row) = first_nan {
            let error = OmegaError::new(ErrorCode::NanValue, "NaN is no number; leave the field null if it is not set");
            self.faults.push(error.rule(SIGNALS.rule).column(column.name).row(row).value(Value::Float(f64::NAN)));
        }
        Ok(self.unset_or(piece, UNSET_FLOAT))
    }
}

impl ReadCells<SignalType> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<SignalType>, OmegaError> {
        self.required_member(column.name, SignalType::from_text, SignalType::UNSET)
    }
}

impl ReadCells<Option<Direction>> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<Option<Direction>>, OmegaError> {
        self.member(column.name, Direction::from_text)
    }
}

impl ReadCells<Option<OrderType>> for Columns<'_> {
    fn read_cells(&mut self, column: &Column) -> Result<Vec<Option<OrderType>>, OmegaError> {
        self.member(column.name, OrderType::from_text)
    }
}

impl Columns<'_> {
    /// [`UNSET_TIME`] stands for "not set" in the core, so that this value in the table has to be found here.
    fn unset_or_refused(
        &mut self,
        name: &str,
        piece: Option<Piece<i64>>,
        refuse: fn(&'static str, &str, usize, i64) -> OmegaError,
    ) -> Vec<i64> {
        let row = piece.as_ref().and_then(|piece| piece.first_valid(|&value| value == UNSET_TIME));
        self.faults.extend(row.map(|row| refuse(SIGNALS.rule, name, row, UNSET_TIME)));
        self.unset_or(piece, UNSET_TIME)
    }

    fn unset_or<T: arrow_buffer::ArrowNativeType>(&self, piece: Option<Piece<T>>, unset: T) -> Vec<T> {
        piece.map_or_else(|| vec![unset; self.rows], |piece| piece.filled(unset).to_vec())
    }

    fn note_null(&mut self, name: &str, row: Option<usize>) {
        self.faults.extend(row.map(|row| SIGNALS.null_value(name, row)));
    }

    /// The numbers of the run's symbols in the rows, and what the others are.
    fn symbols(&mut self, symbols: &[String]) -> Result<(Vec<u16>, Vec<String>), OmegaError> {
        let numbers: BTreeMap<&str, u16> = symbols.iter().map(String::as_str).zip(0..).collect();
        let texts = self.table.texts("symbol")?.unwrap_or_default();
        self.note_null("symbol", rows_of(&texts).position(|text| text.is_none()));
        let foreign = rows_of(&texts).flatten().filter(|text| !numbers.contains_key(text)).map(str::to_owned);
        let number_of = |text: Option<&str>| text.and_then(|text| numbers.get(text)).copied().unwrap_or(FOREIGN_SYMBOL);
        Ok((rows_of(&texts).map(number_of).collect(), foreign.collect()))
    }

    fn required_member<T>(
        &mut self,
        name: &str,
        from_text: fn(&str) -> Option<T>,
        stand_in: T,
    ) -> Result<Vec<T>, OmegaError>
    where
        T: Copy,
    {
        let texts = self.table.texts(name)?.unwrap_or_default();
        let first_null = rows_of(&texts).position(|text| text.is_none());
        let known = self.member(name, from_text)?;
        // Of a null and a foreign text the earlier row is the fault of this column.
        if let Some(row) = first_null {
            self.faults.retain(|fault| fault.column.as_deref() != Some(name) || fault.row < Some(row));
            if self.faults.iter().all(|fault| fault.column.as_deref() != Some(name)) {
                self.note_null(name, Some(row));
            }
        }
        Ok(known.into_iter().map(|member| member.unwrap_or(stand_in)).collect())
    }

    fn member<T>(&mut self, name: &str, from_text: fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, OmegaError> {
        let Some(texts) = self.table.texts(name)? else { return Ok((0..self.rows).map(|_| None).collect()) };
        let foreign = rows_of(&texts).enumerate().find_map(|(row, text)| {
            let text = text?;
            from_text(text).is_none().then(|| (row, text.to_owned()))
        });
        if let Some((row, text)) = foreign {
            let error = OmegaError::new(ErrorCode::InvalidArgument, format!("{text:?} is not a {name}"));
            self.faults.push(error.rule(SIGNALS.rule).column(name).row(row).value(Value::Text(text)));
        }
        Ok(rows_of(&texts).map(|text| text.and_then(from_text)).collect())
    }
}

fn negative_duration(rule: &'static str, column: &str, row: usize, duration: i64) -> OmegaError {
    negative(rule, column, row, Value::Int(duration))
}
