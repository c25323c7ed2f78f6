//! Bar tables (T-2) and single sides (G-1) as columns of the core.

use arrow_array::types::{Float64Type, TimestampMicrosecondType};
use arrow_buffer::ScalarBuffer;
use omega_core::data::SideBars;
use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::types::Bars;
use pyo3::prelude::*;

use crate::table::{Expected, Kind, Table};

const BARS: [Expected; 11] = [
    Expected::required("timestamp", Kind::Timestamp),
    Expected::required("bid_open", Kind::Float),
    Expected::required("bid_high", Kind::Float),
    Expected::required("bid_low", Kind::Float),
    Expected::required("bid_close", Kind::Float),
    Expected::required("ask_open", Kind::Float),
    Expected::required("ask_high", Kind::Float),
    Expected::required("ask_low", Kind::Float),
    Expected::required("ask_close", Kind::Float),
    Expected::required("volume", Kind::Float),
    Expected::optional("symbol", Kind::Text),
];

const SIDE: [Expected; 6] = [
    Expected::required("timestamp", Kind::Timestamp),
    Expected::required("open", Kind::Float),
    Expected::required("high", Kind::Float),
    Expected::required("low", Kind::Float),
    Expected::required("close", Kind::Float),
    Expected::required("volume", Kind::Float),
];

/// Shared columns of a bar table and the nulls found in them, which the core reports in their turn.
pub struct BarInput {
    timestamp: ScalarBuffer<i64>,
    prices: [ScalarBuffer<f64>; 8],
    volume: ScalarBuffer<f64>,
    pub faults: Vec<OmegaError>,
}

impl BarInput {
    pub fn read(capsule: &Bound<'_, PyAny>) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        table.check("T-2", &BARS)?;
        check_one_symbol(&table)?;
        let mut faults = Vec::new();
        Ok(Self {
            timestamp: timestamps(&table, "T-2", &mut faults)?,
            prices: [
                floats(&table, "T-2", "bid_open", &mut faults)?,
                floats(&table, "T-2", "bid_high", &mut faults)?,
                floats(&table, "T-2", "bid_low", &mut faults)?,
                floats(&table, "T-2", "bid_close", &mut faults)?,
                floats(&table, "T-2", "ask_open", &mut faults)?,
                floats(&table, "T-2", "ask_high", &mut faults)?,
                floats(&table, "T-2", "ask_low", &mut faults)?,
                floats(&table, "T-2", "ask_close", &mut faults)?,
            ],
            volume: floats(&table, "T-2", "volume", &mut faults)?,
            faults,
        })
    }

    pub fn bars(&self) -> Bars<'_> {
        let [bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close] = &self.prices;
        Bars {
            timestamp: &self.timestamp,
            bid_open,
            bid_high,
            bid_low,
            bid_close,
            ask_open,
            ask_high,
            ask_low,
            ask_close,
            volume: &self.volume,
        }
    }

    pub fn len(&self) -> usize {
        self.timestamp.len()
    }
}

/// Shared columns of one side.
pub struct SideInput {
    timestamp: ScalarBuffer<i64>,
    columns: [ScalarBuffer<f64>; 5],
}

impl SideInput {
    pub fn read(capsule: &Bound<'_, PyAny>) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        table.check("G-1", &SIDE)?;
        let mut faults = Vec::new();
        let input = Self {
            timestamp: timestamps(&table, "G-1", &mut faults)?,
            columns: [
                floats(&table, "G-1", "open", &mut faults)?,
                floats(&table, "G-1", "high", &mut faults)?,
                floats(&table, "G-1", "low", &mut faults)?,
                floats(&table, "G-1", "close", &mut faults)?,
                floats(&table, "G-1", "volume", &mut faults)?,
            ],
        };
        faults.into_iter().next().map_or(Ok(input), Err)
    }

    pub fn bars(&self) -> SideBars<'_> {
        let [open, high, low, close, volume] = &self.columns;
        SideBars { timestamp: &self.timestamp, open, high, low, close, volume }
    }
}

fn timestamps(
    table: &Table,
    rule: &'static str,
    faults: &mut Vec<OmegaError>,
) -> Result<ScalarBuffer<i64>, OmegaError> {
    let column = table.required::<TimestampMicrosecondType>("timestamp")?;
    faults.extend(column.first_null().map(|row| null_value(rule, "timestamp", row)));
    Ok(column.values)
}

fn floats(
    table: &Table,
    rule: &'static str,
    name: &str,
    faults: &mut Vec<OmegaError>,
) -> Result<ScalarBuffer<f64>, OmegaError> {
    let column = table.required::<Float64Type>(name)?;
    faults.extend(column.first_null().map(|row| null_value(rule, name, row)));
    Ok(column.filled(f64::NAN))
}

/// The error for a missing value.
pub fn null_value(rule: &'static str, column: &str, row: usize) -> OmegaError {
    OmegaError::new(ErrorCode::NullValue, "a value is missing").rule(rule).column(column).row(row)
}

/// Bars of two symbols are no series (T-8a).
fn check_one_symbol(table: &Table) -> Result<(), OmegaError> {
    let mut first = None;
    let mut row = 0;
    for chunk in table.texts("symbol")?.unwrap_or_default() {
        for symbol in chunk {
            let symbol = symbol.ok_or_else(|| null_value("T-8a", "symbol", row))?;
            let expected = *first.get_or_insert(symbol);
            if symbol != expected {
                let message = format!("bars belong to one symbol; the first row is of {expected:?}");
                return Err(OmegaError::new(ErrorCode::ConstraintViolation, message)
                    .rule("T-8a")
                    .column("symbol")
                    .row(row)
                    .value(Value::Text(symbol.to_owned())));
            }
            row += 1;
        }
    }
    Ok(())
}
