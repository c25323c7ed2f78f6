//! True range (I-6, Q-I6).

use crate::indicators::memory::room;

/// Remembers the close before.
#[derive(Clone, Debug)]
pub struct TrueRange {
    previous_close: f64,
}

impl Default for TrueRange {
    fn default() -> Self {
        Self::new()
    }
}

impl TrueRange {
    /// No close before.
    #[must_use]
    pub fn new() -> Self {
        Self { previous_close: f64::NAN }
    }

    /// Range of the next bar. A missing close before drops its two terms, because a NaN exceeds nothing.
    #[inline]
    pub fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let range = widest(high, low, self.previous_close);
        self.previous_close = close;
        range
    }
}

/// The largest of the bar's range and the distances of its ends to `before`.
#[inline]
fn widest(high: f64, low: f64, before: f64) -> f64 {
    let range = high - low;
    let above = (high - before).abs();
    let below = (low - before).abs();
    let range = if above > range { above } else { range };
    if below > range { below } else { range }
}

/// True range of each bar; the columns have one length.
#[must_use]
pub fn true_range(high: &[f64], low: &[f64], close: &[f64]) -> Vec<f64> {
    let mut ranges = room(high.len());
    ranges.extend(high.iter().zip(low).take(1).map(|(&high, &low)| widest(high, low, f64::NAN)));
    // Each row needs the close before alone, so that no row waits for another.
    let (high, low) = (high.get(1..).unwrap_or_default(), low.get(1..).unwrap_or_default());
    ranges.extend(high.iter().zip(low).zip(close).map(|((&high, &low), &before)| widest(high, low, before)));
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_three_distances_counts() {
        // Q-I6: inside, gap up, gap down.
        assert_eq!(true_range(&[2.0, 5.0, 1.5], &[1.0, 4.0, 1.0], &[1.5, 4.5, 1.0]), [1.0, 3.5, 3.5]);
    }

    #[test]
    fn a_missing_close_drops_its_terms_and_a_missing_high_or_low_the_row() {
        let nan = f64::NAN;
        let ranges = true_range(&[2.0, 9.0, nan, 4.0], &[1.0, 8.0, 1.0, nan], &[nan, 8.5, 2.0, 3.0]);
        assert_eq!(ranges[..2], [1.0, 1.0]);
        assert!(ranges[2].is_nan() && ranges[3].is_nan());
    }
}
