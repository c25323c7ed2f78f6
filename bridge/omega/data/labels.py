"""The texts of signals beside the orders that they became: ``scenario``, ``tags``, ``metadata``."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from omega.contract.schemas import SIGNALS

TEXT_FIELDS = ("scenario", "tags", "metadata")


def with_texts(table: pa.Table, signals: pa.Table | None) -> pa.Table:
    """Replace ``signal_row`` by the text fields of that row; a strategy sets ``scenario`` itself and no others."""
    rows = table.column("signal_row")
    plain = table.drop_columns(["signal_row"])
    for name in TEXT_FIELDS:
        field = SIGNALS.field(name)
        if signals is None and name in plain.column_names:
            continue
        column = _texts(signals, field, rows)
        if name in plain.column_names:
            plain = plain.set_column(plain.column_names.index(name), field, column)
        else:
            plain = plain.append_column(field, column)
    return plain


def _texts(signals: pa.Table | None, field: pa.Field[Any], rows: pa.ChunkedArray[Any]) -> Any:
    if signals is None or field.name not in signals.column_names:
        return pa.nulls(len(rows), field.type)
    return signals.column(field.name).combine_chunks().take(rows.combine_chunks())


def texts_of(signals: pa.Table) -> pa.Table:
    """Return the text fields of signals alone, null where the table has no such column."""
    rows = pa.chunked_array([pa.array(range(signals.num_rows), pa.int64())])
    fields = [SIGNALS.field(name) for name in TEXT_FIELDS]
    return pa.table([_texts(signals, field, rows) for field in fields], schema=pa.schema(fields))
