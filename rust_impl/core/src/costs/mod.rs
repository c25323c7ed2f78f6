//! What trading costs: slippage, fees, commission and swap (C-1 … C-5).

pub mod commission;
pub mod fee;
pub mod model;
pub mod slippage;
pub mod swap;
