"""Tables of any origin in the types of the contract, as far as no value changes; everything else is left as it is.

What cannot be brought over exactly keeps its type, so that the implementations refuse it with the contract's code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from omega.boundary.capsule import import_stream
from omega.boundary.guard import code_of, coded, is_foreign
from omega.boundary.limits import check
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.names import refuse_nul_names, refuse_repeated
from omega.data.pandas import is_frame, table_of_frame
from omega.data.texts import check_texts, decoded, is_text

Column: TypeAlias = "pa.ChunkedArray[Any]"
_EXACT_INTEGER: Final = 2**53


def as_table(source: object, wanted: Collection[str] = ()) -> pa.Table:
    """Take a pyarrow, pandas, polars or other Arrow-capable object as a table, without copying where it allows.

    Parameters
    ----------
    source : object
    wanted : collection of str
        Columns that count: another one of a pandas object that has no Arrow type becomes nulls.

    Raises
    ------
    OmegaError
        1004 when the object offers neither ``__arrow_c_stream__`` nor ``__dataframe__``; 3004 when it fails while it
        is read; 5001 and 5004 when its data are damaged or foreign; 6004 for more than the limits allow (X-5).
    """
    if type(source).__name__ == "LazyFrame":
        raise omega_error(
            ErrorCode.TYPE_MISMATCH, "a LazyFrame holds no rows yet; give what its .collect() returns", rule="T-8a"
        )
    try:
        table = _import(source, wanted)
        if table is not None:
            check("rows", "rows of a table", table.num_rows)
            check("columns", "columns of a table", table.num_columns)
            table.validate(full=True)
            return table
    except OmegaError:
        raise
    except BaseException as error:  # of a foreign object, and of the library that reads it
        if not is_foreign(error):
            raise
        raise coded(error, "source", code=_code_of_reading(error)) from None
    raise omega_error(
        ErrorCode.TYPE_MISMATCH,
        f"expected a path, a pyarrow, pandas or polars table, not {type(source).__name__}",
        rule="T-8a",
    )


def _code_of_reading(error: BaseException) -> ErrorCode:
    """Find the code for what a producer, or pyarrow over its data, raised."""
    code = code_of(error)
    if code in (ErrorCode.OUT_OF_MEMORY, ErrorCode.FFI_PANIC_CAUGHT):
        return code
    is_about_types = isinstance(error, pa.ArrowException | ValueError | TypeError)
    return ErrorCode.FFI_TYPE_CONVERSION if is_about_types else ErrorCode.DESERIALIZATION_FAILED


def _import(source: object, wanted: Collection[str]) -> pa.Table | None:
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if is_frame(source):
        return table_of_frame(source, wanted)
    if hasattr(source, "__arrow_c_stream__") and not isinstance(source, type):
        refuse_nul_names(source)
        return import_stream(source.__arrow_c_stream__())
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
    fields, columns = list(table.schema), table.columns
    refuse_repeated([field.name for field in fields if field.name in types])
    is_as_it_was = True
    for position, (field, column) in enumerate(zip(fields, columns, strict=True)):
        target = types.get(field.name)
        if target is None:
            continue
        if field.type != target or not pa.types.is_primitive(target):
            columns[position] = _guarded(field.name, column, target)
        if columns[position] is not column or not field.nullable or field.metadata is not None:
            # A field that says more than a name and a type would keep tables from being put together.
            fields[position] = pa.field(field.name, columns[position].type)
            is_as_it_was = False
    return (
        table
        if is_as_it_was
        else pa.Table.from_arrays(columns, schema=pa.schema(fields).with_metadata(table.schema.metadata))
    )


def _guarded(name: str, column: Column, target: pa.DataType) -> Column:
    try:
        return _conform(name, column, target)
    except OmegaError:
        raise
    except Exception as error:  # pyarrow has no common class for what it cannot cast
        raise coded(error, name, code=ErrorCode.FFI_TYPE_CONVERSION) from None


def _conform(name: str, column: Column, target: pa.DataType) -> Column:
    found = column.type
    if pa.types.is_string(target) and is_text(found):
        return decoded(name, column, target)
    if found == target:
        check_texts(name, column)
        return column
    if pa.types.is_null(found):
        return column.cast(target)
    if pa.types.is_timestamp(target):
        return _cast_time(name, column, target) if pa.types.is_timestamp(found) and found.tz is not None else column
    if pa.types.is_floating(target):
        # float32 and decimals stay: their nearest double is not the number that was meant.
        return _cast_integer(column, target) if pa.types.is_integer(found) else column
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
    except pa.ArrowException:
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
