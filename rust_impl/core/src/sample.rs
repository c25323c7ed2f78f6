//! Stub, being written.
use crate::data::BarColumns;
use crate::error::OmegaError;
/// Q-D1.
#[allow(unused_variables)]
pub fn sample_bars(n: usize, seed: u64) -> Result<BarColumns, OmegaError> {
    todo!()
}
