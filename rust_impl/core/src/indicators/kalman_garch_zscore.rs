//! Distance to the Kalman mean in GARCH volatilities (I-13).

use crate::indicators::garch_volatility::{GarchTerms, GarchVolatility};
use crate::indicators::kalman_mean::KalmanMean;
use crate::numbers::ratio;

/// One row of [`kalman_garch_zscore`] after the other.
#[derive(Clone, Debug)]
pub struct KalmanGarchZscore {
    mean: KalmanMean,
    volatility: GarchVolatility,
}

impl KalmanGarchZscore {
    /// Starts without a value.
    #[must_use]
    pub fn new(r: f64, q: f64, terms: GarchTerms) -> Self {
        Self { mean: KalmanMean::new(r, q), volatility: GarchVolatility::new(terms) }
    }

    /// The score of `x`, NaN where it is missing.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        let mean = self.mean.step(x);
        let volatility = self.volatility.step(x);
        ratio(x - mean, x.abs() * volatility)
    }
}

/// (value − Kalman mean) / (|value| · volatility) of each value.
#[must_use]
pub fn kalman_garch_zscore(values: &[f64], r: f64, q: f64, terms: GarchTerms) -> Vec<f64> {
    let mut kernel = KalmanGarchZscore::new(r, q, terms);
    values.iter().map(|&x| kernel.step(x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_a_share_of_the_price() {
        // Q-I13: mean 7 at 8 (Q-I10), volatility 0.5 by its floor.
        let terms = GarchTerms {
            alpha: 0.0,
            beta: 0.0,
            omega: None,
            log_returns: true,
            scale: 4.0,
            min_periods: 0,
            floor: 2.0,
        };
        let values = kalman_garch_zscore(&[4.0, 8.0, f64::NAN], 1.0, 2.0, terms);
        assert!(values[0].is_nan() && values[2].is_nan());
        assert_eq!(values[1], (8.0 - 7.0) / (8.0 * 0.5));
    }
}
