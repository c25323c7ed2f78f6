//! Mean of a random walk seen through noise, by Kalman (I-10).

/// One row of [`kalman_mean`] after the other.
#[derive(Clone, Debug)]
pub struct KalmanMean {
    r: f64,
    q: f64,
    mean: f64,
    variance: f64,
}

impl KalmanMean {
    /// `r` is the measurement variance, `q` the process variance.
    #[must_use]
    pub fn new(r: f64, q: f64) -> Self {
        Self { r, q, mean: f64::NAN, variance: f64::NAN }
    }

    /// The mean after `z`; a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, z: f64) -> f64 {
        if self.mean.is_nan() {
            self.mean = z;
            self.variance = self.r;
        } else if !z.is_nan() {
            let predicted = self.variance + self.q;
            let gain = predicted / (predicted + self.r);
            self.mean = self.mean + (gain * (z - self.mean));
            self.variance = (1.0 - gain) * predicted;
        }
        self.mean
    }
}

/// Kalman mean of each value, NaN before the first.
#[must_use]
pub fn kalman_mean(values: &[f64], r: f64, q: f64) -> Vec<f64> {
    let mut kernel = KalmanMean::new(r, q);
    values.iter().map(|&z| kernel.step(z)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_weighs_process_against_measurement() {
        // Q-I10: R = 1, Q = 2: P⁻ = 3, K = 3/4, P = 3/4; then P⁻ = 11/4, K = 11/15.
        let values = kalman_mean(&[f64::NAN, 4.0, 8.0, f64::NAN, 7.0], 1.0, 2.0);
        assert!(values[0].is_nan());
        assert_eq!(values[1..4], [4.0, 7.0, 7.0]);
        assert_eq!(values[4], 7.0);
        assert_ne!(kalman_mean(&[4.0, 8.0], 2.0, 1.0)[1], 7.0);
    }
}
