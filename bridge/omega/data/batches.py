"""Tables of the batch operations, of any origin, in their layouts (B-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

import pyarrow as pa

from omega.boundary.guard import plain_value
from omega.contract.batches import Layout
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import Closed, Direction, OrderType
from omega.data.arrow import as_table, conform, types_of
from omega.data.ipc import unpacked
from omega.data.missing import with_names
from omega.data.signals import refuse_unknown, table_of_rows


def batch_table(source: object, layout: Layout, rule: str) -> pa.Table:
    """Take a table, IPC bytes or rows as a table of exactly one layout; a nullable column may be left out.

    Raises
    ------
    OmegaError
        1001 for a column that the layout has not, 1008 for one that it needs, 1004 for a wrong type, 1002 for a null
        where there is none; as :func:`omega.data.ipc.unpacked` and :func:`omega.data.arrow.as_table`.
    """
    table = _table(unpacked(source), layout, rule)
    refuse_unknown(table.column_names, layout.schema, rule)
    for field in layout.schema:
        if field.name not in table.column_names and not field.nullable:
            missing = omega_error(
                ErrorCode.MISSING_REQUIRED_FIELD, f"no column {field.name!r}", rule=rule, column=field.name
            )
            raise with_names(missing, table.column_names)
    table = conform(table, types_of(layout.schema))
    return pa.Table.from_arrays([_column(table, field, rule) for field in layout.schema], schema=layout.schema)


def _table(source: object, layout: Layout, rule: str) -> pa.Table:
    if isinstance(source, Mapping) or (is_dataclass(source) and not isinstance(source, type)):
        return table_of_rows([source], layout.schema, rule=rule)
    if isinstance(source, Sequence) and not isinstance(source, str):
        return table_of_rows(source, layout.schema, rule=rule)
    return as_table(source, layout.schema.names)


def _column(table: pa.Table, field: pa.Field[Any], rule: str) -> pa.ChunkedArray[Any]:
    if field.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, field.type)])
    column = table.column(field.name)
    if column.type != field.type:
        message = f"{field.name} must be {field.type}, not {column.type}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule=rule, column=field.name)
    if column.null_count and not field.nullable:
        row = next(row for row, is_valid in enumerate(column.is_valid().to_pylist()) if not is_valid)
        message = f"{field.name}[{row}]: must not be null"
        raise omega_error(ErrorCode.NULL_VALUE, message, rule=rule, column=field.name, row=row)
    return column


def values_of(table: pa.Table, column: str) -> list[Any]:
    """Return a column as numbers, None for nulls; times as µs."""
    values = table.column(column)
    return (values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values).to_pylist()


def draws_of(table: pa.Table) -> list[list[int]]:
    """Return the columns of fills to slip as the cost model takes them, directions and order types as numbers (T-6).

    Raises
    ------
    OmegaError
        1001 for a text that is neither, with its row.
    """
    plain = [values_of(table, name) for name in ("timestamp", "magic_number", "ordinal", "leg")]
    return [*plain, _members(table, "direction", Direction), _members(table, "order_type", OrderType)]


def _members(table: pa.Table, column: str, members: type[Closed]) -> list[int]:
    numbers = {member.text: member.value for member in members}
    found = []
    for row, text in enumerate(table.column(column).to_pylist()):
        if text not in numbers:
            message = f"{column}[{row}]: must be one of {', '.join(numbers)}"
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT, message, rule="B-5", column=column, row=row, value=plain_value(text)
            )
        found.append(numbers[text])
    return found
