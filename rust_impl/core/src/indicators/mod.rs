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
