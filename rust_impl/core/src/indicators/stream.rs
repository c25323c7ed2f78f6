//! Every indicator bar by bar, by name: the bits of the series form (chapter I).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::indicators::atr::Atr;
use crate::indicators::bollinger::Bollinger;
use crate::indicators::choppiness::Choppiness;
use crate::indicators::dmi::Dmi;
use crate::indicators::ema::Ema;
use crate::indicators::garch_volatility::GarchVolatility;
use crate::indicators::kalman_garch_zscore::KalmanGarchZscore;
use crate::indicators::kalman_mean::KalmanMean;
use crate::indicators::kalman_zscore::KalmanZscore;
use crate::indicators::macd::Macd;
use crate::indicators::parameters::{Parameters, check_parameters, refuse};
use crate::indicators::roc::Roc;
use crate::indicators::rolling::RollingMean;
use crate::indicators::rsi::Rsi;
use crate::indicators::series::garch_terms;
use crate::indicators::true_range::TrueRange;
use crate::indicators::vol_cluster::VolCluster;
use crate::indicators::zscore::Zscore;
use crate::types::indicators::{Indicator, STEPWISE, find_indicator};

/// What steps from bar to bar.
#[derive(Clone, Debug)]
enum Kernel {
    Sma(RollingMean),
    Ema(Ema),
    Rsi(Rsi),
    Roc(Roc),
    KalmanMean(KalmanMean),
    KalmanZscore(KalmanZscore),
    GarchVolatility(GarchVolatility),
    KalmanGarchZscore(KalmanGarchZscore),
    Bollinger(Bollinger),
    Macd(Macd),
    TrueRange(TrueRange),
    Choppiness(Choppiness),
    Dmi(Dmi),
    Atr(Atr),
    Zscore(Zscore),
}

/// What a z-score measures from.
#[derive(Clone, Debug)]
enum Mean {
    Rolling(RollingMean),
    Ema(Ema),
}

/// One bar in, one value of each output out.
///
/// What needs a value of another indicator first (`atr`, `zscore`, `vol_cluster`) asks for it bar by bar too.
#[derive(Clone, Debug)]
pub struct Stream {
    range: TrueRange,
    mean: Option<Mean>,
    cluster: Option<VolCluster>,
    point: Option<f64>,
    kernel: Kernel,
}

impl Stream {
    /// The stream of an indicator over bars as they are.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window that is too short, which checked parameters never are.
    pub fn new(name: &str, given: &Parameters) -> Result<Self, OmegaError> {
        let cluster = (name == "vol_cluster")
            .then(|| VolCluster::new(given.length("window"), given.length("k"), given.flag("log")));
        Ok(Self {
            range: TrueRange::new(),
            mean: if name == "zscore" { Some(create_mean(given)?) } else { None },
            cluster,
            point: given.optional("point"),
            kernel: create_kernel(name, given)?,
        })
    }

    /// The outputs after a bar; a NaN acts as a missing one.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> Vec<f64> {
        let outputs = match &mut self.kernel {
            Kernel::Dmi(kernel) => kernel.step(high, low, close).to_vec(),
            Kernel::TrueRange(kernel) => vec![kernel.step(high, low, close)],
            Kernel::Choppiness(kernel) => vec![kernel.step(high, low, close)],
            Kernel::Atr(kernel) => vec![kernel.step(self.range.step(high, low, close))],
            Kernel::Zscore(kernel) => {
                let mean = match &mut self.mean {
                    None => f64::NAN,
                    Some(Mean::Rolling(mean)) => mean.step(close),
                    Some(Mean::Ema(mean)) => mean.step(close),
                };
                vec![kernel.step(close, mean)]
            }
            Kernel::Bollinger(kernel) => kernel.step(close).to_vec(),
            Kernel::Macd(kernel) => kernel.step(close).to_vec(),
            Kernel::Sma(kernel) => vec![kernel.step(close)],
            Kernel::Ema(kernel) => vec![kernel.step(close)],
            Kernel::Rsi(kernel) => vec![kernel.step(close)],
            Kernel::Roc(kernel) => vec![kernel.step(close)],
            Kernel::KalmanMean(kernel) => vec![kernel.step(close)],
            Kernel::KalmanZscore(kernel) => vec![kernel.step(close)],
            Kernel::GarchVolatility(kernel) => vec![kernel.step(close)],
            Kernel::KalmanGarchZscore(kernel) => vec![kernel.step(close)],
        };
        match &mut self.cluster {
            None => outputs,
            Some(cluster) => vec![cluster.step(self.point.map_or(outputs[0], |point| outputs[0] / point))],
        }
    }
}

/// The stream of an indicator by name, its parameters checked as those of its series (Q-I18).
///
/// # Errors
/// As `check_parameters`; INVALID_ARGUMENT for the name of a form that is not over bars as they are.
pub fn create_stream(name: &str, parameters: &[(String, Value)]) -> Result<Stream, OmegaError> {
    let is_other = |indicator: Indicator| indicator.is_local || indicator.declared.name.ends_with(STEPWISE);
    if find_indicator(name).is_some_and(is_other) {
        let found = Value::Text(name.to_owned());
        return Err(refuse(ErrorCode::InvalidArgument, "name", Some(&found), "an indicator over bars as they are"));
    }
    Stream::new(name, &check_parameters(name, "bid", parameters)?)
}

/// What a z-score measures from (I-11).
fn create_mean(given: &Parameters) -> Result<Mean, OmegaError> {
    if given.text("mean") == "ema" {
        return Ok(Mean::Ema(Ema::new(given.length("ema_period"))?));
    }
    Ok(Mean::Rolling(RollingMean::new(given.length("window"))?))
}

/// The kernel of an indicator; of a volatility cluster that of its feature.
fn create_kernel(name: &str, given: &Parameters) -> Result<Kernel, OmegaError> {
    let (window, r, q) = (given.length("window"), given.number("r"), given.number("q"));
    Ok(match name {
        "true_range" => Kernel::TrueRange(TrueRange::new()),
        "macd" => {
            let periods = ["fast_period", "slow_period", "signal_period"].map(|name| given.length(name));
            Kernel::Macd(Macd::new(periods[0], periods[1], periods[2])?)
        }
        "bollinger" => Kernel::Bollinger(Bollinger::new(given.length("period"), given.number("std_factor"))?),
        "zscore" => Kernel::Zscore(Zscore::new(window)?),
        "kalman_mean" => Kernel::KalmanMean(KalmanMean::new(r, q)),
        "kalman_zscore" => Kernel::KalmanZscore(KalmanZscore::new(window, r, q)?),
        "garch_volatility" => Kernel::GarchVolatility(GarchVolatility::new(garch_terms(given))),
        "kalman_garch_zscore" => Kernel::KalmanGarchZscore(KalmanGarchZscore::new(r, q, garch_terms(given))),
        "vol_cluster" if given.text("feature") == "garch_forecast" => {
            Kernel::GarchVolatility(GarchVolatility::new(garch_terms(given)))
        }
        _ => create_of_period(name, given.length("period"))?,
    })
}

/// The kernel of an indicator that takes a period alone.
fn create_of_period(name: &str, period: usize) -> Result<Kernel, OmegaError> {
    Ok(match name {
        "sma" => Kernel::Sma(RollingMean::new(period)?),
        "ema" => Kernel::Ema(Ema::new(period)?),
        "rsi" => Kernel::Rsi(Rsi::new(period)?),
        "roc" => Kernel::Roc(Roc::new(period)?),
        "dmi" => Kernel::Dmi(Dmi::new(period)?),
        "choppiness" => Kernel::Choppiness(Choppiness::new(period)?),
        _ => Kernel::Atr(Atr::new(period)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::series::{Prices, compute_series};
    use crate::test_support::sample_bars;

    fn requests() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
        let (int, float) = (Value::Int, Value::Float);
        let text = |text: &str| Value::Text(text.to_owned());
        let of_period = ["sma", "ema", "rsi", "roc", "dmi", "choppiness", "atr"];
        let mut requests: Vec<_> = of_period.into_iter().map(|name| (name, vec![("period", int(14))])).collect();
        let kalman = vec![("r", float(0.01)), ("q", float(0.5))];
        requests.extend([
            ("true_range", vec![]),
            ("bollinger", vec![("period", int(20)), ("std_factor", float(2.0))]),
            ("macd", vec![("fast_period", int(5)), ("slow_period", int(9)), ("signal_period", int(4))]),
            ("zscore", vec![("window", int(9)), ("mean", text("rolling"))]),
            ("zscore", vec![("window", int(9)), ("mean", text("ema")), ("ema_period", int(3))]),
            ("kalman_mean", kalman.clone()),
            ("kalman_zscore", [kalman.clone(), vec![("window", int(7))]].concat()),
            ("garch_volatility", vec![]),
            ("kalman_garch_zscore", kalman),
            ("vol_cluster", vec![("feature", text("garch_forecast")), ("window", int(40))]),
            (
                "vol_cluster",
                vec![("feature", text("atr_points")), ("window", int(40)), ("period", int(5)), ("point", float(1e-5))],
            ),
        ]);
        requests
    }

    #[test]
    fn bar_by_bar_the_bits_are_those_of_the_series() {
        let mut bars = sample_bars(300, 3).unwrap();
        (bars.bid_high[40], bars.bid_close[90], bars.bid_low[91]) = (f64::NAN, f64::NAN, f64::NAN);
        let prices =
            Prices { timestamp: &bars.timestamp, high: &bars.bid_high, low: &bars.bid_low, close: &bars.bid_close };
        for (name, parameters) in requests() {
            let parameters: Vec<_> = parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let given = check_parameters(name, "bid", &parameters).unwrap();
            let series = compute_series(name, &prices, &given).unwrap();
            let mut stream = Stream::new(name, &given).unwrap();
            for row in 0..300 {
                let found = stream.push(prices.high[row], prices.low[row], prices.close[row]);
                assert_eq!(found.len(), series.len());
                for (found, series) in found.iter().zip(&series) {
                    let is_same = found.to_bits() == series[row].to_bits() || (found.is_nan() && series[row].is_nan());
                    assert!(is_same, "{name}, row {row}: {found} {}", series[row]);
                }
            }
        }
    }
}
