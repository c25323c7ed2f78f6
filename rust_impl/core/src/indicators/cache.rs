//! Indicator series of one set of bars, each computed once (I-17).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bars::columns::{closes, highs, lows};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::indicators::atr::atr;
use crate::indicators::bollinger::bollinger;
use crate::indicators::ema::ema;
use crate::indicators::sma::sma;
use crate::indicators::true_range::true_range;
use crate::indicators::zscore::zscore;
use crate::types::Bars;

/// Longest period or window (Q-I17).
const WINDOW_MAX: i64 = i32::MAX as i64;
/// Order in which parameters are checked (Q-I17).
const ORDER: [&str; 5] = ["period", "window", "mean", "ema_period", "std_factor"];
const PARAMETERS: [(&str, &[&str]); 6] = [
    ("sma", &["period"]),
    ("ema", &["period"]),
    ("atr", &["period"]),
    ("true_range", &[]),
    ("bollinger", &["period", "std_factor"]),
    ("zscore", &["window", "mean", "ema_period"]),
];
const MEANS: [&str; 2] = ["rolling", "ema"];

/// The outputs of one indicator, shared with whoever asked.
pub type Series = Vec<Arc<Vec<f64>>>;

/// Parameters in the order of Q-I17, numbers in their one type.
type Checked = Vec<(&'static str, Value)>;

/// The cache; the caller keeps the bars and gives the same ones each time.
#[derive(Debug, Default)]
pub struct IndicatorCache {
    series: BTreeMap<(String, String, Vec<u64>), Series>,
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
        let checked = check_parameters(name, side, parameters)?;
        let key = (name.to_owned(), side.to_owned(), checked.iter().map(|(_, value)| bits(value)).collect());
        if let Some(series) = self.series.get(&key) {
            return Ok(series.clone());
        }
        let series = self.compute(bars, name, side, &checked)?;
        self.series.insert(key, series.clone());
        Ok(series)
    }

    fn compute(
        &mut self,
        bars: &Bars<'_>,
        name: &str,
        side: &str,
        parameters: &[(&'static str, Value)],
    ) -> Result<Series, OmegaError> {
        let (high, low, close) = (highs(bars, side), lows(bars, side), closes(bars, side));
        let values: Vec<&Value> = parameters.iter().map(|(_, value)| value).collect();
        let outputs = match (name, values.as_slice()) {
            ("sma", [Value::Int(period)]) => vec![sma(close, *period as usize)?],
            ("ema", [Value::Int(period)]) => vec![ema(close, *period as usize)?],
            ("atr", [Value::Int(period)]) => vec![atr(high, low, close, *period as usize)?],
            ("bollinger", [Value::Int(period), Value::Float(std_factor)]) => {
                bollinger(close, *period as usize, *std_factor)?.into()
            }
            ("zscore", [Value::Int(window), _, Value::Int(period)]) => {
                let means = self.get(bars, "ema", side, &[("period".to_owned(), Value::Int(*period))])?;
                vec![zscore(close, &means[0], *window as usize)?]
            }
            ("zscore", [Value::Int(window), _]) => {
                let means = self.get(bars, "sma", side, &[("period".to_owned(), Value::Int(*window))])?;
                vec![zscore(close, &means[0], *window as usize)?]
            }
            _ => vec![true_range(high, low, close)],
        };
        Ok(outputs.into_iter().map(Arc::new).collect())
    }
}

/// The parameters in the order of Q-I17, numbers in their one type, or the first that is wrong.
fn check_parameters(name: &str, side: &str, parameters: &[(String, Value)]) -> Result<Checked, OmegaError> {
    if !PARAMETERS.iter().any(|&(known, _)| known == name) {
        let names: Vec<&str> = PARAMETERS.iter().map(|&(known, _)| known).collect();
        let found = Value::Text(name.to_owned());
        return Err(refuse(ErrorCode::InvalidArgument, "name", Some(&found), &format!("one of {}", names.join(", "))));
    }
    if side != "bid" && side != "ask" {
        return Err(refuse(ErrorCode::InvalidArgument, "side", Some(&Value::Text(side.to_owned())), "bid or ask"));
    }
    let taken = taken(name, parameters);
    let mut given: Vec<&(String, Value)> = parameters.iter().collect();
    given.sort_by(|(a, _), (b, _)| a.cmp(b));
    if let Some((parameter, value)) = given.iter().find(|(parameter, _)| !taken.contains(&parameter.as_str())) {
        let expected = format!("{name} to be asked for with {}", taken.join(", "));
        return Err(refuse(ErrorCode::InvalidArgument, parameter, Some(value), &expected));
    }
    if let Some(parameter) = taken.iter().find(|&&parameter| find(parameters, parameter).is_none()) {
        return Err(refuse(ErrorCode::InvalidArgument, parameter, None, "a value"));
    }
    let smallest = if name == "bollinger" || name == "zscore" { 2 } else { 1 };
    let values = taken.into_iter().filter_map(|parameter| Some((parameter, find(parameters, parameter)?)));
    values.map(|(parameter, value)| Ok((parameter, checked(parameter, value, smallest)?))).collect()
}

/// What the indicator takes; an EMA's period only belongs to a z-score around an EMA.
fn taken(name: &str, parameters: &[(String, Value)]) -> Vec<&'static str> {
    let is_around_ema = matches!(find(parameters, "mean"), Some(Value::Text(mean)) if mean == "ema");
    let known = PARAMETERS.iter().find(|&&(known, _)| known == name).map_or(&[][..], |&(_, known)| known);
    let is_taken = |parameter: &&str| known.contains(parameter) && (*parameter != "ema_period" || is_around_ema);
    ORDER.into_iter().filter(is_taken).collect()
}

fn checked(parameter: &str, value: &Value, smallest: i64) -> Result<Value, OmegaError> {
    match parameter {
        "mean" => return checked_mean(value),
        "std_factor" => return checked_factor(value),
        _ => {}
    }
    let &Value::Int(length) = value else {
        return Err(refuse(ErrorCode::TypeMismatch, parameter, Some(value), "an integer"));
    };
    let low = if parameter == "ema_period" { 1 } else { smallest };
    if !(low..=WINDOW_MAX).contains(&length) {
        return Err(refuse(ErrorCode::OutOfBounds, parameter, Some(value), &format!("{low} … {WINDOW_MAX}")));
    }
    Ok(value.clone())
}

fn checked_mean(value: &Value) -> Result<Value, OmegaError> {
    let Value::Text(mean) = value else {
        return Err(refuse(ErrorCode::TypeMismatch, "mean", Some(value), "text"));
    };
    if !MEANS.contains(&mean.as_str()) {
        return Err(refuse(ErrorCode::InvalidArgument, "mean", Some(value), &MEANS.join(" or ")));
    }
    Ok(value.clone())
}

fn checked_factor(value: &Value) -> Result<Value, OmegaError> {
    let factor = match *value {
        Value::Float(factor) => factor,
        Value::Int(factor) => factor as f64,
        _ => return Err(refuse(ErrorCode::TypeMismatch, "std_factor", Some(value), "a number")),
    };
    if factor.is_nan() {
        return Err(refuse(ErrorCode::NanValue, "std_factor", Some(value), "a number"));
    }
    if factor.is_infinite() {
        return Err(refuse(ErrorCode::InfiniteValue, "std_factor", Some(value), "a finite number"));
    }
    Ok(Value::Float(factor))
}

fn refuse(code: ErrorCode, column: &str, value: Option<&Value>, expected: &str) -> OmegaError {
    let found = value.map_or("nothing".to_owned(), Value::to_string);
    let error = OmegaError::new(code, format!("{column}: expected {expected}, got {found}"));
    let error = error.rule("I-17").column(column);
    value.map_or(error.clone(), |value| error.value(value.clone()))
}

fn find<'a>(parameters: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A checked parameter as part of a key.
fn bits(value: &Value) -> u64 {
    match value {
        Value::Float(factor) => factor.to_bits(),
        Value::Int(length) => *length as u64,
        _ => 0, // the mean: with an EMA there is a period besides
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::sample_bars;

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
    fn requests_that_differ_in_a_number_differ_in_their_series() {
        // I-17: in one cache, one after the other.
        let bars = sample_bars(300, 1).unwrap();
        let mut cache = IndicatorCache::new();
        let mut last = |name: &str, parameters: &[(&str, Value)]| {
            let series = cache.get(&bars.view(), name, "bid", &pairs(parameters)).unwrap();
            series[series.len() - 1][299]
        };
        assert_ne!(last("sma", &[("period", Value::Int(7))]), last("sma", &[("period", Value::Int(9))]));
        let band = |factor| [("period", Value::Int(7)), ("std_factor", factor)];
        let (two, three) = (band(Value::Float(2.0)), band(Value::Float(3.0)));
        assert_ne!(last("bollinger", &two), last("bollinger", &three));
        assert_eq!(last("bollinger", &two), last("bollinger", &band(Value::Int(2))));
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
