"""The texts of signals beside the orders that they became: ``scenario``, ``tags``, ``metadata``."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import SIGNALS

TEXT_FIELDS = ("scenario", "tags", "metadata")
_FIELDS: Final = tuple(SIGNALS.field(name) for name in TEXT_FIELDS)
TEXTS: Final = pa.schema(_FIELDS)
"""Of a table of the texts alone."""


def with_texts(table: pa.Table, signals: pa.Table | None) -> pa.Table:
    """Replace ``signal_row`` by the text fields of that row; without signals they are null."""
    place = table.schema.get_field_index("signal_row")
    rows = table.column(place)
    plain = table.remove_column(place)
    for field in _FIELDS:
        place = plain.schema.get_field_index(field.name)
        column = _texts(signals, field, rows)
        plain = plain.append_column(field, column) if place < 0 else plain.set_column(place, field, column)
    return plain


def _texts(signals: pa.Table | None, field: pa.Field[Any], rows: pa.ChunkedArray[Any]) -> Any:
    if signals is None or field.name not in signals.column_names:
        return pa.nulls(len(rows), field.type)
    return signals.column(field.name).combine_chunks().take(rows.combine_chunks())


def texts_of(signals: pa.Table) -> pa.Table:
    """Return the text fields of signals alone, null where the table has no such column."""
    rows = pa.chunked_array([pa.array(range(signals.num_rows), pa.int64())])
    return pa.table([_texts(signals, field, rows) for field in _FIELDS], schema=TEXTS)
