"""CSV in: typed columns where there is no doubt, otherwise the first cell at fault with its line and column."""

from __future__ import annotations

import csv as stdlib_csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import TIMESTAMP
from omega.data.names import refuse_repeated
from omega.data.times import is_too_fine, microseconds

Column: TypeAlias = "pa.ChunkedArray[Any]"

_DELIMITERS: Final = (",", ";", "\t")
_HEADER_BYTES: Final = 1 << 16
_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[-+]?\d+")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text is laid out: what its first line says."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]


def read_csv(path: Path, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Read the columns of ``types`` of a CSV with a header.

    Times are ISO 8601 with an offset (T-1), numbers have a point, durations are whole µs, lists and mappings are JSON.
    Delimiters are comma, semicolon or tab; UTF-8, or UTF-16 with a byte order mark; blanks around a cell are no part of
    it.

    Parameters
    ----------
    path : Path
    types : mapping of str to pyarrow.DataType
        Columns to read, and as what.

    Raises
    ------
    OmegaError
        1004 for a naive time or a cell that is no number; 1009 for text that is no time; 3004 for a line with
        more or fewer cells than the header, another encoding or no certain delimiter; 1006 for times that are no
        whole µs; 1008 for a column that is there twice.
    """
    layout = layout_of(path)
    names = [name for name in layout.names if name in types]
    refuse_repeated(names)
    if not names:
        return pa.table({})
    texts = _read(path, layout, names, types)
    for position, name in enumerate(names):
        typed = _typed(_Cells(path, layout, name), texts.column(position), types[name])
        texts = texts.set_column(position, name, typed)
    return texts


def csv_names(path: Path) -> list[str]:
    """Name the columns of a CSV."""
    return list(layout_of(path).names)


def layout_of(path: Path) -> Layout:
    """Look how the text of a CSV is laid out.

    Raises
    ------
    OmegaError
        3004 for a first line that is none.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    # A byte order mark is how spreadsheets begin a CSV.
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    start = head[:64]
    # Of text in UTF-16 about every other byte is NUL.
    if encoding == "utf-8-sig" and len(start) < 3 * start.count(0) < 2 * len(start):
        raise _at(path, 1, "this looks like UTF-16 without a byte order mark; save the file as UTF-8")
    text = head[: len(head) // 2 * 2].decode(encoding, errors="replace")
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if "\x00" in line:
        raise _at(path, 1, "there is a NUL byte in the header; the file is damaged, or no text")
    if text.strip() and not line.strip():
        raise _at(path, 1, "this line is blank; the header must stand there")
    found = [delimiter for delimiter in _DELIMITERS if delimiter in line]
    if len(found) > 1:
        raise _at(path, 1, f"the header has {' and '.join(map(repr, found))}; one of them must separate the columns")
    delimiter = found[0] if found else ","
    names = next(stdlib_csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return Layout(encoding, delimiter, tuple(name.strip() for name in names))


def _read(path: Path, layout: Layout, names: list[str], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Read numbers as numbers, everything else as text; where a number is none all is text."""
    numbers = {name: pa.float64() for name in names if types.get(name) == pa.float64()}
    for kinds in (numbers, {}):
        try:
            return csv.read_csv(
                path,
                read_options=csv.ReadOptions(
                    column_names=[_unique(layout, place) for place in range(len(layout.names))],
                    skip_rows=1,
                    encoding="utf-16" if layout.encoding == "utf-16" else "utf8",
                ),
                parse_options=csv.ParseOptions(delimiter=layout.delimiter),
                convert_options=csv.ConvertOptions(
                    column_types={name: kinds.get(name, pa.string()) for name in names},
                    include_columns=names,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except (pa.ArrowInvalid, UnicodeError):
            _refuse_bad_lines(path, layout)
    raise _at(path, 1, "it is no CSV")


def _unique(layout: Layout, place: int) -> str:
    """Name a column for Arrow, which wants each name once: of those that nobody asked for there may be more."""
    name = layout.names[place]
    return name if layout.names.count(name) == 1 else f"{name}\x00{place}"


def _lines(path: Path, layout: Layout) -> Iterator[tuple[int, int, list[str]]]:
    """Give each row that holds a cell, with the lines in which it begins and ends; lines count from 1."""
    with path.open("rb") as file, io.TextIOWrapper(file, encoding=layout.encoding, newline=None) as text:
        reader = stdlib_csv.reader(text, delimiter=layout.delimiter)
        next(reader, None)
        first = reader.line_num + 1
        for cells in reader:
            if cells:
                yield first, reader.line_num, cells
            first = reader.line_num + 1


def _refuse_bad_lines(path: Path, layout: Layout) -> None:
    line = 1
    try:
        for first, line, cells in _lines(path, layout):
            if len(cells) != len(layout.names):
                raise _at(path, first, _wrong_row(cells, layout, has_more_lines=line > first))
    except UnicodeError as error:
        raise _at(path, line + 1, f"this is no {layout.encoding.removesuffix('-sig').upper()}: {error}") from None
    except stdlib_csv.Error as error:
        raise _at(path, line + 1, str(error)) from None


def _wrong_row(cells: list[str], layout: Layout, *, has_more_lines: bool) -> str:
    if not "".join(cells).strip():
        return "this line holds only blanks; leave it out"
    if has_more_lines:
        return "a quote that is opened here is not closed in this line, and the cells are not as many as the columns"
    return f"{len(cells)} cells, but the header names {len(layout.names)} columns"


def _at(path: Path, line: int, message: str) -> OmegaError:
    return omega_error(
        ErrorCode.DESERIALIZATION_FAILED,
        f"{path.name}, line {line}: {message}",
        rule="X-1",
        column="path",
        value=str(path),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """A column whose cells are read; knows where a cell stands in the file."""

    path: Path
    layout: Layout
    name: str

    def fault(self, code: ErrorCode, row: int, text: str, message: str, rule: str = "T-2") -> OmegaError:
        """Build the error about one cell."""
        line = next((line for place, (_, line, _) in enumerate(_lines(self.path, self.layout)) if place == row), None)
        where = f"{self.path.name}, line {line}, column {self.name}: " if line is not None else ""
        return omega_error(code, where + message, rule=rule, column=self.name, row=row, value=text)


def _typed(cells: _Cells, column: Column, target: pa.DataType) -> Column:
    if column.type == target and not pa.types.is_string(target):
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    texts: Column = pc.if_else(pc.equal(trimmed, pa.scalar("", pa.string())), pa.scalar(None, pa.string()), trimmed)
    if pa.types.is_string(target):
        return texts
    if pa.types.is_timestamp(target):
        return _times(cells, texts)
    if pa.types.is_nested(target):
        return _values(cells, texts, target, _from_json, "JSON")
    if pa.types.is_floating(target):
        return _values(cells, texts, target, _number, "a number")
    whole = _values(cells, texts, pa.int64(), _integer, "a whole number")
    return whole.cast(target)


def _values(cells: _Cells, texts: Column, target: pa.DataType, parse: Callable[[str], object], kind: str) -> Column:
    values = []
    for row, text in enumerate(texts.to_pylist()):
        try:
            values.append(None if text is None else parse(text))
        except ValueError as error:
            message = f"{cells.name} needs {kind}, found {text!r}{error}"
            raise cells.fault(ErrorCode.TYPE_MISMATCH, row, str(text), message) from None
    try:
        return pa.chunked_array([pa.array(values, target)])
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        for row, (text, value) in enumerate(zip(texts.to_pylist(), values, strict=True)):
            if not _fits(value, target):
                message = f"{cells.name} needs {target}, found {text!r}"
                raise cells.fault(ErrorCode.TYPE_MISMATCH, row, str(text), message) from None
        raise


def _fits(value: object, target: pa.DataType) -> bool:
    try:
        pa.array([value], target)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("; write a point, not a comma, before the decimals" if _DECIMAL_COMMA.fullmatch(text) else "")
    return float(text)


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError
    return int(text)


def _from_json(text: str) -> object:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError from None
    return list(value.items()) if isinstance(value, dict) else value


def _times(cells: _Cells, texts: Column) -> Column:
    try:
        return pc.cast(texts, TIMESTAMP)
    except pa.ArrowInvalid:
        values = [None if text is None else _time(cells, row, text) for row, text in enumerate(texts.to_pylist())]
        return pa.chunked_array([pa.array(values, pa.int64()).cast(TIMESTAMP)])


def _time(cells: _Cells, row: int, text: str) -> int:
    """Read one time as µs; decimals beyond the sixth must be zeros."""
    if is_too_fine(text):
        message = f"{text!r} is no whole microsecond; round it"
        raise cells.fault(ErrorCode.CONSTRAINT_VIOLATION, row, text, message, "T-1")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no ISO 8601 time, as in 2024-01-31T23:59:00Z"
        raise cells.fault(ErrorCode.INVALID_FORMAT, row, text, message, "T-1") from None
    if moment.tzinfo is None:
        message = f"{text!r} has no offset; write {text}Z if it is UTC"
        raise cells.fault(ErrorCode.TYPE_MISMATCH, row, text, message, "T-1")
    return microseconds(moment)
