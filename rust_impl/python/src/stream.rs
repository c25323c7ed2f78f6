//! Arrow streams from capsules, checked before anything reads them.

use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::ffi::from_ffi_and_data_type;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef, StructArray, make_array};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_data::layout;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, Field, FieldRef};
use omega_core::error::{ErrorCode, OmegaError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::guard::contain;
use crate::raw::{check_array as check_raw_array, check_schema};

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

fn read_to_end(mut stream: FFI_ArrowArrayStream) -> Result<Stream, OmegaError> {
    let (Some(get_schema), Some(get_next), Some(_)) = (stream.get_schema(), stream.get_next(), stream.release()) else {
        return Err(malformed("the stream is already consumed or released"));
    };
    // A refused structure is not given back: its producer's release would walk through what is broken in it.
    let mut schema = ManuallyDrop::new(FFI_ArrowSchema::empty());
    // SAFETY: a callback of the stream, called with the stream and a place for its answer.
    let code = unsafe { get_schema(&raw mut stream, &raw mut *schema) };
    if code != 0 {
        return Err(producer_failed(&mut stream, code));
    }
    let node = check_schema(&mut schema)?;
    let schema = ManuallyDrop::into_inner(schema);
    let field = Arc::new(Field::try_from(&schema).map_err(malformed)?);
    let mut chunks = Vec::new();
    for _ in 0..=MAX_CHUNKS {
        let mut array = ManuallyDrop::new(FFI_ArrowArray::empty());
        // SAFETY: as above.
        let code = unsafe { get_next(&raw mut stream, &raw mut *array) };
        if code != 0 {
            return Err(producer_failed(&mut stream, code));
        }
        if array.is_released() {
            return Ok(Stream { field, chunks });
        }
        check_raw_array(&array, &node)?;
        let array = ManuallyDrop::into_inner(array);
        if array.is_empty() {
            continue; // whatever its offset points at
        }
        // SAFETY: the array agrees with the schema as far as it can be seen (Q-X4b).
        let data = unsafe { from_ffi_and_data_type(array, field.data_type().clone()) }.map_err(malformed)?;
        let chunk = make_array(data);
        check_chunk(&chunk)?;
        chunks.push(chunk);
    }
    let message = format!("a table comes in at most {MAX_CHUNKS} chunks; combine them first");
    Err(OmegaError::new(ErrorCode::LimitExceeded, message).rule("X-4"))
}

/// The error for a producer that says it could not go on.
fn producer_failed(stream: &mut FFI_ArrowArrayStream, code: i32) -> OmegaError {
    // SAFETY: a callback of the stream; the text it returns lives until the next call.
    let text = stream.get_last_error().map(|get_last_error| unsafe { get_last_error(&raw mut *stream) });
    let text = text.filter(|text| !text.is_null()).map_or_else(
        || format!("error {code} of the system"),
        // SAFETY: the producer promises a text that ends with NUL.
        |text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned(),
    );
    OmegaError::new(ErrorCode::DeserializationFailed, format!("the producer of the table failed: {text}")).rule("X-4")
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
