"""Tables of any origin in the types of the contract, as far as no value changes; everything else is left as it is.

What cannot be brought over exactly keeps its type, so that the implementations refuse it with the contract's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.errors import ErrorCode, omega_error

Column: TypeAlias = "pa.ChunkedArray[Any]"
_EXACT_INTEGER: Final = 2**53


def as_table(source: object) -> pa.Table:
    """Take a pyarrow, pandas, polars or other Arrow-capable object as a table, without copying where it allows.

    Raises
    ------
    OmegaError
        1004 when the object offers neither ``__arrow_c_stream__`` nor ``__dataframe__``; 5001 when its data are
        damaged or foreign.
    """
    if type(source).__name__ == "LazyFrame":
        raise omega_error(
            ErrorCode.TYPE_MISMATCH, "a LazyFrame holds no rows yet; give what its .collect() returns", rule="T-8a"
        )
    try:
        table = _import(source)
        if table is not None:
            table.validate(full=True)
            return table
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise omega_error(
            ErrorCode.FFI_TYPE_CONVERSION, f"{type(source).__name__} is no readable Arrow table: {error}", rule="X-4"
        ) from None
    raise omega_error(
        ErrorCode.TYPE_MISMATCH,
        f"expected a path, a pyarrow, pandas or polars table, not {type(source).__name__}",
        rule="T-8a",
    )


def _import(source: object) -> pa.Table | None:
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if hasattr(source, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(source).read_all()
    if hasattr(source, "__dataframe__"):
        from pyarrow.interchange.from_dataframe import from_dataframe

        return from_dataframe(source)
    return None


def types_of(schema: pa.Schema) -> dict[str, pa.DataType]:
    """Return the types of a schema's columns by name, for :func:`conform`."""
    return {field.name: field.type for field in schema}


def conform(table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Cast the columns named in ``types`` where that is exact: times with a zone, whole numbers, kinds of text.

    Raises
    ------
    OmegaError
        1008 when one of them is there twice; 1006 for times that are no whole microseconds.
    """
    for name in types:
        positions = table.schema.get_all_field_indices(name)
        if len(positions) > 1:
            raise omega_error(
                ErrorCode.MISSING_REQUIRED_FIELD,
                f"there are {len(positions)} columns {name!r}",
                rule="T-8a",
                column=name,
            )
        for position in positions:
            table = table.set_column(position, name, _conform(name, table.column(position), types[name]))
    return table


def _conform(name: str, column: Column, target: pa.DataType) -> Column:
    found = column.type
    if found == target:
        return column
    if pa.types.is_null(found):
        return column.cast(target)
    if pa.types.is_timestamp(target):
        return _cast_time(name, column, target) if pa.types.is_timestamp(found) and found.tz is not None else column
    if pa.types.is_floating(target):
        # float32 and decimals stay: their nearest double is not the number that was meant.
        return _cast_integer(column, target) if pa.types.is_integer(found) else column
    if pa.types.is_string(target):
        return column.cast(target) if _is_text(found) else column
    if pa.types.is_duration(target) and pa.types.is_duration(found):
        return _cast_time(name, column, target)
    alike = (pa.types.is_nested, pa.types.is_integer)
    return _cast_or_keep(column, target) if any(kind(target) and kind(found) for kind in alike) else column


def _cast_integer(column: Column, target: pa.DataType) -> Column:
    extremes = cast("dict[str, int | None]", pc.min_max(column).as_py())
    bounds = [bound for bound in extremes.values() if bound is not None]
    return column.cast(target) if all(abs(bound) <= _EXACT_INTEGER for bound in bounds) else column


def _cast_or_keep(column: Column, target: pa.DataType) -> Column:
    try:
        return column.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _cast_time(name: str, column: Column, target: pa.DataType) -> Column:
    try:
        return column.cast(target)
    except pa.ArrowInvalid:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"{name} holds times that are no whole microseconds, or beyond their range",
            rule="T-1",
            column=name,
        ) from None


def _is_text(data_type: pa.DataType) -> bool:
    if pa.types.is_dictionary(data_type):
        return _is_text(data_type.value_type)
    return pa.types.is_string(data_type) or pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type)
