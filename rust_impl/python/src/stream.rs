//! Arrow streams from capsules, checked before anything reads them.

use std::panic::AssertUnwindSafe;

use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayReader, ArrayRef, StructArray};
use arrow_data::layout;
use arrow_schema::{ArrowError, DataType, FieldRef};
use omega_core::error::{ErrorCode, OmegaError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::guard::contain;

/// More chunks than any real table has; a producer that never ends is stopped here.
const MAX_CHUNKS: usize = 1 << 16;

/// The chunks of a stream with their type.
pub struct Stream {
    pub field: FieldRef,
    pub chunks: Vec<ArrayRef>,
}

/// Takes the stream out of its capsule and reads it to the end.
pub fn read_stream(capsule: &Bound<'_, PyAny>) -> Result<Stream, OmegaError> {
    let capsule = capsule.cast::<PyCapsule>().map_err(|_| {
        let message = "expected the capsule of `__arrow_c_stream__()`";
        OmegaError::new(ErrorCode::FfiTypeConversion, message).rule("X-4")
    })?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream")).map_err(|error| {
        let message = format!("expected a capsule named `arrow_array_stream`: {error}");
        OmegaError::new(ErrorCode::FfiTypeConversion, message).rule("X-4")
    })?;
    // SAFETY: a capsule of this name holds an `ArrowArrayStream` (Arrow's capsule protocol); the move leaves a released
    // stream behind, so that nobody releases it twice.
    let stream = unsafe { FFI_ArrowArrayStream::from_raw(pointer.cast().as_ptr()) };
    // The importer asserts part of what a producer owes it; such a panic is a malformed input and no broken state.
    contain(AssertUnwindSafe(|| read_to_end(stream))).unwrap_or_else(|text| Err(malformed(text)))
}

fn read_to_end(stream: FFI_ArrowArrayStream) -> Result<Stream, OmegaError> {
    if stream.get_next().is_none() || stream.release().is_none() {
        return Err(malformed("the stream is already consumed or released"));
    }
    let reader = ArrayStreamReader::try_new(stream).map_err(malformed)?;
    let field = reader.field().clone();
    let mut chunks = Vec::new();
    for chunk in reader {
        let chunk = chunk.map_err(|error| match error {
            ArrowError::CDataInterface(text) if text.starts_with("Cannot get next") => {
                OmegaError::new(ErrorCode::DeserializationFailed, text).rule("X-4")
            }
            other => malformed(other),
        })?;
        if chunks.len() == MAX_CHUNKS {
            let message = format!("a table comes in at most {MAX_CHUNKS} chunks; combine them first");
            return Err(OmegaError::new(ErrorCode::LimitExceeded, message).rule("X-4"));
        }
        check_chunk(&chunk)?;
        chunks.push(chunk);
    }
    Ok(Stream { field, chunks })
}

/// Offsets, child lengths and UTF-8 of what arrow-rs imports unchecked.
fn check_chunk(chunk: &ArrayRef) -> Result<(), OmegaError> {
    let Some(table) = chunk.as_any().downcast_ref::<StructArray>() else { return check_array(chunk) };
    if table.null_count() > 0 {
        return Err(malformed("a row of a table cannot be null as a whole"));
    }
    table.columns().iter().try_for_each(check_array)
}

fn check_array(array: &ArrayRef) -> Result<(), OmegaError> {
    // Fixed-width buffers were sized from the length; only what holds offsets can point elsewhere.
    let has_offsets = matches!(array.data_type(), DataType::Utf8 | DataType::List(_) | DataType::Map(..));
    let data = array.to_data();
    if data.buffers().len() < layout(array.data_type()).buffers.len() {
        return Err(malformed("buffers are missing"));
    }
    if has_offsets { data.validate_full().map_err(malformed) } else { Ok(()) }
}

/// The error for input that is no valid Arrow.
pub fn malformed(text: impl ToString) -> OmegaError {
    let message = format!("malformed Arrow input: {}", text.to_string());
    OmegaError::new(ErrorCode::FfiSchemaMismatch, message).rule("X-4")
}
