//! Simple moving average (I-1).

use crate::error::OmegaError;
use crate::indicators::windows::window_mean;

/// Mean of the last `period` values.
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn sma(values: &[f64], period: usize) -> Result<Vec<f64>, OmegaError> {
    window_mean(values, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_waits_for_a_full_window() {
        // I-1.
        let values = sma(&[1.0, 2.0, 6.0, 4.0, 5.0], 3).unwrap();
        assert!(values[0].is_nan() && values[1].is_nan());
        assert_eq!(values[2..], [3.0, 4.0, 5.0]);
        assert_eq!(sma(&[1.0, 2.0], 1).unwrap(), [1.0, 2.0]);
        assert!(sma(&[1.0], 0).is_err());
    }
}
