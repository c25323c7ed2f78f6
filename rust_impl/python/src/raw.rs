//! No twin: what an Arrow producer says of its data, looked at raw before any library trusts it (X-4, Q-X4b).
//!
//! Lies that can be seen without touching the data are refused here. What cannot be seen (a pointer into foreign memory,
//! a buffer shorter than its array, a text without its end) stays the producer's promise.

use std::ffi::{CStr, c_char, c_void};

use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use omega_core::error::OmegaError;

use crate::layout::{Layout, layout_of};
use crate::stream::malformed;

/// Nothing of ours is nested deeper than two; arrow-rs follows a schema by recursion.
const MAX_NESTING: usize = 64;
/// Columns of a table, and children of any other type.
const MAX_CHILDREN: i64 = 1 << 16;
/// Rows beyond any memory; below it no sum of two lengths overflows.
const MAX_LENGTH: i64 = 1 << 40;

/// `ArrowSchema` of the C data interface.
#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Self,
    dictionary: *mut Self,
    release: *const c_void,
    private_data: *mut c_void,
}

/// `ArrowArray` of the C data interface.
#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Self,
    dictionary: *mut Self,
    release: *const c_void,
    private_data: *mut c_void,
}

/// What the arrays of a checked schema have to look like.
pub struct Node {
    layout: Layout,
    children: Vec<Self>,
    dictionary: Option<Box<Self>>,
}

/// Checks a schema, and takes its metadata away: nothing of ours reads them, and their text may be anything.
pub fn check_schema(schema: &mut FFI_ArrowSchema) -> Result<Node, OmegaError> {
    // SAFETY: both are the `ArrowSchema` of the C data interface, which a producer has filled in.
    let schema = unsafe { &mut *std::ptr::from_mut(schema).cast::<Schema>() };
    node(schema, 0)
}

fn node(schema: &mut Schema, depth: usize) -> Result<Node, OmegaError> {
    if depth > MAX_NESTING {
        return Err(malformed(format!("types are nested deeper than {MAX_NESTING}")));
    }
    if schema.release.is_null() {
        return Err(malformed("a schema is already released"));
    }
    schema.metadata = std::ptr::null();
    let format = text(schema.format)?.ok_or_else(|| malformed("a schema without a format"))?;
    text(schema.name)?;
    let layout = layout_of(format).ok_or_else(|| malformed(format!("{format:?} is no format")))?;
    if !(0..=MAX_CHILDREN).contains(&schema.n_children) {
        return Err(malformed(format!("{} children", schema.n_children)));
    }
    if layout.children.is_some_and(|children| children != schema.n_children) {
        return Err(malformed(format!("{} children of the format {format:?}", schema.n_children)));
    }
    let children = pointers(schema.children, schema.n_children)?
        .iter()
        // SAFETY: a child that is not NULL is an `ArrowSchema`, and belongs to its parent alone.
        .map(|&child| node(unsafe { child.as_mut() }.ok_or_else(|| malformed("a child is NULL"))?, depth + 1))
        .collect::<Result<_, _>>()?;
    // SAFETY: as the children.
    let dictionary = unsafe { schema.dictionary.as_mut() };
    let dictionary = dictionary.map(|values| node(values, depth + 1).map(Box::new)).transpose()?;
    if dictionary.is_some() && !layout.is_index {
        return Err(malformed(format!("a dictionary of the format {format:?}")));
    }
    Ok(Node { layout, children, dictionary })
}

/// A text of the producer, if there is one; it must be UTF-8.
fn text<'a>(pointer: *const c_char) -> Result<Option<&'a str>, OmegaError> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the producer promises a text that ends with NUL.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|_| malformed("a name or a format in the schema is not UTF-8"))
}

/// The `count` pointers of a list; a list that is NULL holds none.
fn pointers<'a, T>(list: *const T, count: i64) -> Result<&'a [T], OmegaError> {
    let count = usize::try_from(count).map_err(|_| malformed("a negative count"))?;
    if count == 0 {
        return Ok(&[]);
    }
    if list.is_null() || !list.is_aligned() {
        return Err(malformed(format!("{count} buffers or children, and no list of them")));
    }
    // SAFETY: the producer promises as many pointers as it counts.
    Ok(unsafe { std::slice::from_raw_parts(list, count) })
}

/// Checks one array against its schema.
pub fn check_array(array: &FFI_ArrowArray, node: &Node) -> Result<(), OmegaError> {
    // SAFETY: both are the `ArrowArray` of the C data interface, which a producer has filled in.
    node.check(unsafe { &*std::ptr::from_ref(array).cast::<Array>() })
}

impl Node {
    fn check(&self, array: &Array) -> Result<(), OmegaError> {
        let lengths = [array.length, array.offset];
        if lengths.iter().any(|length| !(0..=MAX_LENGTH).contains(length)) {
            return Err(malformed(format!("length {} and offset {}", array.length, array.offset)));
        }
        if !(-1..=array.length).contains(&array.null_count) {
            return Err(malformed(format!("{} nulls in {} rows", array.null_count, array.length)));
        }
        self.check_buffers(array)?;
        if usize::try_from(array.n_children).ok() != Some(self.children.len()) {
            return Err(malformed(format!(
                "{} children where the schema has {}",
                array.n_children,
                self.children.len()
            )));
        }
        for (child, of) in pointers(array.children, array.n_children)?.iter().zip(&self.children) {
            // SAFETY: a child that is not NULL is an `ArrowArray`.
            let child = unsafe { child.as_ref() }.ok_or_else(|| malformed("a child is NULL"))?;
            of.check(child)?;
            let least = self.layout.least_rows_of_child(array.length + array.offset);
            if least.is_none_or(|least| child.length < least) {
                return Err(malformed(format!("a child has {} rows, too few for its parent", child.length)));
            }
        }
        // SAFETY: as the children.
        match (unsafe { array.dictionary.as_ref() }, &self.dictionary) {
            (Some(values), Some(of)) => of.check(values),
            (None, None) => Ok(()),
            _ => Err(malformed("a dictionary in the array or the schema, not in both")),
        }
    }

    fn check_buffers(&self, array: &Array) -> Result<(), OmegaError> {
        let layout = &self.layout;
        let wanted = i64::from(layout.has_validity) + layout.buffers;
        if array.n_buffers > MAX_LENGTH || array.n_buffers < wanted || (array.n_buffers > wanted && !layout.is_variadic)
        {
            return Err(malformed(format!("{} buffers, expected {wanted}", array.n_buffers)));
        }
        let buffers = pointers(array.buffers, array.n_buffers)?;
        let rows = array.length + array.offset;
        let (validity, values) = buffers.split_at_checked(usize::from(layout.has_validity)).unwrap_or((buffers, &[]));
        if array.null_count > 0 && validity.iter().any(|buffer| buffer.is_null()) {
            return Err(malformed(format!("{} nulls, and buffers are missing to say where", array.null_count)));
        }
        let Some(first) = values.first() else { return Ok(()) };
        if rows > 0 && first.is_null() {
            return Err(malformed("buffers are missing"));
        }
        if layout.is_variadic {
            return check_variadic(values);
        }
        let Some(width) = layout.offset_width else { return Ok(()) };
        if first.align_offset(width) != 0 {
            return Err(malformed("offsets that are not aligned"));
        }
        if rows == 0 || first.is_null() {
            return Ok(());
        }
        let end = offset_at(*first, width, rows);
        if !(0..=MAX_LENGTH).contains(&end) || offset_at(*first, width, array.offset) < 0 {
            return Err(malformed(format!("offsets that end at {end}")));
        }
        if end > 0 && values.get(1).is_some_and(|bytes| bytes.is_null()) {
            return Err(malformed("buffers are missing"));
        }
        Ok(())
    }
}

/// The offset number `row`, of 4 or 8 bytes.
fn offset_at(offsets: *const c_void, width: usize, row: i64) -> i64 {
    let row = usize::try_from(row).unwrap_or(0);
    // SAFETY: the producer promises one offset more than there are rows; the alignment was checked.
    unsafe { if width == 4 { i64::from(*offsets.cast::<i32>().add(row)) } else { *offsets.cast::<i64>().add(row) } }
}

/// The last buffer of texts in views holds the lengths of those between it and the views.
fn check_variadic(values: &[*const c_void]) -> Result<(), OmegaError> {
    let [_, data @ .., lengths] = values else { return Err(malformed("buffers are missing")) };
    if data.is_empty() {
        return Ok(());
    }
    if lengths.is_null() || lengths.align_offset(size_of::<i64>()) != 0 {
        return Err(malformed("buffers are missing or not aligned"));
    }
    // SAFETY: the producer promises a length per buffer; the alignment was checked.
    let lengths = unsafe { std::slice::from_raw_parts(lengths.cast::<i64>(), data.len()) };
    let is_fine = |(buffer, length): (&*const c_void, &i64)| {
        (0..=MAX_LENGTH).contains(length) && (*length == 0 || !buffer.is_null())
    };
    if data.iter().zip(lengths).all(is_fine) { Ok(()) } else { Err(malformed("lengths of buffers that cannot be")) }
}
