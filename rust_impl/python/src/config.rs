//! `EngineConfig` read attribute by attribute from the frozen dataclasses of `omega.contract.types`.

use omega_core::error::{ErrorCode, OmegaError, Value};
use omega_core::types::{
    BelowMin, DirectionFilter, EngineConfig, Instrument, MeanReversionParameters, StrategyConfig, UNSET_TIME, Variant,
};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

use crate::error::Failure;

/// Reads a whole configuration; no number may be NaN or infinite (T-9).
pub fn engine_config(object: &Bound<'_, PyAny>) -> Result<EngineConfig, Failure> {
    let record = Record { object, path: "" };
    Ok(EngineConfig {
        variant: record.member("variant", Variant::from_number)?,
        symbol: record.get("symbol")?,
        timeframe: record.get("timeframe")?,
        start: record.get("start")?,
        account_currency: record.get("account_currency")?,
        initial_balance: record.number("initial_balance")?,
        risk_per_trade: record.number("risk_per_trade")?,
        risk_fraction: record.optional_number("risk_fraction")?,
        max_positions: record.get("max_positions")?,
        seed: record.get("seed")?,
        pip_buffer_factor: record.number("pip_buffer_factor")?,
        close_at_end: record.get("close_at_end")?,
        below_min: record.member("below_min", BelowMin::from_number)?,
        slippage_fixed_pips: record.number("slippage_fixed_pips")?,
        slippage_random_pips: record.number("slippage_random_pips")?,
        fee_per_million: record.number("fee_per_million")?,
        fee_min: record.number("fee_min")?,
        instrument: record.optional("instrument", instrument)?,
        strategy: record.optional("strategy", strategy)?,
    })
}

fn instrument(object: &Bound<'_, PyAny>) -> Result<Instrument, Failure> {
    let record = Record { object, path: "instrument." };
    Ok(Instrument {
        symbol: record.get("symbol")?,
        pip_size: record.number("pip_size")?,
        tick_size: record.number("tick_size")?,
        tick_value: record.optional_number("tick_value")?,
        contract_size: record.number("contract_size")?,
        volume_min: record.number("volume_min")?,
        volume_step: record.number("volume_step")?,
        volume_max: record.number("volume_max")?,
        base_currency: record.get("base_currency")?,
        quote_currency: record.get("quote_currency")?,
        profit_currency: record.get("profit_currency")?,
        digits: record.get("digits")?,
        min_stop_distance_pips: record.number("min_stop_distance_pips")?,
    })
}

fn strategy(object: &Bound<'_, PyAny>) -> Result<StrategyConfig, Failure> {
    let record = Record { object, path: "strategy." };
    Ok(StrategyConfig {
        name: record.get("name")?,
        magic_number: record.get("magic_number")?,
        parameters: mean_reversion_parameters(&record.attribute("parameters")?)?,
    })
}

fn mean_reversion_parameters(object: &Bound<'_, PyAny>) -> Result<MeanReversionParameters, Failure> {
    let record = Record { object, path: "strategy.parameters." };
    Ok(MeanReversionParameters {
        atr_length: record.get("atr_length")?,
        atr_mult: record.number("atr_mult")?,
        window_length: record.get("window_length")?,
        ema_length: record.get("ema_length")?,
        z_score_long: record.number("z_score_long")?,
        z_score_short: record.number("z_score_short")?,
        direction_filter: record.member("direction_filter", DirectionFilter::from_number)?,
        max_holding: record.get::<Option<i64>>("max_holding")?.unwrap_or(UNSET_TIME),
    })
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
    path: &'static str,
}

impl<'py> Record<'_, 'py> {
    fn attribute(&self, name: &str) -> Result<Bound<'py, PyAny>, Failure> {
        self.object.getattr(name).map_err(|_| {
            let message = format!("the configuration has no `{name}`; expected omega.contract.types.EngineConfig");
            OmegaError::new(ErrorCode::FfiTypeConversion, message).rule("T-9").column(self.key(name)).into()
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    fn get<T: for<'a> FromPyObject<'a, 'py>>(&self, name: &str) -> Result<T, Failure> {
        extract("T-9", &self.key(name), &self.attribute(name)?)
    }

    fn number(&self, name: &str) -> Result<f64, Failure> {
        self.finite(name, self.get(name)?)
    }

    fn optional_number(&self, name: &str) -> Result<Option<f64>, Failure> {
        self.get::<Option<f64>>(name)?.map(|value| self.finite(name, value)).transpose()
    }

    fn finite(&self, name: &str, value: f64) -> Result<f64, Failure> {
        if value.is_finite() {
            return Ok(value);
        }
        let code = if value.is_nan() { ErrorCode::NanValue } else { ErrorCode::InfiniteValue };
        let error = OmegaError::new(code, "a configured number must be finite").rule("T-9").column(self.key(name));
        Err(error.value(Value::Float(value)).into())
    }

    fn member<T>(&self, name: &str, from_number: impl Fn(u8) -> Option<T>) -> Result<T, Failure> {
        let number = self.get::<i64>(name)?;
        u8::try_from(number).ok().and_then(from_number).ok_or_else(|| {
            OmegaError::new(ErrorCode::InvalidArgument, "not a member of the closed set")
                .rule("T-9")
                .column(self.key(name))
                .value(Value::Int(number))
                .into()
        })
    }

    fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&Bound<'py, PyAny>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let value = self.attribute(name)?;
        if value.is_none() { Ok(None) } else { read(&value).map(Some) }
    }
}
