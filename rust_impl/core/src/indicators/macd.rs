//! Moving average convergence and divergence (I-4).

use crate::error::OmegaError;
use crate::indicators::ema::Ema;
use crate::indicators::memory::room;
use crate::indicators::smoothing::moves;

/// Line, signal and histogram.
pub type Lines = [Vec<f64>; 3];

/// One row of [`macd`] after the other.
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
    averages: [f64; 3],
}

impl Macd {
    /// Three averages without a value.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(fast_period: usize, slow_period: usize, signal_period: usize) -> Result<Self, OmegaError> {
        let (fast, slow, signal) = (Ema::new(fast_period)?, Ema::new(slow_period)?, Ema::new(signal_period)?);
        Ok(Self { fast, slow, signal, averages: [f64::NAN; 3] })
    }

    /// Line, signal and histogram after `x`; a NaN leaves all of them as they were.
    #[inline]
    pub fn step(&mut self, x: f64) -> [f64; 3] {
        self.averages = self.after(self.averages, x);
        shown(self.averages)
    }

    /// What the three averages are after `x`. By value, so that a loop has them in registers.
    #[inline]
    fn after(&self, [fast, slow, signal]: [f64; 3], x: f64) -> [f64; 3] {
        let next = (self.fast.smoothing.moved(fast, x), self.slow.smoothing.moved(slow, x));
        let line = next.0 - next.1;
        if moves(fast, x) & moves(slow, x) & moves(signal, line) {
            return [next.0, next.1, self.signal.smoothing.moved(signal, line)];
        }
        self.seldom_after([fast, slow, signal], x)
    }

    /// The same where an average begins, or stays as it is.
    #[cold]
    #[inline(never)]
    fn seldom_after(&self, averages: [f64; 3], x: f64) -> [f64; 3] {
        let [fast, slow, signal] = [&self.fast, &self.slow, &self.signal];
        let mut at = [(fast, averages[0]), (slow, averages[1]), (signal, averages[2])]
            .map(|(ema, value)| ema.smoothing.with_value(value));
        if !x.is_nan() {
            let line = at[0].step(x) - at[1].step(x);
            at[2].step(line);
        }
        at.map(|average| average.value())
    }
}

#[inline]
fn shown([fast, slow, signal]: [f64; 3]) -> [f64; 3] {
    let line = fast - slow;
    [line, signal, line - signal]
}

/// Line, signal and histogram of each value, NaN before the first.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
#[inline(never)] // inside of another function its averages are kept in memory, not in registers
pub fn macd(values: &[f64], fast_period: usize, slow_period: usize, signal_period: usize) -> Result<Lines, OmegaError> {
    let kernel = Macd::new(fast_period, slow_period, signal_period)?;
    let mut lines: (Vec<f64>, Vec<f64>, Vec<f64>) = [(); 3].map(|()| room(values.len())).into();
    let mut averages = [f64::NAN; 3];
    lines.extend(values.iter().map(|&x| {
        averages = kernel.after(averages, x);
        shown(averages).into()
    }));
    Ok(lines.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_has_the_bits_of_three_averages() {
        // Missing and equal rows, and averages that are lost (∞ − ∞).
        let jump = |row: u64| crate::rng::unit(row.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut values: Vec<f64> = (0..400).map(|row| if row % 7 == 0 { f64::NAN } else { jump(row) }).collect();
        values[100..150].fill(1.5);
        values[300] = f64::INFINITY;
        for periods in [[12, 26, 9], [1, 1, 1], [1, 5, 3], [3, 3, 4]] {
            let [mut fast, mut slow, mut signal] = periods.map(|period| Ema::new(period).unwrap());
            let lines = macd(&values, periods[0], periods[1], periods[2]).unwrap();
            let mut expected = [f64::NAN; 3];
            for (row, &x) in values.iter().enumerate() {
                if !x.is_nan() {
                    let line = fast.step(x) - slow.step(x);
                    let average = signal.step(line);
                    expected = [line, average, line - average];
                }
                for (series, value) in lines.iter().zip(expected) {
                    assert!(series[row].to_bits() == value.to_bits() || (series[row].is_nan() && value.is_nan()));
                }
            }
        }
    }

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
