//! What trading costs: slippage and fees (C-1, C-2, C-5).

pub mod fee;
pub mod model;
pub mod slippage;
