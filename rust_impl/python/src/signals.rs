//! Signal tables (T-6) as columns of the core; what only the boundary can see is noted for the core to report in turn.

use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use omega_core::breaches::beyond_calendar;
use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::signals::checks::negative;
use omega_core::types::{Direction, OrderType, SignalType, Signals, UNSET_TIME};
use pyo3::prelude::*;

use crate::table::{Column, Expected, Kind, Shape, Table, rows_of};

const SIGNALS: Shape = Shape {
    rule: "T-6",
    prefix: "",
    columns: &[
        Expected::required("timestamp", Kind::Timestamp),
        Expected::required("symbol", Kind::Text),
        Expected::required("signal_type", Kind::Text),
        Expected::optional("direction", Kind::Text),
        Expected::optional("order_type", Kind::Text),
        Expected::optional("price", Kind::Float),
        Expected::optional("size", Kind::Float),
        Expected::optional("stop_loss", Kind::Float),
        Expected::optional("take_profit", Kind::Float),
        Expected::optional("magic_number", Kind::Int),
        Expected::optional("expires_at", Kind::Timestamp),
        Expected::optional("trailing_distance", Kind::Float),
        Expected::optional("trailing_step", Kind::Float),
        Expected::optional("break_even_at_r", Kind::Float),
        Expected::optional("break_even_offset", Kind::Float),
        Expected::optional("max_holding", Kind::Duration),
        Expected::optional("scenario", Kind::Text),
        Expected::optional("reason", Kind::Text),
        Expected::optional("tags", Kind::TextList),
        Expected::optional("metadata", Kind::TextMap),
    ],
};

/// The columns of a signal table and the first fault of each.
pub struct SignalInput {
    pub signals: Signals,
    pub faults: Vec<OmegaError>,
}

impl SignalInput {
    /// Reads the signals of a run of `symbol`.
    pub fn read(capsule: &Bound<'_, PyAny>, symbol: &str) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        table.check(&SIGNALS)?;
        let mut columns = Columns { rows: table.rows(), table: &table, faults: Vec::new() };
        let signals = Signals {
            timestamp: columns.timestamps()?,
            is_run_symbol: columns.is_symbol(symbol)?,
            signal_type: columns.required_member("signal_type", SignalType::from_text, SignalType::Entry)?,
            direction: columns.member("direction", Direction::from_text)?,
            order_type: columns.member("order_type", OrderType::from_text)?,
            price: columns.floats("price")?,
            size: columns.floats("size")?,
            stop_loss: columns.floats("stop_loss")?,
            take_profit: columns.floats("take_profit")?,
            magic_number: columns.magic_numbers()?,
            expires_at: columns.times("expires_at")?,
            trailing_distance: columns.floats("trailing_distance")?,
            trailing_step: columns.floats("trailing_step")?,
            break_even_at_r: columns.floats("break_even_at_r")?,
            break_even_offset: columns.floats("break_even_offset")?,
            max_holding: columns.durations("max_holding")?,
        };
        Ok(Self { faults: columns.faults, signals })
    }
}

/// Reads column after column, collecting faults.
struct Columns<'a> {
    table: &'a Table,
    rows: usize,
    faults: Vec<OmegaError>,
}

impl Columns<'_> {
    fn timestamps(&mut self) -> Result<Vec<i64>, OmegaError> {
        let column = self.table.required::<TimestampMicrosecondType>("timestamp")?;
        self.note_null("timestamp", column.first_null());
        Ok(column.values.to_vec())
    }

    fn magic_numbers(&mut self) -> Result<Vec<i64>, OmegaError> {
        let Some(column) = self.table.primitive::<Int64Type>("magic_number")? else { return Ok(vec![0; self.rows]) };
        self.note_null("magic_number", column.first_null());
        Ok(column.values.to_vec())
    }

    fn times(&mut self, name: &str) -> Result<Vec<i64>, OmegaError> {
        let column = self.table.primitive::<TimestampMicrosecondType>(name)?;
        Ok(self.unset_or_refused(name, column, beyond_calendar))
    }

    fn durations(&mut self, name: &str) -> Result<Vec<i64>, OmegaError> {
        let column = self.table.primitive::<DurationMicrosecondType>(name)?;
        Ok(self.unset_or_refused(name, column, negative_duration))
    }

    /// [`UNSET_TIME`] stands for "not set" in the core, so that this value in the table has to be found here.
    fn unset_or_refused(
        &mut self,
        name: &str,
        column: Option<Column<i64>>,
        refuse: fn(&'static str, &str, usize, i64) -> OmegaError,
    ) -> Vec<i64> {
        let row = column.as_ref().and_then(|column| column.first_valid(|&value| value == UNSET_TIME));
        self.faults.extend(row.map(|row| refuse(SIGNALS.rule, name, row, UNSET_TIME)));
        self.unset_or(column, UNSET_TIME)
    }

    /// NaN stands for "not set" in the core, so that a NaN in the table has to be found here.
    fn floats(&mut self, name: &str) -> Result<Vec<f64>, OmegaError> {
        let column = self.table.primitive::<Float64Type>(name)?;
        let first_nan = column.as_ref().and_then(|column| column.first_valid(|value| value.is_nan()));
        if let Some(row) = first_nan {
            let error = OmegaError::new(ErrorCode::NanValue, "NaN is no number; leave the field null if it is not set");
            self.faults.push(error.rule(SIGNALS.rule).column(name).row(row).value(Value::Float(f64::NAN)));
        }
        Ok(self.unset_or(column, f64::NAN))
    }

    fn unset_or<T: arrow_buffer::ArrowNativeType>(&self, column: Option<Column<T>>, unset: T) -> Vec<T> {
        column.map_or_else(|| vec![unset; self.rows], |column| column.filled(unset).to_vec())
    }

    fn note_null(&mut self, name: &str, row: Option<usize>) {
        self.faults.extend(row.map(|row| SIGNALS.null_value(name, row)));
    }

    fn is_symbol(&mut self, symbol: &str) -> Result<Vec<bool>, OmegaError> {
        let texts = self.table.texts("symbol")?.unwrap_or_default();
        self.note_null("symbol", rows_of(&texts).position(|text| text.is_none()));
        Ok(rows_of(&texts).map(|text| text == Some(symbol)).collect())
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
