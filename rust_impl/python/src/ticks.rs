//! Tick tables (T-3) as columns of the core.

use arrow_buffer::ScalarBuffer;
use omega_core::breaches::breach;
use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::ticks::checks::check_ticks;
use omega_core::types::columns::{Column, Text};
use omega_core::types::{Tick, Ticks};
use pyo3::intern;
use pyo3::prelude::*;

use crate::bars::{check_one_symbol, floats, timestamps};
use crate::config::extract;
use crate::error::Failure;
use crate::table::{Shape, Table};

const TICKS: Shape = Shape {
    rule: "T-3",
    prefix: "",
    columns: Ticks::COLUMNS,
    beside: &[Column { is_optional: true, ..Column::of::<Text>("symbol") }],
};

/// Shared columns of a tick table, and what the boundary alone can see for the core to report in its turn.
pub struct TickInput {
    timestamp: ScalarBuffer<i64>,
    bid: ScalarBuffer<f64>,
    ask: ScalarBuffer<f64>,
    nulls: Vec<OmegaError>,
    symbol_fault: Option<OmegaError>,
}

impl TickInput {
    /// Reads ticks of `symbol`, or of any one.
    pub fn read(capsule: &Bound<'_, PyAny>, symbol: Option<&str>) -> Result<Self, OmegaError> {
        Self::from_table(&Table::read(capsule)?, symbol)
    }

    /// Reads a table that must hold exactly one tick of `symbol` (Q-E17d).
    pub fn read_one(capsule: &Bound<'_, PyAny>, symbol: &str) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        let rows = table.rows();
        if rows != 1 {
            let value = Some(Value::Int(i64::try_from(rows).unwrap_or(i64::MAX)));
            let message = "signals are processed at exactly one tick";
            return Err(breach(ErrorCode::SizeMismatch, "E-19", "tick", message, None, value));
        }
        Self::from_table(&table, Some(symbol))
    }

    fn from_table(table: &Table, symbol: Option<&str>) -> Result<Self, OmegaError> {
        table.check(&TICKS)?;
        let symbol_fault = check_one_symbol(table, symbol, &TICKS, "ticks")?.err();
        let mut nulls = Vec::new();
        Ok(Self {
            timestamp: timestamps(table, &TICKS, &mut nulls)?,
            bid: floats(table, &TICKS, "bid", &mut nulls)?,
            ask: floats(table, &TICKS, "ask", &mut nulls)?,
            nulls,
            symbol_fault,
        })
    }

    /// Refuses what breaks T-3, nulls in their turn and the symbols last.
    pub fn check(&self) -> Result<(), OmegaError> {
        check_ticks(&self.ticks(), self.nulls.clone())?;
        self.symbol_fault.clone().map_or(Ok(()), Err)
    }

    /// How many of them are crossed (Q-T3).
    pub fn crossed(&self) -> usize {
        self.bid.iter().zip(self.ask.iter()).filter(|(bid, ask)| ask < bid).count()
    }

    pub fn ticks(&self) -> Ticks<'_> {
        Ticks { timestamp: &self.timestamp, bid: &self.bid, ask: &self.ask }
    }

    pub fn len(&self) -> usize {
        self.timestamp.len()
    }
}

/// One tick, an `omega.contract.types.Tick`, by its attributes.
pub fn tick_of(record: &Bound<'_, PyAny>) -> Result<Tick, Failure> {
    let py = record.py();
    Ok(Tick {
        timestamp: extract("T-3", "timestamp", &record.getattr(intern!(py, "timestamp"))?)?,
        bid: extract("T-3", "bid", &record.getattr(intern!(py, "bid"))?)?,
        ask: extract("T-3", "ask", &record.getattr(intern!(py, "ask"))?)?,
    })
}
