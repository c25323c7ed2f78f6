//! Drift-free sums and deviations over a window (N-7, Q-N7).
//!
//! Rows are cut into blocks of the window's length, from row 0. A window is the end of one block (a suffix) and the
//! beginning of the next (a prefix).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::indicators::memory::room;

/// −0.0 plus any number is that number, the sign of a zero included: the sum of nothing.
const NOTHING: f64 = -0.0;

/// Sum over the last `window` values (N-7), NaN before row `window` − 1; `finish` is given each block of sums.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 1.
pub fn window_sum(values: &[f64], window: usize, finish: impl Fn(&mut [f64])) -> Result<Vec<f64>, OmegaError> {
    check_window(window, 1)?;
    if values.len() < window {
        return Ok(vec![f64::NAN; values.len()]);
    }
    // What row r of a block adds its prefix to: the suffix of the block before from r + 1 on, at the last row nothing.
    let mut older = vec![f64::NAN; window];
    older[window - 1] = NOTHING;
    let mut sums = room(values.len());
    for block in values.chunks(window) {
        let begin = sums.len();
        sums.extend_from_slice(&older[..block.len()]);
        let sums = &mut sums[begin..];
        sum_block(block, sums, &mut older[..block.len()]);
        finish(sums);
    }
    Ok(sums)
}

/// Adds the prefixes of a block to `sums` from the left, and has its suffixes from the right, each without its own row,
/// in `older`: in one loop, as neither waits for the other.
#[inline]
fn sum_block(block: &[f64], sums: &mut [f64], older: &mut [f64]) {
    let length = block.len();
    let (sums, older) = (&mut sums[..length], &mut older[..length]);
    let (mut prefix, mut suffix) = (NOTHING, NOTHING);
    for row in 0..length {
        prefix += block[row];
        sums[row] += prefix;
        let mirrored = length - 1 - row;
        older[mirrored] = suffix;
        suffix += block[mirrored];
    }
}

/// Sums from each row to the end of its block; a block that is shorter than `suffixes` is the last one.
pub(super) fn suffix_sums(block: &[f64], suffixes: &mut [f64]) {
    let mut suffix = 0.0;
    for (row, &x) in block.iter().enumerate().rev() {
        suffix = if row + 1 == block.len() { x } else { x + suffix };
        suffixes[row] = suffix;
    }
}

/// Mean over the last `window` values (N-7), NaN before row `window` − 1.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 1.
pub fn window_mean(values: &[f64], window: usize) -> Result<Vec<f64>, OmegaError> {
    let rows = window as f64;
    window_sum(values, window, |sums| sums.iter_mut().for_each(|sum| *sum /= rows))
}

/// Sample standard deviation over the last `window` values (N-7), NaN before row `window` − 1; `finish` is given each
/// block of deviations and the row of its first.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 2.
pub fn window_std(
    values: &[f64],
    window: usize,
    mut finish: impl FnMut(&mut [f64], usize),
) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = WindowDeviation::new(window, values.len())?;
    let mut stds = room(values.len());
    for block in values.chunks(kernel.block_length()) {
        let begin = stds.len();
        stds.resize(begin + block.len(), f64::NAN);
        kernel.advance(block, &mut stds[begin..]);
        finish(&mut stds[begin..], begin);
    }
    Ok(stds)
}

/// Rolling sample standard deviation, block by block.
#[derive(Clone, Debug)]
pub struct WindowDeviation {
    window: usize,
    block_length: usize,
    /// 1/k of Welford's step k at index k − 1.
    reciprocals: Vec<f64>,
    /// n_a·n_b/w by row of the newer block.
    weights: Vec<f64>,
    /// Mean and M2 of the suffixes of the block before, shifted: the suffix that row r of a block needs is at r.
    suffix: Moments,
    next_suffix: Moments,
    prefix: Moments,
    /// Last value of the block before: what its suffixes are measured from.
    suffix_origin: f64,
}

/// Means, less the run's first value, and M2 after each step. Distances from the first value keep the digits that a
/// small deviation around a large price would lose.
#[derive(Clone, Debug)]
struct Moments {
    mean: Vec<f64>,
    m2: Vec<f64>,
}

impl Moments {
    fn missing(rows: usize) -> Self {
        Self { mean: vec![f64::NAN; rows], m2: vec![f64::NAN; rows] }
    }
}

/// One Welford step: mean and M2 after another value.
#[inline(always)]
pub(super) fn welford(mean: f64, m2: f64, y: f64, reciprocal: f64) -> (f64, f64) {
    let d = y - mean;
    let mean = mean + (d * reciprocal);
    (mean, m2 + (d * (y - mean)))
}

impl WindowDeviation {
    /// Window of at least 2 for a series of `rows`.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS.
    pub fn new(window: usize, rows: usize) -> Result<Self, OmegaError> {
        check_window(window, 2)?;
        let block_length = block_length(window, rows);
        let w = window as f64;
        Ok(Self {
            window,
            block_length,
            reciprocals: (1..=block_length).map(|k| 1.0 / k as f64).collect(),
            weights: (1..=block_length).map(|newer| ((window - newer) as f64 * newer as f64) / w).collect(),
            suffix: Moments::missing(block_length),
            next_suffix: Moments::missing(block_length),
            prefix: Moments::missing(block_length),
            suffix_origin: f64::NAN,
        })
    }

    /// Rows that [`Self::advance`] takes at a time.
    #[must_use]
    pub fn block_length(&self) -> usize {
        self.block_length
    }

    /// Deviations of the next block; only the last one may be shorter than [`Self::block_length`].
    pub fn advance(&mut self, block: &[f64], out: &mut [f64]) {
        let length = block.len();
        let Some((&first, &last)) = block.first().zip(block.last()) else { return };
        if length == self.block_length {
            self.accumulate_both(block);
        } else {
            self.accumulate_prefix(block);
        }
        let shift = first - self.suffix_origin;
        let degrees = (self.window - 1) as f64;
        let (suffix_mean, suffix_m2) = (&self.suffix.mean[..length], &self.suffix.m2[..length]);
        let (prefix_mean, prefix_m2) = (&self.prefix.mean[..length], &self.prefix.m2[..length]);
        let (weights, out) = (&self.weights[..length], &mut out[..length]);
        for row in 0..length {
            let delta = (prefix_mean[row] - suffix_mean[row]) + shift;
            let m2 = (suffix_m2[row] + prefix_m2[row]) + ((delta * delta) * weights[row]);
            out[row] = (m2 / degrees).sqrt();
        }
        if length == self.window {
            out[length - 1] = (prefix_m2[length - 1] / degrees).sqrt();
        }
        std::mem::swap(&mut self.suffix, &mut self.next_suffix);
        self.suffix_origin = last;
    }

    /// Prefixes from the left and suffixes from the right in one loop: neither waits for the other.
    fn accumulate_both(&mut self, block: &[f64]) {
        let length = self.block_length;
        let block = &block[..length];
        let reciprocals = &self.reciprocals[..length];
        let (prefix_mean, prefix_m2) = (&mut self.prefix.mean[..length], &mut self.prefix.m2[..length]);
        let (suffix_mean, suffix_m2) = (&mut self.next_suffix.mean[..length], &mut self.next_suffix.m2[..length]);
        let (first, last) = (block[0], block[length - 1]);
        let (mut prefix, mut suffix) = ((0.0, 0.0), (0.0, 0.0));
        for row in 0..length {
            prefix = welford(prefix.0, prefix.1, block[row] - first, reciprocals[row]);
            (prefix_mean[row], prefix_m2[row]) = prefix;
            let mirrored = length - 1 - row;
            // The suffix from `mirrored` on is what row `mirrored` − 1 of the next block needs; that of row 0 no one.
            suffix = welford(suffix.0, suffix.1, block[mirrored] - last, reciprocals[row]);
            if mirrored > 0 {
                (suffix_mean[mirrored - 1], suffix_m2[mirrored - 1]) = suffix;
            }
        }
    }

    fn accumulate_prefix(&mut self, block: &[f64]) {
        let mut prefix = (0.0, 0.0);
        let first = block[0];
        for (row, &x) in block.iter().enumerate() {
            prefix = welford(prefix.0, prefix.1, x - first, self.reciprocals[row]);
            (self.prefix.mean[row], self.prefix.m2[row]) = prefix;
        }
    }
}

/// The window, or all rows where they are fewer: nothing is reserved that the series cannot fill.
fn block_length(window: usize, rows: usize) -> usize {
    if window < rows { window } else { rows.max(1) }
}

/// Refuses a window below `smallest` with OUT_OF_BOUNDS (Q-N7).
pub(super) fn check_window(window: usize, smallest: usize) -> Result<(), OmegaError> {
    if window >= smallest {
        return Ok(());
    }
    let message = format!("a window must have at least {smallest} rows, got {window}");
    let value = Value::Int(i64::try_from(window).unwrap_or(i64::MAX));
    Err(OmegaError::new(ErrorCode::OutOfBounds, message).rule("N-7").column("window").value(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values are whole multiples of this, so that integers give exact sums.
    const UNIT: f64 = 1.0 / (1_u64 << 40) as f64;

    fn noisy(rows: u64, level: i64, noise: u64) -> Vec<i64> {
        let draw = |row| (crate::rng::philox([3, 0], [row, 0, 0, 0])[0].rem_euclid(noise)) as i64;
        (0..rows).map(|row| level + draw(row)).collect()
    }

    fn floats(multiples: &[i64]) -> Vec<f64> {
        multiples.iter().map(|&multiple| multiple as f64 * UNIT).collect()
    }

    /// A price series around 1.1 with 1e-5 noise, one with a large offset, one around zero.
    fn series() -> [Vec<i64>; 3] {
        let around_1_1 = 1_209_462_790_554;
        [noisy(20_000, around_1_1, 22_000_000), noisy(20_000, 1 << 51, 1 << 41), noisy(20_000, -(1 << 30), 1 << 31)]
    }

    #[test]
    fn sums_stay_within_their_bound_of_exact_arithmetic() {
        // N-7: |error| ≤ 4·w·2⁻⁵³·Σ|x|.
        for multiples in series() {
            let values = floats(&multiples);
            for window in [1, 2, 7, 100, 1000] {
                let means = window_mean(&values, window).unwrap();
                for row in (window - 1..values.len()).step_by(37) {
                    let (mut exact, mut magnitude) = (0_i128, 0_i128);
                    for &multiple in &multiples[row + 1 - window..=row] {
                        exact += i128::from(multiple);
                        magnitude += i128::from(multiple.abs());
                    }
                    let error = (means[row] * window as f64 - exact as f64 * UNIT).abs();
                    let bound = 4.0 * (window + 1) as f64 * f64::EPSILON / 2.0 * (magnitude as f64 * UNIT);
                    assert!(error <= bound, "window {window}, row {row}: {error:e} > {bound:e}");
                }
            }
        }
    }

    #[test]
    fn deviations_stay_within_their_bound_of_exact_arithmetic() {
        // N-7: variance within 1e-12 relative of (n·Σx² − (Σx)²) / (n·(n − 1)), in integers from the series' level.
        for multiples in series() {
            let values = floats(&multiples);
            let level = multiples[0];
            for window in [2, 3, 20, 100, 1000] {
                let deviations = window_std(&values, window, |_, _| {}).unwrap();
                for row in (window - 1..values.len()).step_by(41) {
                    let (mut sum, mut squares) = (0_i128, 0_i128);
                    for &multiple in &multiples[row + 1 - window..=row] {
                        let distance = i128::from(multiple - level);
                        sum += distance;
                        squares += distance * distance;
                    }
                    let n = window as i128;
                    let exact = (n * squares - sum * sum) as f64 / (n * (n - 1)) as f64 * UNIT * UNIT;
                    let error = (deviations[row] * deviations[row] - exact).abs();
                    assert!(error <= 1e-12 * exact + 1e-300, "window {window}, row {row}: {error:e} of {exact:e}");
                }
            }
        }
    }

    #[test]
    fn a_missing_value_reaches_exactly_its_windows() {
        let mut values = floats(&noisy(200, 1 << 40, 1 << 30));
        for row in [0, 57, 99, 100, 150] {
            values[row] = f64::NAN;
        }
        for window in [2, 3, 10, 25, 50] {
            let means = window_mean(&values, window).unwrap();
            let deviations = window_std(&values, window, |_, _| {}).unwrap();
            for row in 0..values.len() {
                let is_missing = row + 1 < window || values[row + 1 - window..=row].iter().any(|x| x.is_nan());
                assert_eq!(means[row].is_nan(), is_missing, "mean, window {window}, row {row}");
                assert_eq!(deviations[row].is_nan(), is_missing, "deviation, window {window}, row {row}");
            }
        }
    }

    #[test]
    fn short_series_are_missing_and_reserve_nothing() {
        assert!(window_mean(&[1.0, 2.0], 3).unwrap().iter().all(|x| x.is_nan()));
        assert!(window_std(&[1.0, 2.0], usize::MAX, |_, _| {}).unwrap().iter().all(|x| x.is_nan()));
        assert!(window_std(&[], 2, |_, _| {}).unwrap().is_empty());
        assert_eq!(window_mean(&[1.0, 2.0], 2).unwrap()[1], 1.5);
        assert!(window_std(&[1.0], 1, |_, _| {}).is_err());
    }

    #[test]
    fn a_sum_of_negative_zeros_is_one() {
        // N-7: a block begins with its value and not with a zero.
        for sum in &window_sum(&[-0.0; 7], 3, |_| {}).unwrap()[2..] {
            assert_eq!(sum.to_bits(), (-0.0_f64).to_bits());
        }
    }
}
