"""Reading Arrow tables into plain lists: presence, type and nulls, with one coded error per breach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pyarrow as pa

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error


def breach(
    code: ErrorCode,
    rule: str,
    column: str,
    message: str,
    row: int | None = None,
    value: ContextValue = None,
) -> OmegaError:
    """Build the error of one breach; the message gains where it is and what was found."""
    where = f"{column}[{row}]" if row is not None else column
    found = f", got {value!r}" if value is not None else ""
    return omega_error(code, f"{where}: {message}{found}", rule=rule, column=column, row=row, value=value)


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


def first_null(column: pa.ChunkedArray[Any]) -> int | None:
    """Return the row of the first null."""
    if column.null_count == 0:
        return None
    return column.is_null().index(True).as_py()


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
