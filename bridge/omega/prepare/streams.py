"""Files in, chunk by chunk, whatever wrote them: CSV by its style, Parquet and Arrow with our columns (T-11, T-12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import DataHandler
from omega.contract.schemas import BARS, SIDE_BARS, TICKS
from omega.data.arrow import conform, types_of
from omega.data.bars import symbol_of
from omega.data.files import column_names, io_errors, is_text_file, read_table
from omega.data.sides import with_lone_times, with_other_side, with_volume
from omega.data.styles.form import Form, Said, form_of
from omega.data.styles.reading import ROW, Reading

_ROWS: Final = 1 << 17

OnProgress = Callable[[int, int], object]


@dataclass(slots=True)
class Stream:
    """Files of one symbol, read one after the other.

    Attributes
    ----------
    files : list of Path
    said : Said
        What the user says about them.
    forms : list of Form
        How each CSV was read, so far; files in our own columns have none.
    symbols : list of str
        What the files name, so far.
    left_out : dict of str to int
        Rows that were left out while reading, by reason.
    source : str
        The file that the last chunk is of.
    rows : int
        Rows read so far, left out ones too.
    needs_spread : bool
        False for one file of a pair.
    """

    files: list[Path]
    said: Said
    needs_spread: bool = True
    forms: list[Form] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    source: str = ""
    rows: int = 0

    def chunks(self, on_progress: OnProgress | None = None) -> Iterator[pa.Table]:
        """Give the rows with the columns of BARS, SIDE_BARS or TICKS, and the row in the file.

        Raises
        ------
        OmegaError
            As :func:`omega.data.styles.form.form_of` and the reading; 1001 for files that do not go together.
        """
        total, done = sum(_size(path) for path in self.files), 0
        content: list[str] | None = None
        for path in self.files:
            self.source = path.name

            def on_bytes(part: int, done: int = done) -> None:
                if on_progress is not None:
                    on_progress(done + part, total)

            for chunk in self._styled(path, on_bytes) if is_text_file(path) else self._own(path):
                if content is not None and chunk.column_names != content:
                    message = f"{path.name} has other columns than the files before it: {', '.join(chunk.column_names)}"
                    raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-12", column="files", value=str(path))
                content = chunk.column_names
                yield chunk
            done += _size(path)
            on_bytes(0, done)

    def symbol(self, asked: str | None) -> str | None:
        """Return the one symbol of the files and of the user.

        Raises
        ------
        OmegaError
            1006 where they name more than one.
        """
        names = list(dict.fromkeys([*([asked] if asked is not None else []), *self.symbols]))
        if len(names) > 1:
            message = f"the data are of {names[1]!r}, not {names[0]!r}"
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION, message, rule="T-12", column="symbol", row=0, value=names[1]
            )
        return names[0] if names else None

    def _styled(self, path: Path, on_bytes: Callable[[int], None]) -> Iterator[pa.Table]:
        form = form_of(path, self.said, needs_spread=self.needs_spread)
        self.forms.append(form)
        reading = Reading(form)
        for chunk in reading.chunks(on_bytes):
            if reading.symbol is not None and reading.symbol not in self.symbols:
                self.symbols.append(reading.symbol)
            yield chunk
        self.rows += reading.rows
        for reason, count in (reading.left_out or {}).items():
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def _own(self, path: Path) -> Iterator[pa.Table]:
        table = read_own(path)
        symbol = symbol_of(table)
        self.symbols += [symbol] if symbol is not None else []
        self.rows += table.num_rows
        table = table.drop_columns(["symbol"]) if "symbol" in table.column_names else table
        table = self._completed(path, table)
        numbered = table.append_column(ROW, pa.array(np.arange(table.num_rows, dtype=np.int64)))
        for start in range(0, numbered.num_rows, _ROWS):
            yield numbered.slice(start, _ROWS)

    def _completed(self, path: Path, table: pa.Table) -> pa.Table:
        """Make the other side of one where that is asked for; refuse what would do nothing."""
        said = self.said
        for name, value in (("columns", said.columns), ("zone", said.zone)):
            if value is not None:
                raise _idle(path, name, value, f"{name}= is about CSV files, and its columns and times are its own")
        if not self.needs_spread:
            return table
        if table.column_names == SIDE_BARS.names and said.spread_pips is not None:
            if said.side is None:
                message = f"{path.name} does not say of which side it is; give side='bid' or 'ask'"
                raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-12", column="side")
            digits = said.known_digits if said.digits is None else said.digits
            pip_size = _pip_size(said)
            return with_other_side(said.side, table, said.spread_pips, pip_size, digits)
        makes_side = {"side": said.side, "spread_pips": said.spread_pips}
        for name, given in makes_side.items():
            if given is not None and table.column_names != SIDE_BARS.names:
                raise _idle(path, name, given, "it has both sides")
        return table


def _pip_size(said: Said) -> float | Callable[[], float]:
    assert said.pip_size is not None, "an import knows a price of a pip, or whom to ask"
    return said.pip_size


def _idle(path: Path, name: str, value: object, why: str) -> OmegaError:
    message = f"{path.name}: {why}; leave {name}= out"
    return omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-12", column=name, value=plain_value(value))


def read_own(path: Path) -> pa.Table:
    """Read a Parquet or Arrow file with our columns: bars of both sides or one, or ticks, with a symbol or without.

    Raises
    ------
    OmegaError
        1008 for other columns, 1004 for other types; else as :func:`omega.data.files.read_table`.
    """
    names = column_names(path)
    schema = next((schema for schema, mark in _MARKS if mark <= set(names)), None)
    if schema is None:
        message = f"{path.name} has neither bars nor ticks in our columns; its columns are {', '.join(names)}"
        raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-12", column="bid_open")
    types = types_of(schema) | {"symbol": pa.string()}
    table = conform(read_table(path, types), types)
    if schema is not TICKS:
        table, _ = with_volume(table)
    for name in schema.names:
        if table.schema.field(name).type != schema.field(name).type:
            message = (
                f"{path.name}: column {name} must be {schema.field(name).type}, not {table.schema.field(name).type}"
            )
            raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-2", column=name)
    return table.select([*schema.names, *(["symbol"] if "symbol" in table.column_names else [])])


def joined(bid: Stream, ask: Stream, handler: DataHandler, max_missing_ratio: float) -> pa.Table:
    """Join two sides on equal times (G-1), whole; the rows are counted anew.

    Raises
    ------
    OmegaError
        1001 for a file that has both sides; else as G-1 says.
    """
    tables = []
    for stream in (bid, ask):
        chunks = [chunk.drop_columns([ROW]) for chunk in stream.chunks()]
        table = pa.concat_tables(chunks) if chunks else SIDE_BARS.empty_table()
        if table.column_names != SIDE_BARS.names:
            message = f"{stream.source} holds no bars of one side; give it as the source"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="G-1", column="source", value=stream.source)
        tables.append(table.cast(SIDE_BARS).combine_chunks())
    try:
        both = handler.join_sides(tables[0], tables[1], max_missing_ratio)
    except OmegaError as error:
        raise with_lone_times(error, *tables) from None
    return both.append_column(ROW, pa.array(np.arange(both.num_rows, dtype=np.int64)))


_MARKS: Final = (
    (BARS, {"timestamp", "bid_open", "ask_open"}),
    (TICKS, {"timestamp", "bid", "ask"}),
    (SIDE_BARS, {"timestamp", "open", "close"}),
)


def _size(path: Path) -> int:
    with io_errors(path):
        return path.stat().st_size
