//! Stub, being written.
use crate::error::OmegaError;
use crate::types::EngineConfig;
/// Slippage and fees of one run's configuration (C-1, C-2, C-5).
#[derive(Clone, Debug)]
pub struct CostModel;
#[allow(missing_docs, unused_variables)]
impl CostModel {
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        todo!()
    }
    #[must_use]
    pub fn slippage(&self, timestamp: i64, magic_number: i64, ordinal: u64, leg: u64) -> f64 {
        todo!()
    }
    #[must_use]
    pub fn fee(&self, lots: f64, price: f64) -> f64 {
        todo!()
    }
    pub fn slippage_batch(
        &self,
        timestamps: &[i64],
        magic_numbers: &[i64],
        ordinals: &[u64],
        legs: &[u64],
    ) -> Result<Vec<f64>, OmegaError> {
        todo!()
    }
    pub fn fee_batch(&self, lots: &[f64], prices: &[f64]) -> Result<Vec<f64>, OmegaError> {
        todo!()
    }
}
