//! Z-score of the distance to the Kalman mean (I-11).

use crate::error::OmegaError;
use crate::indicators::kalman_mean::{KalmanMean, kalman_mean};
use crate::indicators::zscore::{Zscore, zscore};

/// One row of [`kalman_zscore`] after the other.
#[derive(Clone, Debug)]
pub struct KalmanZscore {
    mean: KalmanMean,
    score: Zscore,
}

impl KalmanZscore {
    /// Starts without a value.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 2.
    pub fn new(window: usize, r: f64, q: f64) -> Result<Self, OmegaError> {
        Ok(Self { mean: KalmanMean::new(r, q), score: Zscore::new(window)? })
    }

    /// The score of `x` around the Kalman mean.
    pub fn step(&mut self, x: f64) -> f64 {
        self.score.step(x, self.mean.step(x))
    }
}

/// z-score of each value around its Kalman mean.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 2.
pub fn kalman_zscore(values: &[f64], window: usize, r: f64, q: f64) -> Result<Vec<f64>, OmegaError> {
    zscore(values, &kalman_mean(values, r, q), window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_that_to_the_kalman_mean() {
        // Q-I11: means 4, 7: distances 0, 1, whose deviation is √½.
        let values = kalman_zscore(&[4.0, 8.0], 2, 1.0, 2.0).unwrap();
        assert!(values[0].is_nan());
        assert_eq!(values[1], 1.0 / 0.5_f64.sqrt());
        assert!(kalman_zscore(&[], 1, 1.0, 1.0).is_err());
    }
}
