"""Parts of data: months of a catalogue and groups of rows of a Parquet file, looked up before they are read (Q-T14)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, TICKS
from omega.data.files import decoding, file_error, read_bytes
from omega.data.windows import ALL, Window, groups_within, within

INDEX: Final = "_omega.json"
"""Names the parts of a series that count."""

TICKS_NAME: Final = "ticks"
"""Stands for a timeframe where a series holds ticks."""

_MOST_READINGS: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9#+-][A-Za-z0-9._#+-]{0,63}")
_PATH: Final = re.compile(r"month=\d{4}-\d\d/part-[0-9a-f]{32}\.parquet")


@dataclass(frozen=True, slots=True)
class Part:
    """A month of a series.

    Attributes
    ----------
    month : str
        ``"2024-03"``, UTC.
    path : str
        Below the folder of the series.
    rows : int
    first, last : int
        Times of the first and the last row, µs.
    """

    month: str
    path: str
    rows: int
    first: int
    last: int


def is_catalogue(path: Path) -> bool:
    """Whether a folder holds series, by its subfolders."""
    try:
        return path.is_dir() and any(path.glob("timeframe=*"))
    except (OSError, ValueError):  # a name that no folder can have, or a folder that cannot be opened
        return False


def series_folder(catalogue: Path, symbol: str, timeframe: str) -> Path:
    """Name the folder of a series.

    Raises
    ------
    OmegaError
        1001 for a symbol or timeframe that makes no name of a folder.
    """
    for column, value in (("symbol", symbol), ("timeframe", timeframe)):
        if _NAME.fullmatch(value) is None:
            message = f"{column} {value!r} makes no name of a folder: letters, digits and ._#+- , at most 64"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="Q-T14", column=column, value=value)
    return catalogue / f"timeframe={timeframe}" / f"symbol={symbol}"


def read_index(folder: Path) -> list[Part]:
    """Read which parts a series has.

    Raises
    ------
    OmegaError
        3001 without a series, 3004 for a list that is damaged.
    """
    path = folder / INDEX
    if not path.is_file():
        message = f"no such series: {folder} has no {INDEX}"
        raise file_error(ErrorCode.NOT_FOUND, message, path)
    try:
        document = json.loads(read_bytes(path))
        parts = [Part(**{**one, "month": str(one["month"]), "path": str(one["path"])}) for one in document["parts"]]
        if document["format"] != 1 or not all(_is_whole(part) for part in parts) or not parts:
            raise ValueError("unknown format, or a part that is none")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path} is damaged: {error}", path) from None
    return parts


def _is_whole(part: Part) -> bool:
    return _PATH.fullmatch(part.path) is not None and all(
        type(one) is int for one in (part.rows, part.first, part.last)
    )


def parts_of(folder: Path, start: int | None, end: int | None) -> list[Part]:
    """Name the parts of a series that have rows with start ≤ time < end. Errors as :func:`read_index`."""
    parts = read_index(folder)
    return [part for part in parts if (start is None or part.last >= start) and (end is None or part.first < end)]


def read_parts(
    folder: Path, parts: Sequence[Part], names: Sequence[str], start: int | None = None, end: int | None = None
) -> pa.Table:
    """Read columns of these parts, of their rows those with start ≤ time < end.

    Raises
    ------
    OmegaError
        1010 for no rows, 3001 and 3004 for a part that is missing or damaged.
    """
    tables = [read_rows(folder / part.path, names, start, end) for part in parts]
    if not sum(table.num_rows for table in tables):
        message = f"{folder} has no rows in that time"
        raise omega_error(ErrorCode.EMPTY_INPUT, message, rule="Q-T14", column="start", value=start)
    return pa.concat_tables(tables)


def read_series(catalogue: Path, symbol: str | None, timeframe: str | None, window: Window = ALL) -> pa.Table:
    """Read bars or ticks of a catalogue; months and groups of rows outside the window are not touched.

    Returns
    -------
    pyarrow.Table
        Columns of BARS, or of TICKS where the timeframe is ``"ticks"``.

    Raises
    ------
    OmegaError
        1008 without symbol or timeframe; 3001 for a series that is not there, 1010 for no rows, 3004 for a damaged one;
        6003 while it changes faster than it can be read.
    """
    for column, value in (("symbol", symbol), ("timeframe", timeframe)):
        if value is None:
            message = f"{catalogue} is a folder: a catalogue's series has a {column}; give {column}="
            raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-14", column=column)
    assert symbol is not None
    assert timeframe is not None
    folder = series_folder(catalogue, symbol, timeframe)
    schema = TICKS if timeframe == TICKS_NAME else BARS
    for _ in range(_MOST_READINGS):
        parts = parts_of(folder, *window)
        try:
            return read_parts(folder, parts, schema.names, *window)
        except OmegaError as error:
            # A writer may have cleared a part away since the list was read.
            if error.code is not ErrorCode.NOT_FOUND or parts_of(folder, *window) == parts:
                raise
    raise file_error(ErrorCode.RESOURCE_BUSY, f"{folder} changes faster than it is read", folder)


def read_rows(path: Path, names: Sequence[str], start: int | None = None, end: int | None = None) -> pa.Table:
    """Read columns of a Parquet file, of its rows those with start ≤ time < end; no other group of rows is touched.

    Raises
    ------
    OmegaError
        3001 … 3004.
    """
    with decoding(path), pq.ParquetFile(path) as file:
        groups = groups_within(file.metadata, start, end)
        table = file.read_row_groups(groups, columns=list(names))
    return within(table, start, end)
