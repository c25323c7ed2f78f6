//! Stub, being written.
use crate::error::OmegaError;
use crate::types::{Bars, EngineConfig, Events, Positions, Signals};
/// Step by step (E-19).
#[derive(Debug)]
pub struct ExecutionSimulator;
#[allow(missing_docs, unused_variables)]
impl ExecutionSimulator {
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        todo!()
    }
    pub fn process_signals(
        &mut self,
        bar_index: usize,
        bars: &Bars<'_>,
        signals: &Signals,
    ) -> Result<Events, OmegaError> {
        todo!()
    }
    pub fn evaluate_exits(&mut self, bars: &Bars<'_>) -> Result<Events, OmegaError> {
        todo!()
    }
    #[must_use]
    pub fn positions(&self) -> Positions {
        todo!()
    }
    #[must_use]
    pub fn cash(&self) -> f64 {
        todo!()
    }
    #[must_use]
    pub fn equity(&self) -> f64 {
        todo!()
    }
    #[must_use]
    pub fn state_hash(&self) -> [u8; 16] {
        todo!()
    }
}
