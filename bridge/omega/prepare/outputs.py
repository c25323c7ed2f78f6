"""Files out, chunk by chunk: Parquet, Arrow or CSV, whole or not at all (T-12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, TICKS
from omega.data.files import file_error
from omega.data.writing import replacing
from omega.prepare import columns

_GROUP_ROWS: Final = 1 << 16
"""Rows of a group in a Parquet file: what is read at least where a part of it is asked for (Q-T14)."""
_PARQUET: Final = (".parquet", ".pq")
_ARROW: Final = (".arrow", ".feather", ".ipc")


def with_symbol(table: pa.Table, symbol: str | None) -> pa.Table:
    """Cast to BARS or TICKS, and add the symbol as a column where it is known."""
    schema = TICKS if columns.is_ticks(table) else BARS
    table = table.select(schema.names).cast(schema)
    if symbol is None:
        return table
    texts: Any = pa.repeat(pa.scalar(symbol), table.num_rows)
    return table.append_column(pa.field("symbol", pa.string()), texts)


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to replace a file, unless that is asked for.

    Raises
    ------
    OmegaError
        1007.
    """
    if path.is_file() and not force:
        message = f"{path} is there already; --force (force=True) replaces it"
        raise omega_error(ErrorCode.INVALID_STATE, message, rule="T-12", column="out", value=plain_value(str(path)))


def no_rows() -> OmegaError:
    """Build the refusal of data of which nothing is left."""
    message = "there are no rows left to write"
    return omega_error(ErrorCode.EMPTY_INPUT, message, rule="T-12", column="timestamp")


def write_chunks(path: Path, chunks: Iterator[pa.Table], *, force: bool) -> None:
    """Write tables of one schema one after the other.

    Raises
    ------
    OmegaError
        1007 for a file that is there, unless ``force`` says that it is replaced; 1009 for another suffix; 1010 without
        rows; 3000 … 3007.
    """
    if path.suffix.lower() not in (*_PARQUET, *_ARROW, ".csv"):
        message = f"{path.name} must end in .parquet, .arrow, .feather or .csv"
        raise file_error(ErrorCode.INVALID_FORMAT, message, path)
    refuse_existing(path, force=force)
    with replacing(path) as file:
        first = next(chunks, None)
        if first is None:
            raise no_rows()
        with _writer(path, file, first.schema) as writer:
            _write(writer, first)
            for chunk in chunks:
                _write(writer, chunk)
        refuse_existing(path, force=force)  # it may have come meanwhile


def _write(writer: Any, table: pa.Table) -> None:
    if isinstance(writer, pq.ParquetWriter):
        writer.write_table(table, row_group_size=_GROUP_ROWS)
    else:
        writer.write_table(table)


@contextmanager
def _writer(path: Path, file: BinaryIO, schema: pa.Schema) -> Iterator[Any]:
    kind = path.suffix.lower()
    target: Any = file
    writer: Any
    if kind in _PARQUET:
        writer = pq.ParquetWriter(target, schema, compression="zstd")
    else:
        writer = pa.ipc.new_file(target, schema) if kind in _ARROW else csv.CSVWriter(target, schema)
    with writer:
        yield writer
