"""Memory that nobody writes to any more, for tables that are checked once and kept."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def sealed(table: pa.Table, *, is_ours: bool) -> pa.Table:
    """Take the columns of fixed width in one chunk each, in memory that cannot be written through the table.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of another kind and columns with nulls are left as they are; bars do not keep them.
    is_ours : bool
        Whether only pyarrow or the native module made the memory and nobody else holds it: then it is not copied. Any
        table of the caller may stand on a NumPy array, or be written through ``numpy.frombuffer``, and pyarrow does
        not say so: it is copied.

    Notes
    -----
    A value that changes after the check would be caught by nothing: results would be wrong, and the content hash
    would name other data.
    """
    for position in range(table.num_columns):
        column = _sealed_column(table.column(position), is_ours=is_ours)
        table = table.set_column(position, table.schema.field(position), column)
    return table


def _sealed_column(column: pa.ChunkedArray[Any], *, is_ours: bool) -> Any:
    is_new = column.num_chunks != 1  # chunks are put together in new memory
    chunk: Any = column.combine_chunks() if is_new else column.chunk(0)
    is_fixed = pa.types.is_floating(column.type) or pa.types.is_timestamp(column.type)
    if not is_fixed or column.null_count or len(column) == 0:
        return chunk
    values = chunk.buffers()[1]
    width = chunk.type.bit_width // 8
    part = values.slice(chunk.offset * width, len(chunk) * width)
    is_ours = is_ours or is_new
    kept = pa.foreign_buffer(part.address, part.size, base=part) if is_ours else pa.py_buffer(part.to_pybytes())
    return pa.Array.from_buffers(chunk.type, len(chunk), [None, kept])
