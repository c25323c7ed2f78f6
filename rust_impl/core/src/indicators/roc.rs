//! Rate of change (I-5).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::windows::check_window;
use crate::numbers::ratio;

/// One row of [`roc`] after the other.
#[derive(Clone, Debug)]
pub struct Roc {
    period: usize,
    kept: Vec<f64>,
    row: usize,
}

impl Roc {
    /// Nothing is reserved before values come.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        Ok(Self { period, kept: Vec::new(), row: 0 })
    }

    /// The change in per cent from `period` rows before `x`.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        if self.kept.len() < self.period {
            self.kept.push(x);
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.kept[self.row], x);
        self.row += 1;
        if self.row == self.period {
            self.row = 0;
        }
        rate_of_change(x, before)
    }
}

/// The change from `before` to `x` in per cent (Q-I5).
#[inline]
fn rate_of_change(x: f64, before: f64) -> f64 {
    ratio(x - before, before) * 100.0
}

/// Rate of change over `period` rows in per cent, NaN before row `period`.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn roc(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    check_window(period, 1)?;
    let mut changes = room(values.len());
    let newer = values.get(period..).unwrap_or_default();
    changes.resize(values.len() - newer.len(), f64::NAN);
    changes.extend(newer.iter().zip(values).map(|(&x, &before)| rate_of_change(x, before)));
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_a_share_of_the_older_value() {
        // Q-I5.
        let values = roc(&[2.0, 4.0, 3.0, 0.0, 1.0], 2).unwrap();
        assert!(values[0].is_nan() && values[1].is_nan());
        assert_eq!(values[2..], [50.0, -100.0, ((1.0 - 3.0) / 3.0) * 100.0]);
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        assert!(roc(&[0.0, 1.0], 1).unwrap()[1].is_nan());
        assert!(roc(&[1.0], 0).is_err());
        assert!(roc(&[1.0], usize::MAX).unwrap()[0].is_nan());
    }
}
