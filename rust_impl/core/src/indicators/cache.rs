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

/// What [`IndicatorCache::get`] knows.
const NAMES: [&str; 6] = ["sma", "ema", "true_range", "atr", "bollinger", "zscore"];
/// Longest period or window (Q-I17).
const MAX_LENGTH: i64 = i32::MAX as i64;

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
        if !NAMES.contains(&name) {
            return Err(unknown("name", name, &NAMES.join(", ")));
        }
        let side = match side {
            "bid" => Side::Bid,
            "ask" => Side::Ask,
            _ => return Err(unknown("side", side, "bid, ask")),
        };
        let indicator = parse_indicator(name, parameters)?;
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

/// Checks a request in the order of Q-I17.
fn parse_indicator(name: &str, parameters: &[(String, Value)]) -> Result<Indicator, OmegaError> {
    let parameters = Parameters(parameters);
    parameters.expect(parameters.names_for(name))?;
    Ok(match name {
        "sma" => Indicator::Sma { period: parameters.length("period", 1)? },
        "ema" => Indicator::Ema { period: parameters.length("period", 1)? },
        "atr" => Indicator::Atr { period: parameters.length("period", 1)? },
        "bollinger" => Indicator::Bollinger {
            period: parameters.length("period", 2)?,
            std_factor_bits: parameters.float("std_factor")?.to_bits(),
        },
        "zscore" => Indicator::ZScore { window: parameters.length("window", 2)?, mean: parameters.mean()? },
        _ => Indicator::TrueRange,
    })
}

/// The named parameters of a request.
struct Parameters<'a>(&'a [(String, Value)]);

impl Parameters<'_> {
    /// What this indicator takes, in the order in which it is checked.
    fn names_for(&self, indicator: &str) -> &'static [&'static str] {
        match indicator {
            "sma" | "ema" | "atr" => &["period"],
            "bollinger" => &["period", "std_factor"],
            "zscore" if self.find("mean") == Some(&Value::Text("ema".to_owned())) => &["window", "mean", "ema_period"],
            "zscore" => &["window", "mean"],
            _ => &[],
        }
    }

    /// Refuses names that are not taken, then names that are missing.
    fn expect(&self, known: &[&'static str]) -> Result<(), OmegaError> {
        let mut foreign: Vec<_> = self.0.iter().filter(|(name, _)| !known.contains(&name.as_str())).collect();
        foreign.sort_by(|(a, _), (b, _)| a.cmp(b));
        if let Some((name, value)) = foreign.first() {
            let message = format!("unknown parameter {name:?}, expected {}", known.join(", "));
            return Err(invalid(ErrorCode::InvalidArgument, name, message).value(value.clone()));
        }
        match known.iter().find(|name| self.find(name).is_none()) {
            Some(name) => Err(invalid(ErrorCode::InvalidArgument, name, format!("parameter {name} is missing"))),
            None => Ok(()),
        }
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn length(&self, name: &'static str, least: i64) -> Result<usize, OmegaError> {
        match self.find(name) {
            Some(&Value::Int(length)) if (least..=MAX_LENGTH).contains(&length) => Ok(length as usize),
            Some(&Value::Int(length)) => {
                let message = format!("{name} must be {least} to {MAX_LENGTH}, found {length}");
                Err(invalid(ErrorCode::OutOfBounds, name, message).value(Value::Int(length)))
            }
            other => Err(mismatch(name, other, "an integer")),
        }
    }

    fn float(&self, name: &'static str) -> Result<f64, OmegaError> {
        let value = match self.find(name) {
            Some(&Value::Float(value)) => value,
            Some(&Value::Int(value)) => value as f64,
            other => return Err(mismatch(name, other, "a number")),
        };
        if value.is_finite() {
            return Ok(value);
        }
        let code = if value.is_nan() { ErrorCode::NanValue } else { ErrorCode::InfiniteValue };
        Err(invalid(code, name, format!("{name} must be finite, found {value}")).value(Value::Float(value)))
    }

    fn mean(&self) -> Result<Mean, OmegaError> {
        match self.find("mean") {
            Some(Value::Text(text)) if text == "rolling" => Ok(Mean::Rolling),
            Some(Value::Text(text)) if text == "ema" => Ok(Mean::Ema(self.length("ema_period", 1)?)),
            Some(Value::Text(text)) => Err(unknown("mean", text, "rolling, ema")),
            other => Err(mismatch("mean", other, "text")),
        }
    }
}

fn invalid(code: ErrorCode, parameter: &str, message: String) -> OmegaError {
    OmegaError::new(code, message).rule("I-17").column(parameter)
}

fn unknown(argument: &str, found: &str, choices: &str) -> OmegaError {
    let message = format!("unknown {argument} {found:?}, expected one of {choices}");
    invalid(ErrorCode::InvalidArgument, argument, message).value(Value::Text(found.to_owned()))
}

fn mismatch(name: &str, found: Option<&Value>, expected: &str) -> OmegaError {
    let error = invalid(ErrorCode::TypeMismatch, name, format!("{name} must be {expected}, found {found:?}"));
    found.map_or(error.clone(), |found| error.value(found.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample_bars;

    fn pairs(parameters: &[(&str, Value)]) -> Vec<(String, Value)> {
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn equal_requests_share_one_series() {
        // I-17.
        let bars = sample_bars(500, 1).unwrap();
        let mut cache = IndicatorCache::new();
        let period = pairs(&[("period", Value::Int(20))]);
        let first = cache.get(&bars.view(), "sma", "bid", &period).unwrap();
        let second = cache.get(&bars.view(), "sma", "bid", &period).unwrap();
        assert!(Arc::ptr_eq(&first[0], &second[0]));
        let ask = cache.get(&bars.view(), "sma", "ask", &period).unwrap();
        assert_eq!(first[0][19].to_bits(), sma(&bars.bid_close, 20).unwrap()[19].to_bits());
        assert_ne!(first[0][19], ask[0][19]);
    }

    #[test]
    fn each_indicator_is_found_by_name() {
        let bars = sample_bars(300, 1).unwrap();
        let mut cache = IndicatorCache::new();
        let period = ("period", Value::Int(14));
        let requests = [
            ("ema", pairs(std::slice::from_ref(&period)), 1),
            ("atr", pairs(std::slice::from_ref(&period)), 1),
            ("true_range", Vec::new(), 1),
            ("bollinger", pairs(&[period.clone(), ("std_factor", Value::Int(2))]), 3),
            ("bollinger", pairs(&[period, ("std_factor", Value::Float(2.5))]), 3),
            ("zscore", pairs(&[("window", Value::Int(9)), ("mean", text("rolling"))]), 1),
            ("zscore", pairs(&[("window", Value::Int(9)), ("mean", text("ema")), ("ema_period", Value::Int(3))]), 1),
        ];
        for (name, parameters, outputs) in requests {
            let series = cache.get(&bars.view(), name, "bid", &parameters).unwrap();
            assert_eq!(series.len(), outputs);
            assert!(series.iter().all(|series| series.len() == 300 && !series[299].is_nan()));
        }
    }

    #[test]
    fn requests_are_refused_in_the_order_of_the_contract() {
        // Q-I17.
        let bars = sample_bars(10, 1).unwrap();
        let refuse = |name: &str, side: &str, parameters: &[(&str, Value)]| {
            let error = IndicatorCache::new().get(&bars.view(), name, side, &pairs(parameters)).unwrap_err();
            assert_eq!(error.rule, Some("I-17"));
            (error.code, error.column.unwrap())
        };
        use ErrorCode::{InfiniteValue, InvalidArgument, NanValue, OutOfBounds, TypeMismatch};
        let period = |value| [("period", value)];
        assert_eq!(refuse("wma", "mid", &[]), (InvalidArgument, "name".into()));
        assert_eq!(refuse("sma", "mid", &[]), (InvalidArgument, "side".into()));
        assert_eq!(refuse("sma", "bid", &[("z", Value::Int(1)), ("b", Value::Int(1))]), (InvalidArgument, "b".into()));
        assert_eq!(refuse("sma", "bid", &[]), (InvalidArgument, "period".into()));
        assert_eq!(refuse("sma", "bid", &period(Value::Bool(true))), (TypeMismatch, "period".into()));
        assert_eq!(refuse("ema", "bid", &period(Value::Int(0))), (OutOfBounds, "period".into()));
        assert_eq!(refuse("atr", "bid", &period(Value::Int(1 << 31))), (OutOfBounds, "period".into()));
        let factor = |value| [("period", Value::Int(2)), ("std_factor", value)];
        assert_eq!(refuse("bollinger", "bid", &factor(text("2"))), (TypeMismatch, "std_factor".into()));
        assert_eq!(refuse("bollinger", "bid", &factor(Value::Float(f64::NAN))), (NanValue, "std_factor".into()));
        assert_eq!(
            refuse("bollinger", "bid", &factor(Value::Float(f64::INFINITY))),
            (InfiniteValue, "std_factor".into())
        );
        let mean = |value| [("window", Value::Int(5)), ("mean", value)];
        assert_eq!(refuse("zscore", "bid", &mean(text("median"))), (InvalidArgument, "mean".into()));
        assert_eq!(refuse("zscore", "bid", &mean(Value::Int(1))), (TypeMismatch, "mean".into()));
        assert_eq!(refuse("zscore", "bid", &mean(text("ema"))), (InvalidArgument, "ema_period".into()));
    }
}
