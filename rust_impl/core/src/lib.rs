//! The Omega FX backtester in Rust: the same modules, names and order of operations as `omega_reference`.
//!
//! The rules are in `bridge/CONTRACT.md`; ids such as `E-7` name them.
#![forbid(unsafe_code)]

#[macro_use]
mod marks;

pub mod bars;
pub mod breaches;
pub mod costs;
pub mod engine;
pub mod environment;
pub mod error;
pub mod execution;
pub mod feeds;
pub mod grid;
pub mod indicators;
pub mod multi_symbol;
pub mod numbers;
pub mod packing;
pub mod portfolio;
pub mod quotes;
pub mod rng;
pub mod sample;
pub mod signals;
pub mod sizing;
pub mod state_chain;
pub mod strategy;
pub mod terms;
#[cfg(test)]
mod test_support;
pub mod ticks;
pub mod transcendental;
pub mod types;
pub mod variants;
pub mod worth;
