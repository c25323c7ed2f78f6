//! Columns of an incoming table, by name and without copying where the table has one chunk.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, StringArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Fields, TimeUnit};
use omega_core::breaches::breach;
use omega_core::error::{ErrorCode, OmegaError};
use omega_core::types::BarFinding;
use omega_core::types::columns::{Column, Kind};
use pyo3::prelude::*;

use crate::stream::{Stream, malformed, read_stream};

/// A table as chunks of columns, its schema not yet checked.
pub struct Table {
    fields: Fields,
    chunks: Vec<ArrayRef>,
}

/// The values of one column in one piece.
pub struct Piece<T: arrow_buffer::ArrowNativeType> {
    pub values: ScalarBuffer<T>,
    pub nulls: Option<NullBuffer>,
}

impl<T: arrow_buffer::ArrowNativeType> Piece<T> {
    /// The first row without a value.
    pub fn first_null(&self) -> Option<usize> {
        self.nulls.as_ref().and_then(|nulls| nulls.iter().position(|is_valid| !is_valid))
    }

    /// Every row without a value, if there is one.
    pub fn null_rows(&self) -> Option<Vec<usize>> {
        let nulls = self.nulls.as_ref()?;
        let rows: Vec<usize> = nulls.iter().enumerate().filter(|(_, is_valid)| !is_valid).map(|(row, _)| row).collect();
        (!rows.is_empty()).then_some(rows)
    }

    /// The first row that has a value, and one that `is_wanted`.
    pub fn first_valid(&self, is_wanted: impl Fn(&T) -> bool) -> Option<usize> {
        if self.is_unset() {
            return None;
        }
        let is_valid = |row: usize| self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        self.values.iter().enumerate().find_map(|(row, value)| (is_wanted(value) && is_valid(row)).then_some(row))
    }

    /// Whether no row has a value.
    fn is_unset(&self) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.null_count() == nulls.len())
    }

    /// The values with `fill` where there is none; copies only if something is missing.
    pub fn filled(self, fill: T) -> ScalarBuffer<T> {
        match &self.nulls {
            None => self.values,
            Some(_) if self.is_unset() => vec![fill; self.values.len()].into(),
            Some(nulls) => {
                let pairs = self.values.iter().zip(nulls.iter());
                pairs.map(|(value, is_valid)| if is_valid { *value } else { fill }).collect()
            }
        }
    }
}

impl Table {
    pub fn read(capsule: &Bound<'_, PyAny>) -> Result<Self, OmegaError> {
        let Stream { field, chunks } = read_stream(capsule)?;
        match field.data_type() {
            DataType::Struct(fields) => Ok(Self { fields: fields.clone(), chunks }),
            other => Err(malformed(format!("expected a table, found an array of {other}"))),
        }
    }

    /// Checks that every required column is there, then every type, in the order given (Q-T2, Q-T6b).
    pub fn check(&self, shape: &Shape) -> Result<(), OmegaError> {
        for column in shape.columns() {
            let count = self.fields.iter().filter(|field| field.name() == column.name).count();
            if count != 1 && (!column.is_optional || count > 1) {
                let message = format!("expected one column `{}`, found {count} among {}", column.name, self.names());
                return Err(shape.error(ErrorCode::MissingRequiredField, column, message));
            }
        }
        shape.columns().try_for_each(|column| self.check_type(shape, column))
    }

    fn check_type(&self, shape: &Shape, column: &Column) -> Result<(), OmegaError> {
        let Some((_, field)) = self.fields.find(column.name) else { return Ok(()) };
        let found = field.data_type();
        if accepts(column.kind, found) {
            return Ok(());
        }
        let hint = match (column.kind, found) {
            (Kind::Timestamp, DataType::Timestamp(_, None)) => "; a naive time has no zone: say which one it is in",
            _ => "",
        };
        let message = format!("`{}` must be {}, found {found}{hint}", column.name, described(column.kind));
        Err(shape.error(ErrorCode::TypeMismatch, column, message))
    }

    /// The columns that are missing, doubled or of another type, as findings and by name (Q-T2e).
    pub fn faults_of(&self, shape: &Shape) -> (Vec<BarFinding>, Vec<&'static str>) {
        let mut found = Vec::new();
        let mut absent = Vec::new();
        for column in shape.columns() {
            let count = self.fields.iter().filter(|field| field.name() == column.name).count();
            let (code, message) = if count > 1 || (count == 0 && !column.is_optional) {
                (ErrorCode::MissingRequiredField, "this column must be there exactly once")
            } else if self.check_type(shape, column).is_err() {
                (ErrorCode::TypeMismatch, "must have the type of T-8a")
            } else {
                continue;
            };
            found.push(BarFinding::new(shape.rule, code, column.name, message, Vec::new()));
            absent.push(column.name);
        }
        (found, absent)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name().as_str()).collect();
        if names.is_empty() { "no columns".to_owned() } else { names.join(", ") }
    }

    pub fn rows(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    /// The chunks of a column, or none if the table lacks it.
    fn column(&self, name: &str) -> Option<Vec<&ArrayRef>> {
        self.fields.find(name)?;
        self.chunks.iter().map(|chunk| chunk.as_struct().column_by_name(name)).collect()
    }

    /// A column of fixed width whose type was checked; `None` if the table lacks it.
    pub fn primitive<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Option<Piece<T::Native>>, OmegaError> {
        self.column(name).map(|chunks| concatenate::<T>(&chunks)).transpose()
    }

    /// A required column of fixed width whose presence and type were checked.
    pub fn required<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Piece<T::Native>, OmegaError> {
        self.primitive::<T>(name)?.ok_or_else(|| malformed(format!("the column `{name}` is missing")))
    }

    /// A required column of yes and no whose presence and type were checked.
    pub fn flags(&self, name: &str) -> Result<Vec<bool>, OmegaError> {
        let chunks = self.column(name).unwrap_or_default();
        let chunks = chunks.into_iter().map(|chunk| chunk.as_boolean_opt()).collect::<Option<Vec<_>>>();
        let chunks = chunks.ok_or_else(|| malformed(format!("`{name}` does not have the type of its schema")))?;
        Ok(chunks.into_iter().flat_map(|chunk| chunk.values().iter()).collect())
    }

    /// The texts of a column in row order; `None` if the table lacks it.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&StringArray>>, OmegaError> {
        let Some(chunks) = self.column(name) else { return Ok(None) };
        let texts = chunks.into_iter().map(|chunk| chunk.as_string_opt::<i32>()).collect::<Option<Vec<_>>>();
        texts.map(Some).ok_or_else(|| malformed(format!("`{name}` does not have the type of its schema")))
    }
}

/// The rows of a text column, chunk after chunk.
pub fn rows_of<'a>(chunks: &'a [&'a StringArray]) -> impl Iterator<Item = Option<&'a str>> {
    chunks.iter().flat_map(|chunk| chunk.iter())
}

/// One chunk is taken as it is, several are copied into one.
pub fn concatenate<T: ArrowPrimitiveType>(chunks: &[&ArrayRef]) -> Result<Piece<T::Native>, OmegaError> {
    let chunks = chunks.iter().map(|chunk| chunk.as_primitive_opt::<T>()).collect::<Option<Vec<_>>>();
    let chunks = chunks.ok_or_else(|| malformed("a chunk does not have the type of its schema"))?;
    if let [chunk] = chunks.as_slice() {
        let nulls = chunk.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        return Ok(Piece { values: chunk.values().clone(), nulls });
    }
    let rows = chunks.iter().map(|chunk| chunk.len()).sum();
    let mut values = Vec::with_capacity(rows);
    chunks.iter().for_each(|chunk| values.extend_from_slice(chunk.values()));
    let has_nulls = chunks.iter().any(|chunk| chunk.null_count() > 0);
    let nulls = has_nulls.then(|| {
        let mut validity = BooleanBufferBuilder::new(rows);
        for chunk in &chunks {
            match chunk.nulls() {
                Some(nulls) => validity.append_buffer(nulls.inner()),
                None => validity.append_n(chunk.len(), true),
            }
        }
        NullBuffer::new(validity.finish())
    });
    Ok(Piece { values: ScalarBuffer::from(values), nulls })
}

/// The columns of a table, the rule that its errors name, and what stands before a column's name in them.
pub struct Shape {
    pub rule: &'static str,
    pub prefix: &'static str,
    pub columns: &'static [Column],
    /// Columns that are looked at and are not part of the schema.
    pub beside: &'static [Column],
}

impl Shape {
    fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(self.beside)
    }

    fn error(&self, code: ErrorCode, column: &Column, message: String) -> OmegaError {
        OmegaError::new(code, message).rule(self.rule).column(format!("{}{}", self.prefix, column.name))
    }

    /// The error for a missing value.
    pub fn null_value(&self, column: &str, row: usize) -> OmegaError {
        let column = format!("{}{column}", self.prefix);
        breach(ErrorCode::NullValue, self.rule, &column, "must not be null", Some(row), None)
    }
}

fn accepts(kind: Kind, found: &DataType) -> bool {
    match (kind, found) {
        (Kind::Timestamp, DataType::Timestamp(TimeUnit::Microsecond, Some(zone))) => zone.as_ref() == "UTC",
        (Kind::Duration, DataType::Duration(TimeUnit::Microsecond))
        | (Kind::Float, DataType::Float64)
        | (Kind::Int, DataType::Int64)
        | (Kind::SmallInt, DataType::Int32)
        | (Kind::Flag, DataType::Boolean)
        | (Kind::Text | Kind::Member(_), DataType::Utf8) => true,
        (Kind::TextList, DataType::List(item)) => item.data_type() == &DataType::Utf8,
        (Kind::TextMap, DataType::Map(entries, _)) => match entries.data_type() {
            DataType::Struct(pair) => pair.iter().all(|field| field.data_type() == &DataType::Utf8),
            _ => false,
        },
        _ => false,
    }
}

const fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Timestamp => "timestamp in µs with the zone UTC",
        Kind::Duration => "duration in µs",
        Kind::Float => "float64",
        Kind::Int => "int64",
        Kind::SmallInt => "int32",
        Kind::Flag => "bool",
        Kind::Text | Kind::Member(_) => "utf8",
        Kind::TextList => "list of utf8",
        Kind::TextMap => "map of utf8 to utf8",
    }
}
