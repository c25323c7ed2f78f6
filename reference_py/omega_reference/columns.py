"""No twin: Arrow tables read into plain lists, as the binding's ``table.rs`` does; the core sees no Arrow.

Presence, type and nulls, with one coded error per breach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega_reference.breaches import breach


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
    fields = list(schema)
    for field in fields:
        count = table.column_names.count(field.name)
        if count > 1 or (count == 0 and field.name in required):
            code = ErrorCode.MISSING_REQUIRED_FIELD
            raise breach(code, rule, prefix + field.name, "this column must be there exactly once")
    for field in fields:
        if field.name in table.column_names and table.schema.field(field.name).type != field.type:
            found = str(table.schema.field(field.name).type)
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
    return column.cast(pa.int64()).to_pylist()


def _values(column: pa.ChunkedArray[Any], code: Literal["d", "q"]) -> list[Any]:
    # The buffer itself: pyarrow's own conversion makes a scalar object, for times a datetime, of every value.
    values: list[Any] = []
    for chunk in column.chunks:
        if len(chunk):
            buffer = chunk.buffers()[1]
            assert buffer is not None, "a chunk with rows has data"
            start = 8 * chunk.offset
            data = memoryview(buffer).cast("b")[start : start + 8 * len(chunk)]
            values.extend((data.cast("d") if code == "d" else data.cast("q")).tolist())
    return values
