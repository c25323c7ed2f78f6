//! Exponential moving average (I-2, Q-I2).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::smoothing::Smoothing;
use crate::indicators::windows::check_window;

/// One row of [`ema`] after the other.
#[derive(Clone, Debug)]
pub struct Ema {
    pub(super) smoothing: Smoothing,
}

impl Ema {
    /// a = (2.0 / (period + 1.0)).
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        Ok(Self { smoothing: Smoothing::new(2.0 / (period as f64 + 1.0)) })
    }

    /// The average after `x`; a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        self.smoothing.step(x)
    }
}

/// Exponential average with a = 2/(period + 1).
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn ema(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Ema::new(period)?;
    let mut averages = room(values.len());
    averages.extend(values.iter().map(|&x| kernel.step(x)));
    Ok(averages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_starts_at_the_first_value() {
        // Q-I2 with period 3, a = 0.5.
        assert_eq!(ema(&[1.0, 2.0, 4.0], 3).unwrap(), [1.0, 1.5, 2.75]);
    }

    #[test]
    fn missing_rows_repeat_the_last_value() {
        let values = ema(&[f64::NAN, 1.0, f64::NAN, 2.0], 3).unwrap();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [1.0, 1.0, 1.5]);
    }

    #[test]
    fn a_constant_does_not_drift() {
        assert!(ema(&[1.1; 10_000], 7).unwrap().iter().all(|&value| value == 1.1));
    }

    #[test]
    fn a_period_under_one_is_refused() {
        assert!(ema(&[1.0], 0).is_err());
    }
}
