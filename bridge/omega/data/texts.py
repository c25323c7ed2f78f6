"""Text columns: plain, in views or behind a dictionary; none longer than the limits allow (X-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from omega.boundary.limits import check, exceeded, limit

Column: TypeAlias = "pa.ChunkedArray[Any]"


def is_text(data_type: pa.DataType) -> bool:
    """Whether values of this type are texts, behind a dictionary or not."""
    if pa.types.is_dictionary(data_type):
        return is_text(data_type.value_type)
    return pa.types.is_string(data_type) or pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type)


def decoded(name: str, column: Column, target: pa.DataType) -> Column:
    """Write texts out as ``target``; what they would become is looked at before.

    Raises
    ------
    OmegaError
        6004 naming the limit ``text_bytes``, with the row, or ``expanded_bytes``.
    """
    if column.type == target:
        check_texts(name, column)
        return column
    chunks, row, total = [], 0, 0
    for chunk in column.chunks:
        lengths = _lengths(chunk)
        _check_lengths(name, lengths, row)
        row += len(chunk)
        if pa.types.is_dictionary(column.type):
            total += cast("int | None", pc.sum(lengths).as_py()) or 0
            check("expanded_bytes", f"bytes of the texts of {name!r}, each written out", total, column=name)
        chunks.append(_decoded(chunk, target))
    written: Any = pa.chunked_array(chunks, type=cast("Any", target))
    return cast("Column", written)


def check_columns_of_texts(table: pa.Table, names: Sequence[str]) -> None:
    """Refuse what :func:`check_texts` refuses, of each of these columns."""
    most = limit("text_bytes")
    for name in names:
        column = table.column(name)
        if column.get_total_buffer_size() > most:
            check_texts(name, column)


def check_texts(name: str, column: Column) -> None:
    """Refuse a text that is too long, as it stands or in a list or a map.

    Raises
    ------
    OmegaError
        6004 naming the limit ``text_bytes``; with the row, unless it is in a list or a map.
    """
    if column.get_total_buffer_size() <= limit("text_bytes"):
        return  # all texts together are no longer than one may be
    row = 0
    for chunk in column.chunks:
        if is_text(chunk.type):
            _check_lengths(name, _lengths(chunk), row)
            row += len(chunk)
            continue
        for texts in _parts(chunk):
            if is_text(texts.type):
                _check_lengths(name, _lengths(texts), None)


def _parts(chunk: Any) -> tuple[Any, ...]:
    if pa.types.is_map(chunk.type):
        return chunk.keys, chunk.items
    return (chunk.flatten(),) if pa.types.is_list(chunk.type) else ()


def _decoded(chunk: Any, target: pa.DataType) -> Any:
    if not pa.types.is_dictionary(chunk.type):
        return chunk if chunk.type == target else chunk.cast(target)
    return _decoded(chunk.dictionary, target).take(chunk.indices)


def _lengths(chunk: Any) -> Any:
    if pa.types.is_dictionary(chunk.type):
        return _lengths(chunk.dictionary).take(chunk.indices)
    plain = chunk.cast(pa.large_string()) if pa.types.is_string_view(chunk.type) else chunk
    return pc.binary_length(plain).cast(pa.int64())


def _check_lengths(name: str, lengths: Any, first_row: int | None) -> None:
    longest = pc.max(lengths).as_py() if len(lengths) else None
    if longest is not None and longest > limit("text_bytes"):
        row = None if first_row is None else first_row + pc.index(lengths, longest).as_py()
        raise exceeded("text_bytes", f"bytes of a text in {name!r}", longest, column=name, row=row)
