"""Arrow IPC bytes in and out; what comes in is not trusted (X-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeGuard

import pyarrow as pa
import pyarrow.compute as pc

from omega.boundary.expansion import unpacked_bytes
from omega.boundary.guard import is_foreign, text_of
from omega.boundary.limits import check, check_expansion
from omega.contract.batches import Layout
from omega.contract.errors import ErrorCode, OmegaError, omega_error

Packed: TypeAlias = "bytes | bytearray | memoryview | pa.Buffer"
"""What Arrow IPC bytes may come as."""

_FILE_MAGIC: Final = b"ARROW1"
_END_OF_STREAM: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def unpacked(source: object) -> object:
    """Return the table in Arrow IPC bytes, and anything else as it is; raises what :func:`read_packed` does."""
    return read_packed(source) if is_packed(source) else source


def is_packed(source: object) -> TypeGuard[Packed]:
    """Whether a source is bytes."""
    return isinstance(source, bytes | bytearray | memoryview | pa.Buffer)


def read_packed(source: Packed) -> pa.Table:
    """Read the table in Arrow IPC bytes, in memory that nobody else writes to, and validate it whole.

    Raises
    ------
    OmegaError
        1010 for no bytes, 3004 for bytes that are no table, or end too early; 6004 for more than the limits allow.
    """
    # Copied where somebody could still write to it: rows wait, and a table would show what is written meanwhile.
    content = source if isinstance(source, bytes) else bytes(source)
    if not content:
        raise omega_error(ErrorCode.EMPTY_INPUT, "expected Arrow IPC bytes, found none", rule="X-4", column="source")
    buffer = pa.py_buffer(content)
    check_expansion(buffer.size, unpacked_bytes(buffer), column="source")
    try:
        table = _read(content, buffer)
        check("rows", "rows of a table", table.num_rows)
        check("columns", "columns of a table", table.num_columns)
        table.validate(full=True)
    except OmegaError:
        raise
    except BaseException as error:  # whatever a decoder raises over damaged bytes
        if not is_foreign(error):
            raise
        raise _damaged(text_of(error)) from None
    return table


def _read(content: bytes, buffer: pa.Buffer) -> pa.Table:
    with pa.BufferReader(buffer) as source:
        if content.startswith(_FILE_MAGIC):
            return pa.ipc.open_file(source).read_all()
        if not content.endswith(_END_OF_STREAM):
            # Cut off between two batches it would read as a shorter table.
            raise _damaged("the stream has no end mark")
        return pa.ipc.open_stream(source).read_all()


def _damaged(why: str) -> OmegaError:
    message = f"the bytes are no whole Arrow IPC stream or file: {why}"
    return omega_error(ErrorCode.DESERIALIZATION_FAILED, message, rule="X-4", column="source")


def packed(table: pa.Table) -> bytes:
    """Write a table as an Arrow IPC stream; equal tables of one layout give equal bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def in_layout(table: pa.Table, layout: Layout) -> pa.Table:
    """Take the columns of a layout in one chunk each, nothing behind their nulls, and its metadata beside them."""
    return laid_out(columns_of(table), layout)


def columns_of(table: pa.Table) -> dict[str, Any]:
    """Return each column as one array, by name."""
    batches = table.to_batches()
    if len(batches) == 1:
        return dict(zip(table.column_names, batches[0].columns, strict=True))
    return {name: _whole(column) for name, column in zip(table.column_names, table.columns, strict=True)}


def _whole(column: pa.ChunkedArray[Any]) -> Any:
    return pa.concat_arrays(column.chunks) if len(column) else pa.array([], column.type)


def laid_out(columns: Mapping[str, Any], layout: Layout) -> pa.Table:
    """Put arrays together as a layout has them."""
    arrays = [_plain(columns[field.name], field.type) for field in layout.schema]
    return pa.Table.from_arrays(arrays, schema=layout.stamped)


def _plain(column: Any, data_type: Any) -> Any:
    if column.null_count == 0 or pa.types.is_nested(data_type):
        return column
    if column.null_count == len(column):
        return pa.nulls(len(column), data_type)
    nothing = pa.scalar("" if pa.types.is_string(data_type) else 0, data_type)
    filled: Any = pc.fill_null(column, nothing)
    bitmap = pc.is_valid(column).buffers()[1]
    return pa.Array.from_buffers(data_type, len(column), [bitmap, *filled.buffers()[1:]])
