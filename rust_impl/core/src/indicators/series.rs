//! Every indicator as a series over one side of the bars, by name (chapter I).

use crate::error::OmegaError;
use crate::indicators::atr::atr;
use crate::indicators::bollinger::bollinger;
use crate::indicators::choppiness::choppiness;
use crate::indicators::dmi::dmi;
use crate::indicators::ema::ema;
use crate::indicators::garch_volatility::{GarchTerms, garch_volatility};
use crate::indicators::kalman_garch_zscore::kalman_garch_zscore;
use crate::indicators::kalman_mean::kalman_mean;
use crate::indicators::kalman_zscore::kalman_zscore;
use crate::indicators::macd::macd;
use crate::indicators::memory::Kept;
use crate::indicators::parameters::Parameters;
use crate::indicators::roc::roc;
use crate::indicators::rsi::rsi;
use crate::indicators::sma::sma;
use crate::indicators::true_range::true_range;
use crate::indicators::vol_cluster::vol_cluster;
use crate::indicators::zscore::zscore;

/// One vector per output, of the bars' length.
pub type Outputs = Vec<Vec<f64>>;

/// One side of the bars, columns of one length; times in µs.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// Times.
    pub timestamp: &'a [i64],
    /// Highs.
    pub high: &'a [f64],
    /// Lows.
    pub low: &'a [f64],
    /// Closes.
    pub close: &'a [f64],
}

impl<'a> Prices<'a> {
    /// The rows `first` … `end` − 1.
    #[must_use]
    pub fn part(&self, first: usize, end: usize) -> Prices<'a> {
        Prices {
            timestamp: &self.timestamp[first..end],
            high: &self.high[first..end],
            low: &self.low[first..end],
            close: &self.close[first..end],
        }
    }
}

/// The outputs of the indicator `name`, one of those over bars as they are.
///
/// # Errors
/// OUT_OF_BOUNDS for a window that is too short, which checked parameters never are.
pub fn compute_series(name: &str, prices: &Prices<'_>, given: &Parameters) -> Result<Outputs, OmegaError> {
    if matches!(name, "true_range" | "atr" | "dmi" | "choppiness" | "vol_cluster") {
        return compute_from_bars(name, prices, given);
    }
    compute_from_closes(name, prices.close, given)
}

/// The outputs of an indicator over high, low and close.
fn compute_from_bars(name: &str, prices: &Prices<'_>, given: &Parameters) -> Result<Outputs, OmegaError> {
    let (high, low, close) = (prices.high, prices.low, prices.close);
    Ok(match name {
        "atr" => vec![atr(high, low, close, given.length("period"))?],
        "dmi" => dmi(high, low, close, given.length("period"))?.into(),
        "choppiness" => vec![choppiness(high, low, close, given.length("period"))?],
        "vol_cluster" => {
            let features = Kept::from(cluster_features(prices, given)?);
            vec![vol_cluster(&features, given.length("window"), given.length("k"), given.flag("log"))]
        }
        _ => vec![true_range(high, low, close)],
    })
}

/// The outputs of an indicator over closes alone.
///
/// # Errors
/// OUT_OF_BOUNDS for a window that is too short, which checked parameters never are.
pub fn compute_from_closes(name: &str, close: &[f64], given: &Parameters) -> Result<Outputs, OmegaError> {
    Ok(match name {
        "sma" => vec![sma(close, given.length("period"))?],
        "ema" => vec![ema(close, given.length("period"))?],
        "rsi" => vec![rsi(close, given.length("period"))?],
        "roc" => vec![roc(close, given.length("period"))?],
        "bollinger" => bollinger(close, given.length("period"), given.number("std_factor"))?.into(),
        "macd" => {
            let periods = ["fast_period", "slow_period", "signal_period"].map(|name| given.length(name));
            macd(close, periods[0], periods[1], periods[2])?.into()
        }
        "zscore" => vec![zscore(close, &Kept::from(score_means(close, given)?), given.length("window"))?],
        "kalman_mean" => vec![kalman_mean(close, given.number("r"), given.number("q"))],
        "kalman_zscore" => {
            vec![kalman_zscore(close, given.length("window"), given.number("r"), given.number("q"))?]
        }
        "garch_volatility" => vec![garch_volatility(close, garch_terms(given))],
        _ => vec![kalman_garch_zscore(close, given.number("r"), given.number("q"), garch_terms(given))],
    })
}

/// What a z-score measures from (I-11).
fn score_means(close: &[f64], given: &Parameters) -> Result<Vec<f64>, OmegaError> {
    if given.text("mean") == "ema" {
        return ema(close, given.length("ema_period"));
    }
    sma(close, given.length("window"))
}

/// The volatility of each row that is clustered (Q-I16).
fn cluster_features(prices: &Prices<'_>, given: &Parameters) -> Result<Vec<f64>, OmegaError> {
    if given.text("feature") == "garch_forecast" {
        return Ok(garch_volatility(prices.close, garch_terms(given)));
    }
    let point = given.number("point");
    let ranges = atr(prices.high, prices.low, prices.close, given.length("period"))?;
    Ok(ranges.into_iter().map(|y| y / point).collect())
}

/// The parameters of GARCH (Q-I12).
#[must_use]
pub fn garch_terms(given: &Parameters) -> GarchTerms {
    GarchTerms {
        alpha: given.number("alpha"),
        beta: given.number("beta"),
        omega: given.optional("omega"),
        log_returns: given.flag("log_returns"),
        scale: given.number("scale"),
        min_periods: given.length("min_periods"),
        floor: given.number("floor"),
    }
}
