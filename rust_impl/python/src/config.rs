//! `EngineConfig` read from the frozen dataclasses of `omega.contract.types`, field by field as the core declares them.

use std::sync::Arc;

use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::types::columns::Reader;
use omega_core::types::config::{Field, ReadField};
use omega_core::types::{
    BelowMin, ChargedSides, Commission, CommissionBasis, DecisionPoint, DirectionFilter, EngineConfig, HigherBars,
    Instrument, Intrabar, MarketFill, MeanReversionParameters, OnRuin, Overlay, OverlayMode, Rate, SignalTime,
    SizingMode, StrategyConfig, Swap, Trend, Variant, VolatilityFeature,
};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

use crate::error::Failure;

/// Reads a whole configuration; no number may be NaN or infinite (T-9).
pub fn engine_config(object: &Bound<'_, PyAny>) -> Result<EngineConfig, Failure> {
    EngineConfig::read(&Record { object, key: None })
}

/// Converts one Python value; an integer that does not fit is out of bounds, any other misfit a wrong type.
pub fn extract<'py, T>(rule: &'static str, column: &str, value: &Bound<'py, PyAny>) -> Result<T, Failure>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    value.extract::<T>().map_err(|error| Failure::argument(misfit(rule, column, value.py(), error.into()), value))
}

/// [`extract`] for every row; only a sequence that cannot be converted at once is looked at row by row.
pub fn extract_rows<'py, T>(rule: &'static str, column: &str, values: &Bound<'py, PyAny>) -> Result<Vec<T>, Failure>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    if let Ok(numbers) = values.extract() {
        return Ok(numbers);
    }
    let mut numbers = Vec::new();
    for (row, value) in values.try_iter()?.enumerate() {
        let value = value?;
        let convert = |error: PyErr| Failure::argument(misfit(rule, column, value.py(), error).row(row), &value);
        numbers.push(value.extract::<T>().map_err(|error| convert(error.into()))?);
    }
    Ok(numbers)
}

fn misfit(rule: &'static str, column: &str, py: Python<'_>, error: PyErr) -> OmegaError {
    let is_range = error.is_instance_of::<PyOverflowError>(py);
    let code = if is_range { ErrorCode::OutOfBounds } else { ErrorCode::FfiTypeConversion };
    OmegaError::new(code, format!("unusable value: {error}")).rule(rule).column(column)
}

/// A dataclass instance and its place in the configuration, for errors that name the key.
struct Record<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    key: Option<String>,
}

impl Record<'_, '_> {
    fn key(&self, name: &str) -> String {
        self.key.as_ref().map_or_else(|| name.to_owned(), |key| format!("{key}.{name}"))
    }
}

impl Reader for Record<'_, '_> {
    type Error = Failure;
}

impl<T: FromKey> ReadField<T> for Record<'_, '_> {
    fn read_field(&self, field: &Field) -> Result<T, Failure> {
        let (name, key) = (field.name, self.key(field.name));
        let value = self.object.getattr(name).map_err(|_| {
            let message = format!("the configuration has no `{name}`; expected omega.contract.types.EngineConfig");
            OmegaError::new(ErrorCode::FfiTypeConversion, message).rule("T-9").column(&key)
        })?;
        T::from_key(key, &value)
    }
}

/// A type that the value of a configuration key can become.
trait FromKey: Sized {
    fn from_key(key: String, value: &Bound<'_, PyAny>) -> Result<Self, Failure>;
}

impl<T: FromKey> FromKey for Option<T> {
    fn from_key(key: String, value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        if value.is_none() { Ok(None) } else { T::from_key(key, value).map(Some) }
    }
}

impl<T: FromKey> FromKey for Vec<T> {
    fn from_key(key: String, values: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        values.try_iter()?.enumerate().map(|(place, value)| T::from_key(format!("{key}[{place}]"), &value?)).collect()
    }
}

impl FromKey for f64 {
    fn from_key(key: String, value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let number: Self = extract("T-9", &key, value)?;
        if number.is_finite() { Ok(number) } else { Err(not_finite(key, number).into()) }
    }
}

impl FromKey for Arc<[i64]> {
    fn from_key(key: String, values: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        Ok(extract_rows::<i64>("T-9", &key, values)?.into())
    }
}

impl FromKey for Arc<[f64]> {
    fn from_key(key: String, values: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let numbers = extract_rows::<f64>("T-9", &key, values)?;
        match numbers.iter().find(|number| !number.is_finite()) {
            Some(&number) => Err(not_finite(key, number).into()),
            None => Ok(numbers.into()),
        }
    }
}

fn not_finite(key: String, number: f64) -> OmegaError {
    let code = if number.is_nan() { ErrorCode::NanValue } else { ErrorCode::InfiniteValue };
    let error = OmegaError::new(code, "a configured number must be finite").rule("T-9").column(key);
    error.value(Value::Float(number))
}

macro_rules! from_key {
    (as it is: $($type:ty),*) => {$(
        impl FromKey for $type {
            fn from_key(key: String, value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                extract("T-9", &key, value)
            }
        }
    )*};
    (by number: $($set:ty),*) => {$(
        impl FromKey for $set {
            fn from_key(key: String, value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                member(key, value, Self::from_number)
            }
        }
    )*};
    (by field: $($record:ty),*) => {$(
        impl FromKey for $record {
            fn from_key(key: String, object: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                Self::read(&Record { object, key: Some(key) })
            }
        }
    )*};
}

from_key!(as it is: String, bool, i64, u64, u32, usize);
from_key!(by number: Variant, BelowMin, SizingMode, CommissionBasis, ChargedSides);
from_key!(by number: MarketFill, OnRuin, SignalTime, Intrabar, DirectionFilter);
from_key!(by number: Trend, VolatilityFeature, OverlayMode, DecisionPoint);
from_key!(by field: Instrument, Rate, Commission, Swap, StrategyConfig, MeanReversionParameters, Overlay, HigherBars);

fn member<T>(key: String, value: &Bound<'_, PyAny>, from_number: impl Fn(u8) -> Option<T>) -> Result<T, Failure> {
    let number: i64 = extract("T-9", &key, value)?;
    u8::try_from(number).ok().and_then(from_number).ok_or_else(|| {
        let error = OmegaError::new(ErrorCode::InvalidArgument, "not a member of the closed set").rule("T-9");
        error.column(key).value(Value::Int(number)).into()
    })
}
