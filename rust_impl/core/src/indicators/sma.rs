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
