"""The texts of signals beside the orders that they became: ``scenario``, ``tags``, ``metadata``."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
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


class TextLog:
    """The texts of all signals so far, row by row; a table without any takes no room, however long it is."""

    def __init__(self) -> None:
        self._pieces: list[pa.Table | int] = []

    def add(self, signals: pa.Table) -> None:
        """Take the text fields of signals, which are null where the table has no such column."""
        if all(_has_no_text(signals, name) for name in TEXT_FIELDS):
            self._add_rows(signals.num_rows)
            return
        # In memory of their own: whoever handed them over may write to theirs.
        rows = pa.chunked_array([pa.array(np.arange(signals.num_rows))])
        self._pieces.append(pa.table([_texts(signals, field, rows) for field in _FIELDS], schema=TEXTS))

    def _add_rows(self, rows: int) -> None:
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, int):
            self._pieces[-1] = last + rows
        else:
            self._pieces.append(rows)

    def table(self) -> pa.Table:
        """Return a row for each signal."""
        pieces = [_without_texts(piece) if isinstance(piece, int) else piece for piece in self._pieces]
        return pa.concat_tables([TEXTS.empty_table(), *pieces]).combine_chunks()

    def beside(self, orders: pa.Table) -> pa.Table:
        """Put them beside the orders that the signals became."""
        has_texts = any(isinstance(piece, pa.Table) for piece in self._pieces)
        return with_texts(orders, self.table() if has_texts else None)


def _has_no_text(signals: pa.Table, name: str) -> bool:
    place = signals.schema.get_field_index(name)
    return place < 0 or signals.column(place).null_count == signals.num_rows


def _without_texts(rows: int) -> pa.Table:
    return pa.table([pa.nulls(rows, field.type) for field in _FIELDS], schema=TEXTS)
