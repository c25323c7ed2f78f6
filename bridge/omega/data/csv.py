"""CSV in: typed columns, and on failure the first cell at fault instead of a parser's message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import TIMESTAMP

Column: TypeAlias = "pa.ChunkedArray[Any]"
_TEXT_COLUMNS = frozenset({"timestamp", "symbol"})


def read_csv(path: Path, columns: frozenset[str]) -> pa.Table:
    """Read ``columns`` of a CSV with a header; times are ISO 8601 with an offset (T-1), numbers have a point.

    Raises
    ------
    OmegaError
        1004 for a naive time or a cell that is no number, 1009 for text that is no time.
    """
    names = [name for name in _header(path) if name in columns]
    if not names:
        return pa.table({})
    table = _read(path, names, numbers=True)
    position = table.column_names.index("timestamp") if "timestamp" in names else None
    if position is not None:
        table = table.set_column(position, "timestamp", _times(table.column(position)))
    return table


def _header(path: Path) -> list[str]:
    with path.open("rb") as file:
        line = file.readline(1 << 16)
    # A byte order mark is how spreadsheets begin a CSV.
    return [name.strip().strip('"') for name in line.decode("utf-8-sig", errors="replace").strip().split(",")]


def _read(path: Path, names: list[str], *, numbers: bool) -> pa.Table:
    types = {name: pa.string() if name in _TEXT_COLUMNS or not numbers else pa.float64() for name in names}
    options = csv.ConvertOptions(
        column_types=types,
        include_columns=names,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    try:
        return csv.read_csv(path, convert_options=options)
    except pa.ArrowInvalid:
        if numbers:
            texts = _read(path, names, numbers=False)
            for name in (name for name in names if name not in _TEXT_COLUMNS):
                _scan(texts.column(name), float, partial(_no_number, name))
        raise


def _times(texts: Column) -> Column:
    try:
        return pc.cast(texts, TIMESTAMP)
    except pa.ArrowInvalid:
        _scan(texts, _parse_time, _no_time)
        raise


def _scan(texts: Column, parse: Callable[[str], object], fault: Callable[[int, str], OmegaError]) -> None:
    for row, text in enumerate(texts.to_pylist()):
        if text is None:
            continue
        try:
            parse(text)
        except ValueError:
            raise fault(row, text) from None


def _parse_time(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


def _no_number(name: str, row: int, text: str) -> OmegaError:
    return omega_error(
        ErrorCode.TYPE_MISMATCH, f"{name} needs a number, found {text!r}", rule="T-2", column=name, row=row, value=text
    )


def _no_time(row: int, text: str) -> OmegaError:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        code, message = ErrorCode.INVALID_FORMAT, f"{text!r} is no ISO 8601 time"
    else:
        code, message = ErrorCode.TYPE_MISMATCH, f"{text!r} has no offset; write {text}Z if it is UTC"
    return omega_error(code, message, rule="T-1", column="timestamp", row=row, value=text)
