//! One row of a moving window after the other: sums, deviations and extremes, as `windows` has them (N-7).
//!
//! A block of the window's length is gathered; when it is whole, its suffixes take the place of those of the block
//! before.

use crate::error::OmegaError;
use crate::indicators::windows::{check_window, suffix_sums, welford};

/// One row of `window_sum` after the other.
#[derive(Clone, Debug)]
pub struct RollingSum {
    window: usize,
    block: Vec<f64>,
    older: Vec<f64>,
    prefix: f64,
}

impl RollingSum {
    /// Nothing is reserved before values come.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 1.
    pub fn new(window: usize) -> Result<Self, OmegaError> {
        check_window(window, 1)?;
        Ok(Self { window, block: Vec::new(), older: Vec::new(), prefix: 0.0 })
    }

    /// The sum of the last `window` values, NaN where they are fewer.
    pub fn step(&mut self, x: f64) -> f64 {
        self.prefix = if self.block.is_empty() { x } else { self.prefix + x };
        self.block.push(x);
        let rows = self.block.len();
        if rows == self.window {
            self.older.resize(rows, f64::NAN);
            suffix_sums(&self.block, &mut self.older);
            self.block.clear();
            return self.prefix;
        }
        self.older.get(rows).map_or(f64::NAN, |older| older + self.prefix)
    }
}

/// One row of `window_mean` after the other.
#[derive(Clone, Debug)]
pub struct RollingMean {
    sum: RollingSum,
    window: f64,
}

impl RollingMean {
    /// Nothing is reserved before values come.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 1.
    pub fn new(window: usize) -> Result<Self, OmegaError> {
        Ok(Self { sum: RollingSum::new(window)?, window: window as f64 })
    }

    /// The mean of the last `window` values, NaN where they are fewer.
    pub fn step(&mut self, x: f64) -> f64 {
        self.sum.step(x) / self.window
    }
}

/// One row of `window_std` after the other.
#[derive(Clone, Debug)]
pub struct RollingDeviation {
    window: usize,
    block: Vec<f64>,
    /// Mean and M2 of the last rows of the block before: those of its last i + 1 at i.
    older: Vec<(f64, f64)>,
    last: f64,
    mean: f64,
    m2: f64,
}

impl RollingDeviation {
    /// Nothing is reserved before values come.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 2.
    pub fn new(window: usize) -> Result<Self, OmegaError> {
        check_window(window, 2)?;
        Ok(Self { window, block: Vec::new(), older: Vec::new(), last: f64::NAN, mean: 0.0, m2: 0.0 })
    }

    /// The sample deviation of the last `window` values, NaN where they are fewer.
    pub fn step(&mut self, x: f64) -> f64 {
        if self.block.is_empty() {
            (self.mean, self.m2) = (0.0, 0.0);
        }
        self.block.push(x);
        let rows = self.block.len();
        let first = self.block[0];
        (self.mean, self.m2) = welford(self.mean, self.m2, x - first, 1.0 / rows as f64);
        if rows == self.window {
            return self.close_block();
        }
        let older = self.window - rows;
        let Some(&(older_mean, older_m2)) = self.older.get(older - 1) else { return f64::NAN };
        let delta = (self.mean - older_mean) + (first - self.last);
        let weight = (older as f64 * rows as f64) / self.window as f64;
        let m2 = (older_m2 + self.m2) + ((delta * delta) * weight);
        (m2 / (self.window - 1) as f64).sqrt()
    }

    fn close_block(&mut self) -> f64 {
        self.last = self.block[self.window - 1];
        self.older.clear();
        let mut moments = (0.0, 0.0);
        for (row, &x) in self.block.iter().rev().enumerate() {
            moments = welford(moments.0, moments.1, x - self.last, 1.0 / (row + 1) as f64);
            self.older.push(moments);
        }
        self.block.clear();
        (self.m2 / (self.window - 1) as f64).sqrt()
    }
}

/// The largest of the last `window` values, NaN where one of them is.
#[derive(Clone, Debug)]
pub struct RollingMaximum {
    window: usize,
    block: Vec<f64>,
    older: Vec<f64>,
    prefix: f64,
}

impl RollingMaximum {
    /// Nothing is reserved before values come.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 1.
    pub fn new(window: usize) -> Result<Self, OmegaError> {
        check_window(window, 1)?;
        Ok(Self { window, block: Vec::new(), older: Vec::new(), prefix: f64::NAN })
    }

    /// The largest of the last `window` values, NaN where they are fewer.
    pub fn step(&mut self, x: f64) -> f64 {
        self.prefix = if self.block.is_empty() { x } else { larger(self.prefix, x) };
        self.block.push(x);
        let rows = self.block.len();
        if rows == self.window {
            self.older = suffix_maxima(&self.block);
            self.block.clear();
            return self.prefix;
        }
        self.older.get(rows).map_or(f64::NAN, |&older| larger(older, self.prefix))
    }
}

/// The largest value from each row to the end of a block.
fn suffix_maxima(block: &[f64]) -> Vec<f64> {
    let mut suffixes = block.to_vec();
    for row in (1..block.len()).rev() {
        suffixes[row - 1] = larger(suffixes[row], suffixes[row - 1]);
    }
    suffixes
}

/// The larger of two numbers, NaN where one of them is.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::windows::{window_mean, window_std};

    fn noisy(rows: u64) -> Vec<f64> {
        let price = |row: u64| 1.1 + crate::rng::unit(row.wrapping_mul(0x9E37_79B9_7F4A_7C15)) * 1e-4;
        (0..rows).map(|row| if row == 61 || row == 140 { f64::NAN } else { price(row) }).collect()
    }

    fn assert_same(left: &[f64], right: &[f64], about: &str) {
        assert_eq!(left.len(), right.len());
        for (row, (left, right)) in left.iter().zip(right).enumerate() {
            let is_same = left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan());
            assert!(is_same, "{about}, row {row}: {left} {right}");
        }
    }

    #[test]
    fn row_by_row_the_bits_are_those_of_the_series() {
        // N-7.
        let values = noisy(250);
        for window in [1, 2, 3, 7, 100, 250, 251] {
            let mut kernel = RollingMean::new(window).unwrap();
            let means: Vec<f64> = values.iter().map(|&x| kernel.step(x)).collect();
            assert_same(&means, &window_mean(&values, window).unwrap(), "mean");
            if window > 1 {
                let mut kernel = RollingDeviation::new(window).unwrap();
                let deviations: Vec<f64> = values.iter().map(|&x| kernel.step(x)).collect();
                assert_same(&deviations, &window_std(&values, window, |_, _| {}).unwrap(), "deviation");
            }
        }
    }

    #[test]
    fn the_maximum_is_that_of_every_window() {
        let values = noisy(250);
        for window in [1, 2, 3, 7, 100] {
            let mut kernel = RollingMaximum::new(window).unwrap();
            for row in 0..values.len() {
                let found = kernel.step(values[row]);
                let is_missing = row + 1 < window || values[row + 1 - window..=row].iter().any(|x| x.is_nan());
                assert_eq!(found.is_nan(), is_missing);
                if !is_missing {
                    assert!(values[row + 1 - window..=row].contains(&found));
                    assert!(values[row + 1 - window..=row].iter().all(|&x| x <= found));
                }
            }
        }
        assert!(RollingMaximum::new(0).is_err() && RollingSum::new(0).is_err() && RollingDeviation::new(1).is_err());
    }
}
