//! No twin: what an indicator of one's own is in Rust (I-18, Q-I18b); in Python it is a function.

/// One bar in, one value out; what a series is made of, and a stream.
pub trait CustomIndicator {
    /// The value after a bar, NaN where there is none; a NaN acts as a missing price.
    fn step(&mut self, high: f64, low: f64, close: f64) -> f64;
}

/// The value after each bar; the columns have one length.
pub fn custom_series(mut indicator: impl CustomIndicator, high: &[f64], low: &[f64], close: &[f64]) -> Vec<f64> {
    let rows = high.iter().zip(low).zip(close);
    rows.map(|((&high, &low), &close)| indicator.step(high, low, close)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Highest(f64);

    impl CustomIndicator for Highest {
        fn step(&mut self, high: f64, _: f64, _: f64) -> f64 {
            self.0 = if high > self.0 { high } else { self.0 };
            self.0
        }
    }

    #[test]
    fn a_series_has_what_each_step_gives() {
        let series = custom_series(Highest(0.0), &[2.0, 1.0, 3.0], &[1.0; 3], &[1.5, 1.0, 2.0]);
        assert_eq!(series, [2.0, 2.0, 3.0]);
    }
}
