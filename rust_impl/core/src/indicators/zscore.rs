//! z-score of the distance from a mean (I-11, Q-I11).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::rolling::RollingDeviation;
use crate::indicators::windows::WindowDeviation;
use crate::numbers::ratio;

/// One row of [`zscore`] after the other.
#[derive(Clone, Debug)]
pub struct Zscore {
    deviation: RollingDeviation,
}

impl Zscore {
    /// A window without a row.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window under 2.
    pub fn new(window: usize) -> Result<Self, OmegaError> {
        Ok(Self { deviation: RollingDeviation::new(window)? })
    }

    /// The score of `value` around `mean`.
    pub fn step(&mut self, value: f64, mean: f64) -> f64 {
        let d = value - mean;
        ratio(d, self.deviation.step(d))
    }
}

/// d / sample deviation of d over the window, d = value − mean, block by block.
#[derive(Clone, Debug)]
pub struct ResidualZScore {
    deviation: WindowDeviation,
    residual: Vec<f64>,
}

impl ResidualZScore {
    /// Window of at least 2 for a series of `rows`.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS.
    pub fn new(window: usize, rows: usize) -> Result<Self, OmegaError> {
        let deviation = WindowDeviation::new(window, rows)?;
        let residual = vec![0.0; deviation.block_length()];
        Ok(Self { deviation, residual })
    }

    /// Rows of one block of N-7.
    #[must_use]
    pub fn block_length(&self) -> usize {
        self.deviation.block_length()
    }

    /// z of the next rows, any number of whole blocks; only the last call may end inside a block.
    pub fn advance_blocks(&mut self, values: &[f64], means: &[f64], out: &mut [f64]) {
        let length = self.block_length();
        for ((values, means), out) in values.chunks(length).zip(means.chunks(length)).zip(out.chunks_mut(length)) {
            let residual = &mut self.residual[..values.len()];
            for ((residual, &value), &mean) in residual.iter_mut().zip(values).zip(means) {
                *residual = value - mean;
            }
            self.deviation.advance(residual, out);
            for (z, &d) in out.iter_mut().zip(residual.iter()) {
                *z = ratio(d, *z);
            }
        }
    }
}

/// z-score of each value around its mean (I-11); the columns have one length.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 2.
pub fn zscore(values: &[f64], means: &[f64], window: usize) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = ResidualZScore::new(window, values.len())?;
    let mut out = room(values.len());
    out.resize(values.len(), f64::NAN);
    kernel.advance_blocks(values, means, &mut out);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::ema::ema;
    use crate::indicators::sma::sma;
    use crate::indicators::windows::window_std;

    #[test]
    fn the_deviation_is_that_of_the_residual() {
        // Q-I11.
        let values: Vec<f64> =
            (0..300_u64).map(|row| crate::rng::unit(row.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
        let means = ema(&values, 5).unwrap();
        let z = zscore(&values, &means, 7).unwrap();
        let residual: Vec<f64> = values.iter().zip(means).map(|(&x, mean)| x - mean).collect();
        let std = window_std(&residual, 7, |_, _| {}).unwrap();
        assert!(z[..6].iter().all(|z| z.is_nan()));
        for row in 6..300 {
            assert_eq!(z[row].to_bits(), (residual[row] / std[row]).to_bits());
        }
    }

    #[test]
    fn a_rolling_mean_delays_the_first_value() {
        let values: Vec<f64> = (0..40).map(|row| f64::from(row % 7)).collect();
        let z = zscore(&values, &sma(&values, 10).unwrap(), 10).unwrap();
        assert!(z[..18].iter().all(|z| z.is_nan()));
        assert!(z[18..].iter().all(|z| !z.is_nan()));
    }

    #[test]
    fn without_deviation_there_is_no_score() {
        assert!(zscore(&[2.0; 20], &[2.0; 20], 4).unwrap().iter().all(|z| z.is_nan()));
        assert!(zscore(&[2.0; 20], &[2.0; 20], 1).is_err());
    }
}
