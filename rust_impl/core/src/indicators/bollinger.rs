//! Bollinger bands (I-8, Q-I8).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::rolling::{RollingDeviation, RollingMean};
use crate::indicators::sma::sma;
use crate::indicators::windows::{check_window, window_std};

/// Upper, mid and lower band.
pub type Bands = [Vec<f64>; 3];

/// One row of [`bollinger`] after the other.
#[derive(Clone, Debug)]
pub struct Bollinger {
    mean: RollingMean,
    deviation: RollingDeviation,
    std_factor: f64,
}

impl Bollinger {
    /// Windows without a row.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 2.
    pub fn new(period: usize, std_factor: f64) -> Result<Self, OmegaError> {
        Ok(Self { mean: RollingMean::new(period)?, deviation: RollingDeviation::new(period)?, std_factor })
    }

    /// Upper, mid and lower band after `x`.
    pub fn step(&mut self, x: f64) -> [f64; 3] {
        let mid = self.mean.step(x);
        let band = self.std_factor * self.deviation.step(x);
        [mid + band, mid, mid - band]
    }
}

/// mid ± `std_factor` sample deviations over `period` values.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 2.
pub fn bollinger(values: &[f64], period: usize, std_factor: f64) -> Result<Bands, OmegaError> {
    check_window(period, 2)?;
    let mid = sma(values, period)?;
    let mut upper = room(values.len());
    let lower = window_std(values, period, |stds, row| {
        let mid = &mid[row..][..stds.len()];
        upper.extend(stds.iter().zip(mid).map(|(&std, &mid)| {
            let band = std_factor * std;
            mid + band
        }));
        for (lower, &mid) in stds.iter_mut().zip(mid) {
            let band = std_factor * *lower;
            *lower = mid - band;
        }
    })?;
    Ok([upper, mid, lower])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_lie_deviations_away_from_the_mean() {
        // Q-I8: 1, 2, 3 has mean 2 and sample deviation 1.
        let [upper, mid, lower] = bollinger(&[1.0, 2.0, 3.0], 3, 2.0).unwrap();
        assert_eq!((upper[2], mid[2], lower[2]), (4.0, 2.0, 0.0));
        assert!(upper[1].is_nan() && lower[1].is_nan());
        assert!(bollinger(&[1.0], 1, 2.0).is_err());
    }
}
