//! Indicator series of one set of bars, each computed once (I-17).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bars::columns::{closes, highs, lows};
use crate::error::{OmegaError, Value};
use crate::indicators::local::local_series;
use crate::indicators::memory::Kept;
use crate::indicators::parameters::{Parameters, check_parameters};
use crate::indicators::series::{Prices, compute_series};
use crate::indicators::stepwise::stepwise_series;
use crate::types::Bars;
use crate::types::indicators::{STEPWISE, find_indicator};

/// The outputs of one indicator, shared with whoever asked.
pub type Series = Vec<Arc<Kept>>;

/// Name, side and parameters.
type Key = (String, String, Vec<(&'static str, u64)>);

/// The cache; the caller keeps the bars and gives the same ones each time.
#[derive(Debug, Default)]
pub struct IndicatorCache {
    series: BTreeMap<Key, Series>,
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
        let given = check_parameters(name, side, parameters)?;
        let key = (name.to_owned(), side.to_owned(), given.key());
        if let Some(series) = self.series.get(&key) {
            return Ok(series.clone());
        }
        let series = Self::compute(bars, name, side, &given)?;
        self.series.insert(key, series.clone());
        Ok(series)
    }

    fn compute(bars: &Bars<'_>, name: &str, side: &str, given: &Parameters) -> Result<Series, OmegaError> {
        let (high, low, close) = (highs(bars, side), lows(bars, side), closes(bars, side));
        let prices = Prices { timestamp: bars.timestamp, high, low, close };
        let outputs = match find_indicator(name) {
            Some(indicator) if indicator.is_local => {
                local_series(indicator.declared.name, &prices, given, indicator.declared.outputs.len())?
            }
            _ => match name.strip_suffix(STEPWISE) {
                Some(base) => stepwise_series(base, &prices, given)?,
                None => compute_series(name, &prices, given)?,
            },
        };
        Ok(outputs.into_iter().map(|values| Arc::new(values.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::indicators::sma::sma;
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
