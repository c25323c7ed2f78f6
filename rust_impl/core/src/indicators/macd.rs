//! Moving average convergence and divergence (I-4).

use crate::error::OmegaError;
use crate::indicators::ema::Ema;

/// Line, signal and histogram.
pub type Lines = [Vec<f64>; 3];

/// One row of [`macd`] after the other.
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
    value: [f64; 3],
}

impl Macd {
    /// Three averages without a value.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(fast_period: usize, slow_period: usize, signal_period: usize) -> Result<Self, OmegaError> {
        let (fast, slow, signal) = (Ema::new(fast_period)?, Ema::new(slow_period)?, Ema::new(signal_period)?);
        Ok(Self { fast, slow, signal, value: [f64::NAN; 3] })
    }

    /// Line, signal and histogram after `x`; a NaN leaves all of them as they were.
    #[inline]
    pub fn step(&mut self, x: f64) -> [f64; 3] {
        if !x.is_nan() {
            let line = self.fast.step(x) - self.slow.step(x);
            let signal = self.signal.step(line);
            self.value = [line, signal, line - signal];
        }
        self.value
    }
}

/// Line, signal and histogram of each value, NaN before the first.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn macd(values: &[f64], fast_period: usize, slow_period: usize, signal_period: usize) -> Result<Lines, OmegaError> {
    let mut kernel = Macd::new(fast_period, slow_period, signal_period)?;
    let (line, signal, histogram) = values.iter().map(|&x| kernel.step(x).into()).collect();
    Ok([line, signal, histogram])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_distance_of_two_averages() {
        // Q-I4: fast a = 1, slow a = 0.5, signal a = 0.5.
        let [line, signal, histogram] = macd(&[2.0, 4.0, f64::NAN, 8.0], 1, 3, 3).unwrap();
        assert_eq!(line, [0.0, 1.0, 1.0, 2.5]);
        assert_eq!(signal, [0.0, 0.5, 0.5, 1.5]);
        assert_eq!(histogram, [0.0, 0.5, 0.5, 1.0]);
        assert!(macd(&[1.0], 1, 0, 1).is_err());
    }
}
