"""No twin: Arrow tables read into plain lists, as the binding's ``table.rs`` does; the core sees no Arrow.

Presence, type and nulls, with one coded error per breach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega_reference.breaches import breach

_PIECE_ROWS: Final = 1 << 18
"""Rows converted by one call of a library, which no Ctrl-C interrupts: some hundredths of a second (L-2)."""


def as_table(source: object) -> pa.Table:
    """Take what must be a table (T-8a)."""
    if isinstance(source, pa.Table):
        return source
    found = type(source).__name__
    message = f"expected a pyarrow.Table, found {found}"
    raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-8a", value=found)


def check_shape(
    table: pa.Table, schema: Iterable[pa.Field[Any]], required: Sequence[str], rule: str, prefix: str = ""
) -> None:
    """Refuse a missing required or a doubled column (1008), then a column of another type (1004), in schema order."""
    fields, types = list(schema), table.schema
    names = types.names
    for field in fields:
        count = names.count(field.name)
        if count > 1 or (count == 0 and field.name in required):
            code = ErrorCode.MISSING_REQUIRED_FIELD
            raise breach(code, rule, prefix + field.name, "this column must be there exactly once")
    for field in fields:
        if field.name in names and types.field(field.name).type != field.type:
            found = str(types.field(field.name).type)
            code = ErrorCode.TYPE_MISMATCH
            raise omega_error(
                code, f"{prefix}{field.name}: expected {field.type}, got {found}", rule=rule, column=prefix + field.name
            )


def null_breach(column: pa.ChunkedArray[Any], name: str, rule: str) -> OmegaError | None:
    """Return the refusal of the first null."""
    if column.null_count == 0:
        return None
    row = column.is_null().index(True).as_py()
    return breach(ErrorCode.NULL_VALUE, rule, name, "must not be null", row)


def filled(column: Any, value: float) -> Any:  # pyarrow's own types know no literal here
    """Return a column with ``value`` where there is a null."""
    return column.fill_null(value) if column.null_count else column


def numbers_of(column: pa.ChunkedArray[Any]) -> list[float]:
    """Return a float64 column without nulls as floats."""
    return _values(column, "d")


def integers_of(column: pa.ChunkedArray[Any]) -> list[int]:
    """Return a 64-bit integer, timestamp or duration column without nulls as ints (µs)."""
    return _values(column, "q")


def optional_integers_of(column: pa.ChunkedArray[Any]) -> list[int | None]:
    """Return a 64-bit integer, timestamp or duration column as ints (µs) and None."""
    return listed(column.cast(pa.int64()))


def listed(column: pa.ChunkedArray[Any]) -> list[Any]:
    """Return the values of a column of any type, as ``to_pylist`` does, but for Ctrl-C."""
    values: list[Any] = []
    for first in range(0, len(column), _PIECE_ROWS):
        values.extend(column.slice(first, _PIECE_ROWS).to_pylist())
    return values


def array_of(values: Sequence[Any], data_type: pa.DataType) -> Any:
    """Return values as one Arrow array, as ``pyarrow.array`` does, but for Ctrl-C."""
    pieces = [pa.array(values[first : first + _PIECE_ROWS], data_type) for first in range(0, len(values), _PIECE_ROWS)]
    return pa.concat_arrays(pieces) if pieces else pa.array([], data_type)


def _values(column: pa.ChunkedArray[Any], code: Literal["d", "q"]) -> list[Any]:
    # The buffer itself: pyarrow's own conversion makes a scalar object, for times a datetime, of every value.
    values: list[Any] = []
    for chunk in column.chunks:
        if len(chunk):
            buffer = chunk.buffers()[1]
            assert buffer is not None, "a chunk with rows has data"
            data = memoryview(buffer).cast("b")[8 * chunk.offset : 8 * (chunk.offset + len(chunk))]
            for start in range(0, len(data), 8 * _PIECE_ROWS):
                piece = data[start : start + 8 * _PIECE_ROWS]
                values.extend((piece.cast("d") if code == "d" else piece.cast("q")).tolist())
    return values
