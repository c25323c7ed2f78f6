//! Choppiness index (I-9).

use crate::error::OmegaError;
use crate::indicators::rolling::{RollingMaximum, RollingSum};
use crate::indicators::true_range::TrueRange;
use crate::indicators::windows::check_window;
use crate::numbers::ratio;
use crate::transcendental::log10;

/// One row of [`choppiness`] after the other.
#[derive(Clone, Debug)]
pub struct Choppiness {
    range: TrueRange,
    ranges: RollingSum,
    highs: RollingMaximum,
    depths: RollingMaximum,
    scale: f64,
}

impl Choppiness {
    /// Windows without a row.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 2.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 2)?;
        Ok(Self {
            range: TrueRange::default(),
            ranges: RollingSum::new(period)?,
            highs: RollingMaximum::new(period)?,
            depths: RollingMaximum::new(period)?,
            scale: log10(period as f64),
        })
    }

    /// The index after a bar, NaN where the window is not full or misses a value.
    pub fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let total = self.ranges.step(self.range.step(high, low, close));
        let highest = self.highs.step(high);
        let lowest = -self.depths.step(-low);
        (100.0 * log10(ratio(total, highest - lowest))) / self.scale
    }
}

/// Choppiness of each bar, NaN before row `period` − 1; the columns have one length.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 2.
pub fn choppiness(high: &[f64], low: &[f64], close: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Choppiness::new(period)?;
    let bars = high.iter().zip(low).zip(close);
    Ok(bars.map(|((&high, &low), &close)| kernel.step(high, low, close)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_go_nowhere_are_a_hundred() {
        // Q-I9: ranges 1, 1 in a range of 1: log10(2) / log10(2); then 1 and 9 in a range of 10.
        let values = choppiness(&[2.0, 2.0, 11.0], &[1.0, 1.0, 10.0], &[1.5, 2.0, 10.5], 2).unwrap();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [100.0, 0.0]);
    }

    #[test]
    fn without_a_range_there_is_no_index() {
        assert!(choppiness(&[1.0; 4], &[1.0; 4], &[1.0; 4], 2).unwrap().iter().all(|value| value.is_nan()));
        assert!(choppiness(&[], &[], &[], 1).is_err());
    }
}
