//! Indicator series of one set of bars, each computed once (I-17).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{ErrorCode, OmegaError, Value};
use crate::indicators::atr::atr;
use crate::indicators::bollinger::bollinger;
use crate::indicators::ema::ema;
use crate::indicators::sma::sma;
use crate::indicators::true_range::true_range;
use crate::indicators::zscore::{Mean, zscore};
use crate::types::Bars;

/// Side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What sellers get.
    Bid,
    /// What buyers pay.
    Ask,
}

/// One request, checked: the key of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Indicator {
    Sma { period: usize },
    Ema { period: usize },
    TrueRange,
    Atr { period: usize },
    Bollinger { period: usize, std_factor_bits: u64 },
    ZScore { window: usize, mean: Mean },
}

/// The outputs of one indicator, shared with whoever asked.
pub type Series = Vec<Arc<Vec<f64>>>;

/// The cache; the caller keeps the bars and gives the same ones each time.
#[derive(Debug, Default)]
pub struct IndicatorCache {
    series: BTreeMap<(Indicator, Side), Series>,
}

impl IndicatorCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The outputs of `name` over one side; equal requests return the identical `Arc`s.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for an unknown name, side or parameter, or a missing parameter; TYPE_MISMATCH;
    /// OUT_OF_BOUNDS for a period or window that is too short; NAN_VALUE or INFINITE_VALUE.
    pub fn get(
        &mut self,
        bars: &Bars<'_>,
        name: &str,
        side: &str,
        parameters: &[(String, Value)],
    ) -> Result<Series, OmegaError> {
        let indicator = parse_indicator(name, parameters)?;
        let side = match side {
            "bid" => Side::Bid,
            "ask" => Side::Ask,
            _ => return Err(invalid("side", side, "bid, ask")),
        };
        if let Some(series) = self.series.get(&(indicator, side)) {
            return Ok(series.clone());
        }
        let series: Series = compute(bars, indicator, side)?.into_iter().map(Arc::new).collect();
        self.series.insert((indicator, side), series.clone());
        Ok(series)
    }
}

fn compute(bars: &Bars<'_>, indicator: Indicator, side: Side) -> Result<Vec<Vec<f64>>, OmegaError> {
    let (high, low, close) = match side {
        Side::Bid => (bars.bid_high, bars.bid_low, bars.bid_close),
        Side::Ask => (bars.ask_high, bars.ask_low, bars.ask_close),
    };
    Ok(match indicator {
        Indicator::Sma { period } => vec![sma(close, period)?],
        Indicator::Ema { period } => vec![ema(close, period)?],
        Indicator::TrueRange => vec![true_range(high, low, close)],
        Indicator::Atr { period } => vec![atr(high, low, close, period)?],
        Indicator::Bollinger { period, std_factor_bits } => {
            bollinger(close, period, f64::from_bits(std_factor_bits))?.into()
        }
        Indicator::ZScore { window, mean } => vec![zscore(close, window, mean)?],
    })
}

fn parse_indicator(name: &str, parameters: &[(String, Value)]) -> Result<Indicator, OmegaError> {
    let parameters = Parameters(parameters);
    match name {
        "sma" => Ok(Indicator::Sma { period: parameters.only_period()? }),
        "ema" => Ok(Indicator::Ema { period: parameters.only_period()? }),
        "atr" => Ok(Indicator::Atr { period: parameters.only_period()? }),
        "true_range" => parameters.allow(&[]).map(|()| Indicator::TrueRange),
        "bollinger" => {
            parameters.allow(&["period", "std_factor"])?;
            let period = parameters.length("period", 2)?;
            let std_factor_bits = parameters.float("std_factor")?.to_bits();
            Ok(Indicator::Bollinger { period, std_factor_bits })
        }
        "zscore" => parse_zscore(&parameters),
        _ => Err(invalid("name", name, "sma, ema, true_range, atr, bollinger, zscore")),
    }
}

fn parse_zscore(parameters: &Parameters<'_>) -> Result<Indicator, OmegaError> {
    parameters.allow(&["window", "mean", "ema_period"])?;
    let window = parameters.length("window", 2)?;
    let mean = match parameters.find("mean")? {
        Value::Text(text) if text == "rolling" => {
            parameters.allow(&["window", "mean"])?;
            Mean::Rolling
        }
        Value::Text(text) if text == "ema" => Mean::Ema(parameters.length("ema_period", 1)?),
        Value::Text(text) => return Err(invalid("mean", text, "rolling, ema")),
        other => return Err(mismatch("mean", other, "text")),
    };
    Ok(Indicator::ZScore { window, mean })
}

/// The named parameters of a request.
struct Parameters<'a>(&'a [(String, Value)]);

impl Parameters<'_> {
    fn allow(&self, known: &[&str]) -> Result<(), OmegaError> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("unknown parameter {name:?}, expected {}", known.join(", "));
                Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("I-17").column(name.as_str()))
            }
        }
    }

    fn only_period(&self) -> Result<usize, OmegaError> {
        self.allow(&["period"])?;
        self.length("period", 1)
    }

    fn find(&self, name: &'static str) -> Result<&Value, OmegaError> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value).ok_or_else(|| {
            let message = format!("parameter {name} is missing");
            OmegaError::new(ErrorCode::InvalidArgument, message).rule("I-17").column(name)
        })
    }

    fn length(&self, name: &'static str, least: i64) -> Result<usize, OmegaError> {
        match self.find(name)? {
            &Value::Int(length) if length >= least => Ok(usize::try_from(length).unwrap_or(usize::MAX)),
            &Value::Int(length) => {
                let message = format!("{name} must be at least {least}, found {length}");
                Err(OmegaError::new(ErrorCode::OutOfBounds, message)
                    .rule("Q-N7")
                    .column(name)
                    .value(Value::Int(length)))
            }
            other => Err(mismatch(name, other, "an integer")),
        }
    }

    fn float(&self, name: &'static str) -> Result<f64, OmegaError> {
        let value = match self.find(name)? {
            &Value::Float(value) => value,
            &Value::Int(value) => value as f64,
            other => return Err(mismatch(name, other, "a number")),
        };
        if value.is_finite() {
            return Ok(value);
        }
        let code = if value.is_nan() { ErrorCode::NanValue } else { ErrorCode::InfiniteValue };
        let message = format!("{name} must be finite, found {value}");
        Err(OmegaError::new(code, message).rule("T-9").column(name).value(Value::Float(value)))
    }
}

fn invalid(argument: &'static str, found: &str, choices: &str) -> OmegaError {
    OmegaError::new(ErrorCode::InvalidArgument, format!("unknown {argument} {found:?}, expected one of {choices}"))
        .rule("I-17")
        .column(argument)
        .value(Value::Text(found.to_owned()))
}

fn mismatch(name: &'static str, found: &Value, expected: &str) -> OmegaError {
    OmegaError::new(ErrorCode::TypeMismatch, format!("{name} must be {expected}, found {found:?}"))
        .rule("I-17")
        .column(name)
        .value(found.clone())
}
