//! The Omega FX backtester in Rust: the same modules, names and order of operations as `omega_reference`.
//!
//! The rules are in `bridge/CONTRACT.md`; ids such as `E-7` name them.
#![forbid(unsafe_code)]

pub mod error;
pub mod types;
