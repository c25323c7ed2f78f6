//! Directional movement (I-7).

use crate::error::OmegaError;
use crate::indicators::memory::room;
use crate::indicators::smoothing::Smoothing;
use crate::indicators::true_range::TrueRange;
use crate::indicators::windows::check_window;
use crate::numbers::ratio;

/// +DI, −DI and ADX.
pub type Lines = [Vec<f64>; 3];

/// One row of [`dmi`] after the other.
#[derive(Clone, Debug)]
pub struct Dmi {
    range: TrueRange,
    ranges: Smoothing,
    rises: Smoothing,
    falls: Smoothing,
    adx: Smoothing,
    high_before: f64,
    low_before: f64,
    value: [f64; 3],
}

impl Dmi {
    /// a = (1.0 / period).
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a period under 1.
    pub fn new(period: usize) -> Result<Self, OmegaError> {
        check_window(period, 1)?;
        let smoothing = Smoothing::new(1.0 / period as f64);
        Ok(Self {
            range: TrueRange::default(),
            ranges: smoothing.clone(),
            rises: smoothing.clone(),
            falls: smoothing.clone(),
            adx: smoothing,
            high_before: f64::NAN,
            low_before: f64::NAN,
            value: [f64::NAN; 3],
        })
    }

    /// +DI, −DI and ADX after a bar; one without a high or a low leaves them as they were.
    #[inline]
    pub fn step(&mut self, high: f64, low: f64, close: f64) -> [f64; 3] {
        let true_range = self.range.step(high, low, close);
        let up = high - self.high_before;
        let down = self.low_before - low;
        self.high_before = high;
        self.low_before = low;
        if !true_range.is_nan() {
            // A comparison with NaN is false: a move from a missing row is none.
            let rise = self.rises.step(if up > down && up > 0.0 { up } else { 0.0 });
            let fall = self.falls.step(if down > up && down > 0.0 { down } else { 0.0 });
            let smoothed = self.ranges.step(true_range);
            let plus = ratio(100.0 * rise, smoothed);
            let minus = ratio(100.0 * fall, smoothed);
            let dx = ratio((plus - minus).abs(), plus + minus) * 100.0;
            self.value = [plus, minus, self.adx.step(dx)];
        }
        self.value
    }
}

/// +DI, −DI and ADX of each bar, from row 0; the columns have one length.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
#[inline(never)] // inside of another function its averages are kept in memory, not in registers
pub fn dmi(high: &[f64], low: &[f64], close: &[f64], period: usize) -> Result<Lines, OmegaError> {
    let mut kernel = Dmi::new(period)?;
    let bars = high.iter().zip(low).zip(close);
    let mut lines: (Vec<f64>, Vec<f64>, Vec<f64>) = [(); 3].map(|()| room(high.len())).into();
    lines.extend(bars.map(|((&high, &low), &close)| kernel.step(high, low, close).into()));
    Ok(lines.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_move_counts() {
        // Q-I7, a = 0.5: TR 2, 2, 2 → 2; +DM 0, 1, 0 → 0, 0.5, 0.25; −DM 0, 0, 1 → 0, 0, 0.5.
        let [plus, minus, adx] = dmi(&[2.0, 3.0, 2.5], &[0.0, 1.0, 0.0], &[1.0, 2.0, 1.0], 2).unwrap();
        assert_eq!(plus, [0.0, 25.0, 11.111_111_111_111_11]);
        assert_eq!(minus, [0.0, 0.0, 22.222_222_222_222_22]);
        assert!(adx[0].is_nan());
        assert_eq!(adx[1], 100.0);
        assert!(dmi(&[], &[], &[], 0).is_err());
    }

    #[test]
    fn a_bar_without_a_high_changes_nothing() {
        let lines = dmi(&[2.0, 3.0, f64::NAN], &[0.0, 1.0, 0.0], &[1.0, 2.0, 1.0], 2).unwrap();
        assert!(lines.iter().all(|series| series[1].to_bits() == series[2].to_bits()));
    }
}
