//! Signals of a run: their columns and what is checked of them (T-6).

pub mod checks;
pub mod columns;
