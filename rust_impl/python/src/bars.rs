//! Bar tables (T-2) and single sides (G-1) as columns of the core.

use arrow_array::types::{Float64Type, TimestampMicrosecondType};
use arrow_buffer::ScalarBuffer;
use omega_core::bars::checks::check_bars;
use omega_core::bars::columns::window;
use omega_core::bars::examine::{count_faults, examine_bars};
use omega_core::bars::steps::find_timeframe;
use omega_core::breaches::{Fault, breach};
use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::types::columns::{Column, Text};
use omega_core::types::{Bar, BarFinding, Bars, SideColumns};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::checked::CheckedBars;
use crate::config::extract;
use crate::error::Failure;
use crate::table::{Shape, Table, rows_of};

/// The shortest timeframe (T-4).
const M1: i64 = 60_000_000;

const BARS: Shape = Shape {
    rule: "T-2",
    prefix: "",
    columns: Bars::COLUMNS,
    beside: &[Column { is_optional: true, ..Column::of::<Text>("symbol") }],
};

/// The sides of a join, by the prefix that their columns get (Q-G1b).
pub const BID: Shape = Shape { rule: "G-1", prefix: "bid_", columns: SideColumns::COLUMNS, beside: &[] };
pub const ASK: Shape = Shape { rule: "G-1", prefix: "ask_", columns: SideColumns::COLUMNS, beside: &[] };

/// Shared columns of a bar table, and what the boundary alone can see for the core to report in its turn.
#[derive(Clone)]
pub struct BarInput {
    timestamp: ScalarBuffer<i64>,
    prices: [ScalarBuffer<f64>; 8],
    volume: ScalarBuffer<f64>,
    first: usize,
    rows: usize,
    nulls: Vec<OmegaError>,
    symbol_fault: Option<OmegaError>,
    checked_for: Option<i64>,
}

/// Bars that nobody checked, for a list of all that is wrong in them (Q-T2e).
pub struct Unchecked {
    input: BarInput,
    nulls: Vec<(String, Vec<usize>)>,
    absent: Vec<&'static str>,
    shape: Vec<BarFinding>,
    symbols: Vec<BarFinding>,
}

impl Unchecked {
    /// Reads what can be read of a table.
    pub fn read(capsule: &Bound<'_, PyAny>) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        let (shape, absent) = table.faults_of(&BARS);
        let rows = table.rows();
        let mut nulls = Vec::new();
        let mut known = |name: &'static str| -> Result<ScalarBuffer<f64>, OmegaError> {
            if absent.contains(&name) {
                return Ok(vec![f64::NAN; rows].into());
            }
            let piece = table.required::<Float64Type>(name)?;
            nulls.extend(piece.null_rows().map(|rows| (name.to_owned(), rows)));
            Ok(piece.filled(f64::NAN))
        };
        let prices = [
            known("bid_open")?,
            known("bid_high")?,
            known("bid_low")?,
            known("bid_close")?,
            known("ask_open")?,
            known("ask_high")?,
            known("ask_low")?,
            known("ask_close")?,
        ];
        let volume = known("volume")?;
        let timestamp = if absent.contains(&"timestamp") {
            vec![0; rows].into()
        } else {
            let piece = table.required::<TimestampMicrosecondType>("timestamp")?;
            nulls.extend(piece.null_rows().map(|rows| ("timestamp".to_owned(), rows)));
            piece.values
        };
        let symbols = if absent.contains(&"symbol") { Vec::new() } else { symbol_breaches(&table)? };
        let (nothing, symbol_fault, checked_for) = (Vec::new(), None, None);
        let input = BarInput { timestamp, prices, volume, first: 0, rows, nulls: nothing, symbol_fault, checked_for };
        Ok(Self { input, nulls, absent, shape, symbols })
    }

    pub const fn len(&self) -> usize {
        self.input.rows
    }

    /// Every breach, or the findings of a table that has none.
    pub fn examine(self, timeframe: Option<i64>, digits: Option<u32>) -> Vec<BarFinding> {
        let mut found = self.shape;
        found.extend(examine_bars(&self.input.bars(), timeframe, digits, &self.nulls, &self.absent));
        // Findings are for a table without a breach.
        found.retain(|one| one.code != 0 || self.symbols.is_empty());
        found.extend(self.symbols);
        found
    }
}

impl BarInput {
    /// Reads bars of any one symbol, or those of a run of `symbol` (Q-T2c): a table's capsule, or bars checked before.
    pub fn read(bars: &Bound<'_, PyAny>, symbol: Option<&str>) -> Result<Self, OmegaError> {
        match bars.cast::<CheckedBars>() {
            Ok(checked) => Ok(checked.get().input(symbol)),
            Err(_) => Self::from_table(&Table::read(bars)?, symbol),
        }
    }

    /// Reads bars that are to be kept, and the symbol that they name.
    pub fn read_named(capsule: &Bound<'_, PyAny>) -> Result<(Self, Option<String>), OmegaError> {
        let table = Table::read(capsule)?;
        let input = Self::from_table(&table, None)?;
        let texts = table.texts("symbol")?.unwrap_or_default();
        let symbol = rows_of(&texts).next().flatten().map(str::to_owned);
        Ok((input, symbol))
    }

    /// Reads bars whose timeframe is asked for, and the rows without a time.
    pub fn read_timed(capsule: &Bound<'_, PyAny>) -> Result<(Self, Vec<usize>), OmegaError> {
        let table = Table::read(capsule)?;
        let input = Self::from_table(&table, None)?;
        let without = table.required::<TimestampMicrosecondType>("timestamp")?.null_rows();
        Ok((input, without.unwrap_or_default()))
    }

    /// Reads a table that must hold exactly one bar of `symbol`; `argument` names it in the error (Q-E19).
    pub fn read_one(capsule: &Bound<'_, PyAny>, argument: &str, symbol: &str) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        let rows = table.rows();
        if rows != 1 {
            let value = Some(Value::Int(i64::try_from(rows).unwrap_or(i64::MAX)));
            let message = "signals are processed in exactly one bar";
            return Err(breach(ErrorCode::SizeMismatch, "E-19", argument, message, None, value));
        }
        Self::from_table(&table, Some(symbol))
    }

    fn from_table(table: &Table, symbol: Option<&str>) -> Result<Self, OmegaError> {
        table.check(&BARS)?;
        let symbol_fault = check_one_symbol(table, symbol, &BARS, "bars")?.err();
        let mut nulls = Vec::new();
        Ok(Self {
            timestamp: timestamps(table, &BARS, &mut nulls)?,
            prices: [
                floats(table, &BARS, "bid_open", &mut nulls)?,
                floats(table, &BARS, "bid_high", &mut nulls)?,
                floats(table, &BARS, "bid_low", &mut nulls)?,
                floats(table, &BARS, "bid_close", &mut nulls)?,
                floats(table, &BARS, "ask_open", &mut nulls)?,
                floats(table, &BARS, "ask_high", &mut nulls)?,
                floats(table, &BARS, "ask_low", &mut nulls)?,
                floats(table, &BARS, "ask_close", &mut nulls)?,
            ],
            volume: floats(table, &BARS, "volume", &mut nulls)?,
            first: 0,
            rows: table.rows(),
            nulls,
            symbol_fault,
            checked_for: None,
        })
    }

    /// Refuses what breaks T-2, nulls in their turn and the symbols last (Q-T2c); bars that were checked for this
    /// timeframe before are not looked at again.
    pub fn check(&self, timeframe: i64) -> Result<(), OmegaError> {
        if self.checked_for != Some(timeframe) || self.rows == 0 {
            check_bars(&self.bars(), timeframe, self.nulls.clone())?;
        }
        self.symbol_fault.clone().map_or(Ok(()), Err)
    }

    /// The same columns, known to pass for this timeframe.
    pub fn checked(mut self, timeframe: i64) -> Result<Self, OmegaError> {
        self.check(timeframe)?;
        self.checked_for = Some(timeframe);
        Ok(self)
    }

    /// The same columns with what is wrong with their symbol in a run.
    pub fn with_symbol_fault(mut self, symbol_fault: Option<OmegaError>) -> Self {
        self.symbol_fault = symbol_fault;
        self
    }

    /// `rows` bars from `first` on, or none where there are fewer.
    pub fn window(mut self, first: usize, rows: usize) -> Option<Self> {
        let is_inside = first.checked_add(rows).is_some_and(|end| end <= self.rows);
        self.first += first;
        self.rows = rows;
        is_inside.then_some(self)
    }

    /// The timeframe that most steps are equal to, passing over `without` a time (Q-T4); what refuses the bars as M1
    /// for another reason goes first.
    pub fn find_timeframe(&self, without: &[usize]) -> Result<i64, OmegaError> {
        let is_there = |row: &usize| without.binary_search(row).is_err();
        let bars = self.bars();
        let found = if without.is_empty() {
            find_timeframe(bars.timestamp)
        } else {
            let times: Vec<i64> =
                bars.timestamp.iter().enumerate().filter(|(row, _)| is_there(row)).map(|(_, time)| *time).collect();
            find_timeframe(&times)
        };
        found.map_err(|error| match self.check(M1) {
            Err(worse) if worse.rule != Some("T-4") => worse,
            _ => error,
        })
    }

    /// Refuses nulls alone, for a cache, which takes values as they are (Q-I17).
    pub fn check_nulls(&self) -> Result<(), OmegaError> {
        self.nulls.first().cloned().map_or(Ok(()), Err)
    }

    pub fn bars(&self) -> Bars<'_> {
        let [bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close] = &self.prices;
        let whole = Bars {
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
        };
        window(&whole, self.first, self.rows)
    }

    /// The times alone, in memory that is shared.
    pub fn times(&self) -> ScalarBuffer<i64> {
        self.timestamp.slice(self.first, self.rows)
    }

    pub const fn len(&self) -> usize {
        self.rows
    }
}

/// One bar, an `omega.contract.types.Bar`, by its attributes.
pub fn bar_of(record: &Bound<'_, PyAny>) -> Result<Bar, Failure> {
    let py = record.py();
    let number = |name: &Bound<'_, PyString>, column| extract("T-2", column, &record.getattr(name)?);
    Ok(Bar {
        timestamp: extract("T-2", "timestamp", &record.getattr(intern!(py, "timestamp"))?)?,
        bid_open: number(intern!(py, "bid_open"), "bid_open")?,
        bid_high: number(intern!(py, "bid_high"), "bid_high")?,
        bid_low: number(intern!(py, "bid_low"), "bid_low")?,
        bid_close: number(intern!(py, "bid_close"), "bid_close")?,
        ask_open: number(intern!(py, "ask_open"), "ask_open")?,
        ask_high: number(intern!(py, "ask_high"), "ask_high")?,
        ask_low: number(intern!(py, "ask_low"), "ask_low")?,
        ask_close: number(intern!(py, "ask_close"), "ask_close")?,
        volume: number(intern!(py, "volume"), "volume")?,
    })
}

/// Shared columns of one side.
pub struct SideInput {
    timestamp: ScalarBuffer<i64>,
    columns: [ScalarBuffer<f64>; 5],
}

impl SideInput {
    pub fn read(capsule: &Bound<'_, PyAny>, shape: &Shape) -> Result<Self, OmegaError> {
        let table = Table::read(capsule)?;
        table.check(shape)?;
        let mut nulls = Vec::new();
        let input = Self {
            timestamp: timestamps(&table, shape, &mut nulls)?,
            columns: [
                floats(&table, shape, "open", &mut nulls)?,
                floats(&table, shape, "high", &mut nulls)?,
                floats(&table, shape, "low", &mut nulls)?,
                floats(&table, shape, "close", &mut nulls)?,
                floats(&table, shape, "volume", &mut nulls)?,
            ],
        };
        nulls.into_iter().next().map_or(Ok(input), Err)
    }

    pub fn bars(&self) -> SideColumns<'_> {
        let [open, high, low, close, volume] = &self.columns;
        SideColumns { timestamp: &self.timestamp, open, high, low, close, volume }
    }
}

pub fn timestamps(table: &Table, shape: &Shape, nulls: &mut Vec<OmegaError>) -> Result<ScalarBuffer<i64>, OmegaError> {
    let column = table.required::<TimestampMicrosecondType>("timestamp")?;
    nulls.extend(column.first_null().map(|row| shape.null_value("timestamp", row)));
    Ok(column.values)
}

pub fn floats(
    table: &Table,
    shape: &Shape,
    name: &str,
    nulls: &mut Vec<OmegaError>,
) -> Result<ScalarBuffer<f64>, OmegaError> {
    let column = table.required::<Float64Type>(name)?;
    nulls.extend(column.first_null().map(|row| shape.null_value(name, row)));
    Ok(column.filled(f64::NAN))
}

/// Bars of two symbols are no series (T-8a); the inner result is the verdict.
pub fn check_one_symbol(
    table: &Table,
    expected: Option<&str>,
    shape: &Shape,
    what: &str,
) -> Result<Result<(), OmegaError>, OmegaError> {
    let texts = table.texts("symbol")?.unwrap_or_default();
    if let Some(row) = rows_of(&texts).position(|symbol| symbol.is_none()) {
        return Ok(Err(shape.null_value("symbol", row)));
    }
    let wanted = expected.or_else(|| rows_of(&texts).next().flatten());
    let other = rows_of(&texts).enumerate().find(|(_, symbol)| *symbol != wanted);
    Ok(other.map_or(Ok(()), |(row, symbol)| {
        Err(other_symbol(wanted.unwrap_or_default(), row, symbol.unwrap_or_default(), shape.rule, what))
    }))
}

/// The symbols that are null or not the first one, counted (Q-T2e).
fn symbol_breaches(table: &Table) -> Result<Vec<BarFinding>, OmegaError> {
    let texts = table.texts("symbol")?.unwrap_or_default();
    let first = rows_of(&texts).flatten().next();
    let fault = |(row, symbol): (usize, Option<&str>)| match symbol {
        None => Some(Fault { row, code: ErrorCode::NullValue, message: "must not be null" }),
        found if found != first => {
            Some(Fault { row, code: ErrorCode::ConstraintViolation, message: "one set of bars has one symbol" })
        }
        _ => None,
    };
    let mut found = count_faults("T-2", "symbol", rows_of(&texts).enumerate().filter_map(fault));
    found.sort_by_key(|one| one.code);
    Ok(found)
}

/// The refusal of a bar or tick that is not of the symbol `wanted`.
pub fn other_symbol(wanted: &str, row: usize, symbol: &str, rule: &'static str, what: &str) -> OmegaError {
    let message = format!("one set of {what} has one symbol, here {wanted:?}");
    let value = Some(Value::Text(symbol.to_owned()));
    breach(ErrorCode::ConstraintViolation, rule, "symbol", &message, Some(row), value)
}
