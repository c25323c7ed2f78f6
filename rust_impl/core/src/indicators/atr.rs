//! Average true range by Wilder (I-6, Q-I6).

use crate::error::OmegaError;
use crate::indicators::true_range::true_range;
use crate::indicators::windows::check_window;

/// Mean of the first n true ranges, then Wilder's recursion.
#[derive(Clone, Debug)]
pub struct Atr {
    period: f64,
    seen: f64,
    sum: f64,
    value: f64,
}

impl Atr {
    /// Starts without a value.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        Ok(Self { period: period as f64, seen: 0.0, sum: 0.0, value: f64::NAN })
    }

    /// The average after this true range; a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, true_range: f64) -> f64 {
        if true_range.is_nan() {
            return self.value;
        }
        if self.seen < self.period {
            self.sum += true_range;
            self.seen += 1.0;
            if self.seen == self.period {
                self.value = self.sum / self.period;
            }
        } else {
            self.value = ((self.value * (self.period - 1.0)) + true_range) / self.period;
        }
        self.value
    }
}

/// ATR of each bar, NaN before the n-th true range; the columns have one length.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
#[inline(never)] // inside of another function its averages are kept in memory, not in registers
pub fn atr(high: &[f64], low: &[f64], close: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = Atr::new(period)?;
    let mut ranges = true_range(high, low, close);
    ranges.iter_mut().for_each(|range| *range = kernel.step(*range));
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilders_average_starts_with_a_mean() {
        // Q-I6: true ranges 1, 2, 3, 6 with period 2: (1+2)/2, (1.5+3)/2, (2.25+6)/2.
        let values = atr(&[1.0, 2.0, 3.0, 6.0], &[0.0; 4], &[0.0; 4], 2).unwrap();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [1.5, 2.25, 4.125]);
    }

    #[test]
    fn missing_ranges_do_not_count() {
        let nan = f64::NAN;
        let values = atr(&[1.0, nan, 3.0, nan], &[0.0; 4], &[0.0; 4], 2).unwrap();
        assert!(values[0].is_nan() && values[1].is_nan());
        assert_eq!(values[2..], [2.0, 2.0]);
        assert!(atr(&[], &[], &[], 0).is_err());
    }
}
