//! Strategies (chapter A); built-in ones are found by name in [`registry`].

pub mod bands;
pub mod base;
pub mod higher;
mod indicator_block;
pub mod mean_reversion_z_score;
pub mod own;
pub mod registry;
pub mod volatility;
