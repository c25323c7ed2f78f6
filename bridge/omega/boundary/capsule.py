"""A foreign object's Arrow stream, each structure looked at raw before pyarrow trusts it (X-4, Q-X4b).

pyarrow follows what a structure says: −1 children or a list that is NULL end the process. What is seen here to be false
is refused; it is then not given back either, because its producer's release would walk through it.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

import pyarrow as pa

from omega.boundary.layouts import Node, check_array, check_schema, malformed
from omega.boundary.limits import check, exceeded, limit
from omega.boundary.structures import ArrowArray, ArrowArrayStream, ArrowSchema
from omega.contract.errors import ErrorCode, OmegaError, omega_error

_NAME: Final = b"arrow_array_stream"

_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]

_GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_GET_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)
_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def import_stream(capsule: object) -> pa.Table:
    """Read the stream in a capsule to its end.

    Raises
    ------
    OmegaError
        5001 for what is no capsule of a stream, 5004 for structures that contradict themselves, 3004 for a producer
        that fails, 6004 for more chunks, rows or columns than the limits allow.
    """
    try:
        address = _pointer_of(capsule, _NAME)
    except (ValueError, ctypes.ArgumentError) as error:
        message = f"expected a capsule named `arrow_array_stream`: {error}"
        raise omega_error(ErrorCode.FFI_TYPE_CONVERSION, message, rule="X-4") from None
    stream = ArrowArrayStream.from_address(address or 0)
    if not stream.get_schema or not stream.get_next or not stream.release:
        raise malformed("the stream is already consumed or released")
    try:
        return _read(stream)
    finally:
        _RELEASE(stream.release)(ctypes.addressof(stream))


def _read(stream: ArrowArrayStream) -> pa.Table:
    raw = ArrowSchema()
    _call(stream, stream.get_schema, raw)
    if not raw.release:
        raise malformed("the stream has no schema")
    node = check_schema(raw)
    if not node.is_table:
        raise malformed("expected a table, found an array of another kind")
    check("columns", "columns of a table", len(node.children))
    schema: Any = pa.Schema._import_from_c(ctypes.addressof(raw))
    batches: list[pa.RecordBatch] = []
    rows, most = 0, limit("chunks")
    for _ in range(most + 1):
        batch = _next(stream, node, schema)
        if batch is None:
            return pa.Table.from_batches(batches, schema)
        if batch.num_rows:
            rows += batch.num_rows
            check("rows", "rows of a table", rows)
            batches.append(batch)
    raise exceeded("chunks", "chunks of a table", most + 1)


def _next(stream: ArrowArrayStream, node: Node, schema: pa.Schema) -> Any:
    raw = ArrowArray()
    _call(stream, stream.get_next, raw)
    if not raw.release:
        return None
    check_array(raw, node)
    if raw.length == 0:  # whatever its offset points at
        _RELEASE(raw.release)(ctypes.addressof(raw))
        return pa.RecordBatch.from_pylist([], schema)
    return pa.RecordBatch._import_from_c(ctypes.addressof(raw), schema)


def _call(stream: ArrowArrayStream, function: int, answer: ctypes.Structure) -> None:
    code = _GET_SCHEMA(function)(ctypes.addressof(stream), ctypes.addressof(answer))
    if code != 0:
        raise _producer_failed(stream, code)


def _producer_failed(stream: ArrowArrayStream, code: int) -> OmegaError:
    text = _GET_LAST_ERROR(stream.get_last_error)(ctypes.addressof(stream)) if stream.get_last_error else None
    said = f"error {code} of the system" if text is None else text.decode("utf-8", "replace")
    return omega_error(ErrorCode.DESERIALIZATION_FAILED, f"the producer of the table failed: {said}", rule="X-4")
