//! Ticks: their columns and checks (T-3).

pub mod checks;
pub mod columns;
