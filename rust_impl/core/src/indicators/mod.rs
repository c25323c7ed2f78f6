//! Indicator series (I-1, I-2, I-6, I-8, I-11) and their cache (I-17).
//!
//! Each recursion is a kernel with a `step` or `advance`; the series functions and the strategies use the same ones.

pub mod atr;
pub mod bollinger;
pub mod cache;
pub mod ema;
pub mod sma;
pub mod true_range;
pub mod windows;
pub mod zscore;

use crate::error::{ErrorCode, OmegaError, Value};

/// A period or window of at least `least`, or OUT_OF_BOUNDS naming it.
fn check_length(name: &'static str, length: usize, least: usize, rule: &'static str) -> Result<(), OmegaError> {
    if length >= least {
        return Ok(());
    }
    let message = format!("{name} must be at least {least}, found {length}");
    Err(OmegaError::new(ErrorCode::OutOfBounds, message).rule(rule).column(name).value(Value::Int(length as i64)))
}
