//! Money: results, cash, equity, drawdown and summary metrics (P-1 … P-5), all in account currency.

pub mod curve;
pub mod drawdown;
pub mod equity;
pub mod metrics;
pub mod money;
pub mod returns;
