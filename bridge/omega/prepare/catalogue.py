"""A folder of bars and ticks, by timeframe, symbol and month, to which adding is atomic (T-14).

The name of a part ends in the digest of its content, so that new parts never touch old ones; the list of parts takes
its place in one step, and only then is what it no longer names cleared away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import filelock
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS, TICKS
from omega.data.bars import symbol_of
from omega.data.datasets import INDEX, TICKS_NAME, Part, read_index, read_parts, read_series, series_folder
from omega.data.files import file_error, io_errors
from omega.data.windows import Window
from omega.data.writing import is_staged, make_folder, replacing, sweep, sync_folder, write_file
from omega.prepare import columns

FORMAT_VERSION: Final = 1

_LOCK: Final = ".omega.lock"
_WAIT_SECONDS: Final = 60.0
_ABANDONED_SECONDS: Final = 3_600.0
_GROUP_ROWS: Final = 1 << 16
_PART: Final = re.compile(r"part-[0-9a-f]{32}\.parquet")


@dataclass(frozen=True, slots=True)
class Added:
    """What was added to a catalogue.

    Attributes
    ----------
    months : tuple of str
        ``"2024-03"``, those whose part is new.
    rows, replaced : int
        Rows added, and rows that were there and are not any more.
    """

    months: tuple[str, ...]
    rows: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A folder of bars and ticks; it is made when something is added.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def series(self) -> list[dict[str, Any]]:
        """List what it holds: symbol, timeframe, months, rows, first and last time (µs) of each series.

        Raises
        ------
        OmegaError
            3004 for a list of parts that is damaged.
        """
        found = []
        for path in sorted(self.folder.glob(f"timeframe=*/symbol=*/{INDEX}")):
            parts = read_index(path.parent)
            names = (one.partition("=")[2] for one in path.parent.parts[-2:])
            timeframe, symbol = names
            found.append(
                {
                    "symbol": symbol,
                    "timeframe": timeframe,
                    "months": len(parts),
                    "rows": sum(part.rows for part in parts),
                    "first": min(part.first for part in parts),
                    "last": max(part.last for part in parts),
                }
            )
        return found

    def read(self, symbol: str, timeframe: str, *, start: int | None = None, end: int | None = None) -> pa.Table:
        """Read rows with start ≤ time < end (µs); as :func:`omega.data.datasets.read_series`."""
        return read_series(self.folder, symbol, timeframe, Window(start, end))

    def add(self, table: pa.Table, *, timeframe: str | None, force: bool = False) -> Added:
        """Add checked bars or ticks with a column ``symbol``.

        Raises
        ------
        OmegaError
            1008 without symbol or timeframe; 1007 where rows stand already between the first and the last new time and
            ``force`` does not say that they are replaced; 6003 when another process keeps on writing; 3000 … 3007.
        """
        symbol = symbol_of(table)
        name = TICKS_NAME if columns.is_ticks(table) else timeframe
        for column, value in (("symbol", symbol), ("timeframe", name)):
            if value is None:
                message = f"a catalogue needs the {column}; give {column}="
                raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-14", column=column)
        assert symbol is not None
        assert name is not None
        folder = series_folder(self.folder, symbol, name)
        make_folder(folder)
        with io_errors(folder), _one_writer(folder):
            sweep(folder, older_than=_ABANDONED_SECONDS)
            old = read_index(folder) if (folder / INDEX).exists() else []
            rows = table.select((TICKS if name == TICKS_NAME else BARS).names)
            added, parts = _merged(folder, old, rows, force=force)
            _write_index(folder, parts)
            _clear(folder, {part.path for part in parts})
        return added


def _merged(folder: Path, old: list[Part], table: pa.Table, *, force: bool) -> tuple[Added, list[Part]]:
    moments = columns.times(table)
    first, last = int(moments[0]), int(moments[-1])
    kept: list[Part] = []
    replaced = 0
    months = _months(moments)
    written = []
    others = {part.month: part for part in old}
    for month in sorted({*others, *months}):
        part = others.get(month)
        if part is not None and (part.last < first or part.first > last) and month not in months:
            kept.append(part)
            continue
        new = table.slice(*months[month]) if month in months else table.slice(0, 0)
        before = read_parts(folder, [part], table.column_names) if part is not None else new.slice(0, 0)
        times = columns.times(before)
        inside = (times >= first) & (times <= last)
        if inside.any() and not force:
            raise _overlap(folder, int(inside.sum()))
        replaced += int(inside.sum())
        outside = [before.filter(pa.array(times < first)), new, before.filter(pa.array(times > last))]
        merged = pa.concat_tables([one.cast(table.schema) for one in outside])
        if merged.num_rows:
            kept.append(_write_part(folder, month, merged))
            written.append(month)
    return Added(tuple(written), table.num_rows, replaced), kept


def _overlap(folder: Path, count: int) -> Exception:
    message = f"{folder}: {count:,} rows stand already between the first and the last new time; --force replaces them"
    return omega_error(ErrorCode.INVALID_STATE, message, rule="T-14", column="timestamp", value=count)


def _months(moments: columns.Times) -> dict[str, tuple[int, int]]:
    """Find for each month (UTC) where its rows begin and how many they are; times rise."""
    names = moments.view("M8[us]").astype("M8[M]")
    found, starts = np.unique(names, return_index=True)
    ends = [*starts[1:], len(moments)]
    return {str(name): (int(low), int(high - low)) for name, low, high in zip(found, starts, ends, strict=True)}


def _write_part(folder: Path, month: str, table: pa.Table) -> Part:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=_GROUP_ROWS)
    content = sink.getvalue().to_pybytes()
    place = folder / f"month={month}"
    make_folder(place)
    path = place / f"part-{xxhash.xxh3_128_hexdigest(content)}.parquet"
    with replacing(path) as file:
        file.write(content)
    sync_folder(folder)
    moments = columns.times(table)
    return Part(month, f"{place.name}/{path.name}", table.num_rows, int(moments[0]), int(moments[-1]))


def _write_index(folder: Path, parts: list[Part]) -> None:
    listed = [
        {"month": one.month, "path": one.path, "rows": one.rows, "first": one.first, "last": one.last} for one in parts
    ]
    write_file(folder / INDEX, json.dumps({"format": FORMAT_VERSION, "parts": listed}, indent=1) + "\n")


def _clear(folder: Path, named: set[str]) -> None:
    for path in folder.glob("month=*/*"):
        name = f"{path.parent.name}/{path.name}"
        if name not in named and (_PART.fullmatch(path.name) or is_staged(path.name)):
            path.unlink(missing_ok=True)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    try:
        with filelock.FileLock(folder / _LOCK, timeout=_WAIT_SECONDS):
            yield
    except filelock.Timeout:
        message = f"another process is writing to {folder} and did not finish within {_WAIT_SECONDS:.0f} s"
        raise file_error(ErrorCode.RESOURCE_BUSY, message, folder) from None
