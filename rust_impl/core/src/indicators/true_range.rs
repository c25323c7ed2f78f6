//! True range (I-6, Q-I6).

/// Remembers the close before.
#[derive(Clone, Debug)]
pub struct TrueRange {
    previous_close: f64,
}

impl Default for TrueRange {
    fn default() -> Self {
        Self { previous_close: f64::NAN }
    }
}

impl TrueRange {
    /// Range of the next bar. A missing close before drops its two terms, because a NaN exceeds nothing.
    #[inline]
    pub fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let mut range = high - low;
        let above = (high - self.previous_close).abs();
        let below = (low - self.previous_close).abs();
        if above > range {
            range = above;
        }
        if below > range {
            range = below;
        }
        self.previous_close = close;
        range
    }
}

/// True range of each bar; the columns have one length.
#[must_use]
pub fn true_range(high: &[f64], low: &[f64], close: &[f64]) -> Vec<f64> {
    let mut kernel = TrueRange::default();
    high.iter().zip(low).zip(close).map(|((&high, &low), &close)| kernel.step(high, low, close)).collect()
}
