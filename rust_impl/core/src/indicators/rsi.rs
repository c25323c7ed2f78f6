//! Relative strength index (I-3).

use crate::error::OmegaError;
use crate::indicators::smoothing::Smoothing;
use crate::indicators::windows::check_window;

/// One row of [`rsi`] after the other.
#[derive(Clone, Debug)]
pub struct Rsi {
    gains: Smoothing,
    losses: Smoothing,
    before: f64,
    value: f64,
}

impl Rsi {
    /// a = (1.0 / period).
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        let weight = 1.0 / period as f64;
        let (gains, losses) = (Smoothing::new(weight), Smoothing::new(weight));
        Ok(Self { gains, losses, before: f64::NAN, value: f64::NAN })
    }

    /// The index after `x`; a change from or to a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        let change = x - self.before;
        self.before = x;
        if !change.is_nan() {
            let gain = self.gains.step(if change > 0.0 { change } else { 0.0 });
            let loss = self.losses.step(if change < 0.0 { -change } else { 0.0 });
            self.value = relative_strength(gain, loss);
        }
        self.value
    }
}

/// The index of two averages: 100 without a loss, NaN without either (Q-I3).
fn relative_strength(gain: f64, loss: f64) -> f64 {
    if loss == 0.0 {
        return if gain > 0.0 { 100.0 } else { f64::NAN };
    }
    100.0 - (100.0 / (1.0 + (gain / loss)))
}

/// Relative strength of each value, 0 … 100, NaN in row 0.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn rsi(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Rsi::new(period)?;
    Ok(values.iter().map(|&x| kernel.step(x)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_and_losses_are_smoothed_from_row_one() {
        // Q-I3, a = 0.5: gains 2, 1, 0.5; losses 0, 0.5, 0.25; then 100 − 100/(1 + 2).
        let values = rsi(&[1.0, 3.0, 2.0, 2.0], 2).unwrap();
        assert!(values[0].is_nan());
        assert_eq!(values[1], 100.0);
        assert_eq!(values[2..], [100.0 - 100.0 / 3.0; 2]);
    }

    #[test]
    fn without_movement_there_is_no_strength() {
        assert!(rsi(&[1.0; 5], 3).unwrap().iter().all(|value| value.is_nan()));
        assert!(rsi(&[1.0], 0).is_err());
    }

    #[test]
    fn a_missing_row_takes_two_changes_away() {
        let values = rsi(&[1.0, 3.0, f64::NAN, 9.0, 8.0], 2).unwrap();
        assert_eq!(values[1..4], [100.0; 3]);
        assert_eq!(values[4], 100.0 - 100.0 / 3.0);
    }
}
