//! Stub, being written.
use crate::error::{OmegaError, Value};
use crate::types::Bars;
use std::sync::Arc;
/// Side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Side {
    Bid,
    Ask,
}
impl Side {
    /// The side with this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "bid" => Some(Self::Bid),
            "ask" => Some(Self::Ask),
            _ => None,
        }
    }
}
/// Series of one set of bars, each computed once (I-17); the caller keeps the bars and gives the same ones each time.
#[derive(Debug, Default)]
pub struct IndicatorCache;
#[allow(missing_docs, unused_variables)]
impl IndicatorCache {
    #[must_use]
    pub fn new() -> Self {
        todo!()
    }
    /// All checks (name, side, parameters) are made here; equal requests return the identical `Arc`s.
    pub fn get(
        &mut self,
        bars: &Bars<'_>,
        name: &str,
        side: &str,
        parameters: &[(String, Value)],
    ) -> Result<Vec<Arc<Vec<f64>>>, OmegaError> {
        todo!()
    }
}
