//! Stub, being written.
use crate::error::OmegaError;
use crate::types::{Bars, EngineConfig, RunControl, RunOutput, Signals};
/// A whole run: `signals` over `bars`, or the configured strategy when there are none.
#[allow(unused_variables, clippy::missing_errors_doc)]
pub fn run(
    bars: &Bars<'_>,
    signals: Option<&Signals>,
    config: &EngineConfig,
    control: &RunControl,
) -> Result<RunOutput, OmegaError> {
    todo!()
}
