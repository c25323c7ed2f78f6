//! Indicator series (I-1, I-2, I-6, I-8, I-11) and their cache (I-17).
pub mod cache;
