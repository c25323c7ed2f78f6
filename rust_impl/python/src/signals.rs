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

use crate::table::{Piece, Shape, Table};

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
        let of_text: BTreeMap<&str, u16> = symbols.iter().map(String::as_str).zip(0..).collect();
        let (mut numbers, mut foreign, mut first_null) = (Vec::with_capacity(self.rows), Vec::new(), None);
        for chunk in self.table.texts("symbol")?.unwrap_or_default() {
            for text in chunk {
                let number = text.and_then(|text| of_text.get(text)).copied();
                match text {
                    Some(text) if number.is_none() => foreign.push(text.to_owned()),
                    Some(_) => (),
                    None => first_null = first_null.or(Some(numbers.len())),
                }
                numbers.push(number.unwrap_or(FOREIGN_SYMBOL));
            }
        }
        self.note_null("symbol", first_null);
        Ok((numbers, foreign))
    }

    /// The members of a column that no row may lack; of a null and a foreign text the earlier row is its fault.
    fn required_member<T: Copy>(
        &mut self,
        name: &str,
        from_text: fn(&str) -> Option<T>,
        stand_in: T,
    ) -> Result<Vec<T>, OmegaError> {
        let mut read = self.members(name, from_text, |member| member.unwrap_or(stand_in))?;
        let is_null_first = |row: &usize| read.first_foreign.as_ref().is_none_or(|(foreign, _)| row < foreign);
        match read.first_null.filter(is_null_first) {
            Some(row) => self.note_null(name, Some(row)),
            None => self.note_foreign(name, read.first_foreign.take()),
        }
        Ok(read.values)
    }

    fn member<T: Copy>(&mut self, name: &str, from_text: fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, OmegaError> {
        let read = self.members(name, from_text, |member| member)?;
        self.note_foreign(name, read.first_foreign);
        Ok(read.values)
    }

    /// A column of members in one walk over its texts.
    fn members<T, U: Copy>(
        &self,
        name: &str,
        from_text: fn(&str) -> Option<T>,
        kept: impl Fn(Option<T>) -> U,
    ) -> Result<Members<U>, OmegaError> {
        let Some(texts) = self.table.texts(name)? else { return Ok(Members::none(vec![kept(None); self.rows])) };
        let mut read = Members::none(Vec::with_capacity(self.rows));
        for chunk in texts {
            for text in chunk {
                let (row, member) = (read.values.len(), text.and_then(from_text));
                match text {
                    None => read.first_null = read.first_null.or(Some(row)),
                    Some(text) if member.is_none() && read.first_foreign.is_none() => {
                        read.first_foreign = Some((row, text.to_owned()));
                    }
                    Some(_) => (),
                }
                read.values.push(kept(member));
            }
        }
        Ok(read)
    }

    fn note_foreign(&mut self, name: &str, foreign: Option<(usize, String)>) {
        self.faults.extend(foreign.map(|(row, text)| {
            let error = OmegaError::new(ErrorCode::InvalidArgument, format!("{text:?} is not a {name}"));
            error.rule(SIGNALS.rule).column(name).row(row).value(Value::Text(text))
        }));
    }
}

/// A column of a closed set: what is kept of each row, and the first rows that hold no member.
struct Members<T> {
    values: Vec<T>,
    first_null: Option<usize>,
    first_foreign: Option<(usize, String)>,
}

impl<T> Members<T> {
    const fn none(values: Vec<T>) -> Self {
        Self { values, first_null: None, first_foreign: None }
    }
}

fn negative_duration(rule: &'static str, column: &str, row: usize, duration: i64) -> OmegaError {
    negative(rule, column, row, Value::Int(duration))
}
