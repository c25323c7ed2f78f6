"""Files in: bytes and Arrow tables (Parquet, CSV, Arrow IPC), errors with codes."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from omega.boundary.guard import code_of, is_foreign, text_of
from omega.boundary.limits import check, check_expansion
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.names import refuse_repeated
from omega.data.windows import ALL, Window, groups_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_BATCH_ROWS: Final = 1 << 17
"""Rows decoded at once: what a file claims about its length never decides an allocation (X-4)."""
_NESTED_ROWS: Final = 1 << 10
"""The same where lists of texts are among the columns: one text may stand in every row."""


def read_bytes(path: Path) -> bytes:
    """Read a small file whole.

    Raises
    ------
    OmegaError
        3001 not found, 3002 not permitted, 3000 otherwise.
    """
    with io_errors(path):
        try:
            return path.read_bytes()
        except ValueError as error:  # a name that no file can have
            raise file_error(ErrorCode.INVALID_ARGUMENT, f"{text_of(path)}: {error}", path) from None


@contextmanager
def io_errors(path: Path) -> Iterator[None]:
    """Give the operating system's errors the contract's codes."""
    try:
        yield
    except OmegaError:
        raise
    except OSError as error:
        code = code_of(error)
        match code:
            case ErrorCode.NOT_FOUND:
                message = f"no such file: {path}"
            case ErrorCode.PERMISSION_DENIED:
                message = f"not permitted: {path}" + (" (read-only)" if error.errno == errno.EROFS else "")
            case ErrorCode.DISK_FULL:
                message = f"no room to write {path}: {error.strerror}"
            case _:
                message = f"{path}: {error.strerror or error}"
        raise file_error(code, message, path) from None


def file_error(code: ErrorCode, message: str, path: Path) -> OmegaError:
    """Build an error about a file; the file's name is the value."""
    return omega_error(code, message, rule="X-1", column="path", value=text_of(path))


def read_table(
    path: Path, types: Mapping[str, pa.DataType], *, every_column: bool = False, window: Window = ALL
) -> pa.Table:
    """Read those columns of ``types`` that a Parquet, CSV or Arrow IPC (Feather) file has, or every column.

    The types say how a CSV is read; columns of other files keep their own.

    Of a Parquet file only the groups of rows are read that may hold times of ``window``; other rows may come along.

    The content decides about Parquet and Arrow; anything else is taken for CSV when its name ends so.

    Raises
    ------
    OmegaError
        1010 for a file of zero bytes, 1009 for an unknown format, 3004 for a damaged file, 1004 and 1009 for a
        cell of a CSV that is no number or time, 6004 for one that grows beyond a limit (X-5).
    """
    import pyarrow as pa

    reader = _reader_of(path)
    with decoding(path):
        names = _names_of(path, reader)
        refuse_repeated([name for name in names if every_column or name in types])
        kept = {name: types.get(name, pa.string()) for name in names if every_column or name in types}
        table = _read_parquet(path, kept, window) if reader is _read_parquet else reader(path, kept)
        check("rows", f"rows of {path.name}", table.num_rows, column="path")
        table.validate(full=True)
    return table


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Give whatever a decoder raises over a file's bytes the contract's code, beside :func:`io_errors`."""
    with io_errors(path):
        try:
            yield
        except OmegaError:
            raise
        except OSError as error:
            if error.errno is not None:
                raise
            # Arrow reports a file that ends too early as an OSError without a number.
            raise file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path.name} is damaged: {error}", path) from None
        except BaseException as error:
            if not is_foreign(error):
                raise
            raise file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path.name} is damaged: {error}", path) from None


_Reader = Callable[[Path, "Mapping[str, pa.DataType]"], "pa.Table"]


def column_names(path: Path) -> list[str]:
    """Name the columns of a file that :func:`read_table` reads.

    Raises
    ------
    OmegaError
        As :func:`read_table`.
    """
    reader = _reader_of(path)
    with decoding(path):
        return _names_of(path, reader)


def is_text_file(path: Path) -> bool:
    """Whether a file is read as CSV: by its name, where its content is neither Parquet nor Arrow.

    Raises
    ------
    OmegaError
        As :func:`read_table`.
    """
    return _reader_of(path) not in (_read_parquet, _read_ipc)


def _names_of(path: Path, reader: _Reader) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if reader is _read_parquet:
        with pq.ParquetFile(path) as file:
            return list(file.schema_arrow.names)
    if reader is _read_ipc:
        with pa.OSFile(str(path), "rb") as source:
            try:
                return list(pa.ipc.open_file(source).schema.names)
            except pa.ArrowInvalid:
                source.seek(0)
                return list(pa.ipc.open_stream(source).schema.names)
    from omega.data.csv import csv_names

    return csv_names(path)


def _reader_of(path: Path) -> _Reader:
    with io_errors(path), path.open("rb") as file:
        magic = file.read(6)
    if not magic:
        raise omega_error(ErrorCode.EMPTY_INPUT, f"{path.name} is empty", rule="T-2", column="path", value=str(path))
    suffix = path.suffix.lower()
    if magic.startswith(b"PAR1") or suffix in (".parquet", ".pq"):
        return _read_parquet
    if magic == b"ARROW1" or suffix in (".arrow", ".feather", ".ipc"):
        return _read_ipc
    if suffix in (".csv", ".txt"):
        from omega.data.csv import read_csv

        return read_csv
    raise file_error(
        ErrorCode.INVALID_FORMAT, f"{path.name}: bars are read from .parquet, .csv, .arrow or .feather files", path
    )


def _read_parquet(path: Path, columns: Mapping[str, pa.DataType], window: Window = ALL) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = path.stat().st_size
    with pq.ParquetFile(path) as file:
        texts = [field.name for field in file.schema_arrow if field.name in columns and pa.types.is_string(field.type)]
    # A text that many rows share is kept once; how often it may be written out is for `conform` to say.
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        names = [name for name in file.schema_arrow.names if name in columns]
        schema = pa.schema([file.schema_arrow.field(name) for name in names])
        groups = groups_within(file.metadata, *window)
        rows = sum(file.metadata.row_group(group).num_rows for group in groups)
        check("columns", f"columns of {path.name}", len(file.schema_arrow))
        check("rows", f"rows of {path.name}", rows)
        check_expansion(size, rows * sum(_width(field.type) for field in schema), column="path")
        nested = any(pa.types.is_nested(field.type) for field in schema)
        batches, held = [], 0
        batch_rows = _NESTED_ROWS if nested else _BATCH_ROWS
        for batch in file.iter_batches(batch_size=batch_rows, columns=names, row_groups=groups):
            held += batch.nbytes
            check_expansion(size, held, column="path")
            batches.append(batch)
        table = pa.Table.from_batches(batches, schema)
        if names and table.num_rows != rows:
            raise pa.ArrowInvalid(f"it claims {rows} rows and holds {table.num_rows}")
    return table


def _width(data_type: pa.DataType) -> int:
    """Bytes that a value has at least."""
    try:
        return max(1, data_type.bit_width // 8)
    except ValueError:
        return 1


def _read_ipc(path: Path, columns: Mapping[str, pa.DataType]) -> pa.Table:
    import pyarrow as pa

    from omega.boundary.expansion import unpacked_bytes

    # Read, not mapped: a mapped file changes under the table when somebody writes to it.
    with pa.OSFile(str(path), "rb") as source:
        content = source.read_buffer()
    check_expansion(content.size, unpacked_bytes(content), column="path")
    with pa.BufferReader(content) as source:
        try:
            reader = pa.ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
        else:
            table = reader.read_all()
    return table.select([name for name in table.column_names if name in columns])
