//! Relative strength index (I-3).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::smoothing::{Smoothing, moves};
use crate::indicators::windows::check_window;

/// One row of [`rsi`] after the other.
#[derive(Clone, Debug)]
pub struct Rsi {
    gains: Smoothing,
    losses: Smoothing,
    before: f64,
}

/// Rows whose averages are gathered before their indices are computed side by side.
const ROWS: usize = 256;

impl Rsi {
    /// a = (1.0 / period).
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        let weight = 1.0 / period as f64;
        let (gains, losses) = (Smoothing::new(weight), Smoothing::new(weight));
        Ok(Self { gains, losses, before: f64::NAN })
    }

    /// The index after `x`; a change from or to a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        let (gain, loss) = self.averages(x);
        relative_strength(gain, loss)
    }

    /// The averages of gains and losses after `x`, NaN before the first change.
    #[inline]
    fn averages(&mut self, x: f64) -> (f64, f64) {
        let change = x - self.before;
        self.before = x;
        if !change.is_nan() {
            self.gains.step(if change > 0.0 { change } else { 0.0 });
            self.losses.step(if change < 0.0 { -change } else { 0.0 });
        }
        (self.gains.value(), self.losses.value())
    }

    /// [`Self::averages`] after each of `values`; a function of its own, in which they stay in registers.
    #[inline(never)]
    fn advance(&mut self, values: &[f64], gains: &mut [f64], losses: &mut [f64]) {
        let (mut gain, mut loss, mut before) = (self.gains.value(), self.losses.value(), self.before);
        for ((&x, gains), losses) in values.iter().zip(gains.iter_mut()).zip(losses.iter_mut()) {
            let change = x - before;
            before = x;
            let (up, down) = (if change > 0.0 { change } else { 0.0 }, if change < 0.0 { -change } else { 0.0 });
            if !change.is_nan() & moves(gain, up) & moves(loss, down) {
                (gain, loss) = (self.gains.moved(gain, up), self.losses.moved(loss, down));
            } else if !change.is_nan() {
                gain = if moves(gain, up) { self.gains.moved(gain, up) } else { gain };
                loss = if moves(loss, down) { self.losses.moved(loss, down) } else { loss };
            }
            (*gains, *losses) = (gain, loss);
        }
        if gain.is_nan() || loss.is_nan() {
            // They begin in these rows, or are lost (0 · ∞), which each row has to look for.
            for ((&x, gain), loss) in values.iter().zip(gains).zip(losses) {
                (*gain, *loss) = self.averages(x);
            }
        } else {
            *self = Self { gains: self.gains.with_value(gain), losses: self.losses.with_value(loss), before };
        }
    }
}

/// The index of two averages: 100 without a loss, NaN without either (Q-I3).
#[inline]
fn relative_strength(gain: f64, loss: f64) -> f64 {
    let index = 100.0 - (100.0 / (1.0 + (gain / loss)));
    let lossless = if gain > 0.0 { 100.0 } else { f64::NAN };
    if loss == 0.0 { lossless } else { index }
}

/// Relative strength of each value, 0 … 100, NaN in row 0.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn rsi(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Rsi::new(period)?;
    let mut indices = room(values.len());
    let (mut gains, mut losses) = ([0.0; ROWS], [0.0; ROWS]);
    for values in values.chunks(ROWS) {
        let (gains, losses) = (&mut gains[..values.len()], &mut losses[..values.len()]);
        kernel.advance(values, gains, losses);
        indices.extend(gains.iter().zip(losses.iter()).map(|(&gain, &loss)| relative_strength(gain, loss)));
    }
    Ok(indices)
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
