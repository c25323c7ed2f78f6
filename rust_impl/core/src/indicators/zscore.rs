//! z-score of the distance from a mean (I-11, Q-I11).

use crate::error::OmegaError;
use crate::indicators::ema::ema;
use crate::indicators::sma::sma;
use crate::indicators::windows::WindowDeviation;

/// The mean that a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mean {
    /// Rolling mean over the same window.
    Rolling,
    /// Exponential average with this period.
    Ema(usize),
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
                let std = *z;
                // NaN / std and d / NaN are NaN by themselves.
                *z = if std == 0.0 { f64::NAN } else { d / std };
            }
        }
    }
}

/// z-score of each value.
///
/// # Errors
/// OUT_OF_BOUNDS for a window under 2 or an ema period under 1.
pub fn zscore(values: &[f64], window: usize, mean: Mean) -> Result<Vec<f64>, OmegaError> {
    let mut kernel = ResidualZScore::new(window, values.len())?;
    let means = match mean {
        Mean::Rolling => sma(values, window)?,
        Mean::Ema(period) => ema(values, period)?,
    };
    let mut out = vec![f64::NAN; values.len()];
    kernel.advance_blocks(values, &means, &mut out);
    Ok(out)
}
