//! Bars of one symbol: their columns, what is checked of them, what is counted, and two sides joined (T-2, T-4, G-1).

pub mod checks;
pub mod columns;
pub mod detail;
pub mod examine;
pub mod grid;
pub mod join;
pub mod quality;
pub mod resample;
pub mod steps;
