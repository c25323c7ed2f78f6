//! Indicator series (chapter I) and their cache (I-17).
//!
//! Each recursion is a kernel with a `step` or `advance`; the series functions and the strategies use the same ones.

pub mod atr;
pub mod bollinger;
pub mod cache;
pub mod choppiness;
pub mod custom;
pub mod dmi;
pub mod ema;
pub mod garch_volatility;
pub mod kalman_garch_zscore;
pub mod kalman_mean;
pub mod kalman_zscore;
pub mod local;
pub mod macd;
pub mod memory;
pub mod parameters;
pub mod roc;
pub mod rolling;
pub mod rsi;
pub mod series;
pub mod sma;
pub mod smoothing;
pub mod stepwise;
pub mod stream;
pub mod true_range;
pub mod vol_cluster;
pub mod windows;
pub mod zscore;
