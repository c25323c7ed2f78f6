//! Exponential moving average (I-2, Q-I2).

use crate::error::OmegaError;
use crate::indicators::check_length;

/// The recursion: y = (((1.0 − a) · y) + (a · x)), starting at the first value.
#[derive(Clone, Debug)]
pub struct Ema {
    weight: f64,
    rest: f64,
    value: f64,
}

impl Ema {
    /// a = (2.0 / (period + 1.0)).
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_length("period", period, 1, "I-2")?;
        let weight = 2.0 / (period as f64 + 1.0);
        Ok(Self { weight, rest: 1.0 - weight, value: f64::NAN })
    }

    /// The average after `x`; a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        if self.value.is_nan() {
            self.value = x;
        } else if !x.is_nan() && x != self.value {
            self.value = (self.rest * self.value) + (self.weight * x);
        }
        self.value
    }
}

/// Exponential average with a = 2/(period + 1).
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn ema(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Ema::new(period)?;
    Ok(values.iter().map(|&x| kernel.step(x)).collect())
}
