"""Ticks of one symbol: reading, checking, describing."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import DataHandler
from omega.contract.schemas import TICKS, TICKS_WITH_SYMBOL
from omega.contract.types import Bar, Tick
from omega.data.arrow import as_table, conform, types_of
from omega.data.bars import Bars, Quality, column_values, symbol_of
from omega.data.memory import sealed
from omega.data.sides import read_columns
from omega.data.signals import table_of_rows
from omega.data.single import plain_number, plain_time
from omega.flags.plan import Choice

_TYPES: Final = types_of(TICKS_WITH_SYMBOL)
_KNOWN: Final = frozenset(TICKS_WITH_SYMBOL.names)

NAME: Final = "tick"
"""What a result has in the place of a timeframe."""


@dataclass(frozen=True)
class Ticks:
    """Checked ticks of one symbol (T-3).

    Attributes
    ----------
    table : pyarrow.Table
        Columns and types of :data:`omega.contract.schemas.TICKS`, in one chunk; its memory cannot be written.
    symbol : str or None
        None when the data do not say.
    crossed_ticks : int
        Ticks whose ask is below their bid: odd and allowed (Q-T3).
    reader : Choice or None
        Which side's data handler checked them, and why.
    """

    table: pa.Table
    symbol: str | None
    crossed_ticks: int
    reader: Choice | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return self.table.num_rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # a capsule; Arrow's own protocol
        return self.table.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"Ticks({self.symbol or 'no symbol'}, {len(self):,} ticks)"

    @cached_property
    def times(self) -> npt.NDArray[np.int64]:
        """Times in µs since the epoch, UTC; a view."""
        return column_values(self.table, "timestamp")

    @cached_property
    def content_hash(self) -> str:
        """XXH3-128 (hex) over the row count and the columns in T-3 order, as little-endian 64-bit values (Q-T3)."""
        digest = xxhash.xxh3_128(struct.pack("<Q", len(self)))
        for name in TICKS.names:
            values = column_values(self.table, name)
            digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).data)
        return digest.hexdigest()

    def before(self, end: int | None) -> Ticks:
        """Take the ticks with time < ``end``, µs."""
        rows = len(self) if end is None else int(np.searchsorted(self.times, end, side="left"))
        return self if rows == len(self) else replace(self, table=self.table.slice(0, rows))


def checked_ticks(
    handler: DataHandler, source: object, *, symbol: str | None, quality: Quality, reader: Choice
) -> Ticks:
    """Read ticks from a path, a table or rows, check them with ``handler``, and wrap them."""
    table = sealed(tick_table(source), is_ours=isinstance(source, str | Path))
    crossed = handler.check_ticks(table)
    found = symbol_of(table)
    if symbol is not None and found is not None and symbol != found:
        message = f"the data are of {found!r}, not {symbol!r}"
        code = ErrorCode.CONSTRAINT_VIOLATION
        raise omega_error(code, message, rule="T-3", column="symbol", row=0, value=found)
    if quality == "refuse" and crossed:
        message = f"quality findings refused: crossed_ticks {crossed:,}"
        code = ErrorCode.CONSTRAINT_VIOLATION
        raise omega_error(code, message, rule="T-3", column="crossed_ticks", value=crossed)
    return Ticks(table.select(TICKS.names).cast(TICKS), symbol or found, crossed, reader)


def tick_table(source: object) -> pa.Table:
    """Take ticks as a table: a path, a table, rows or one row; what T-3 says of them is checked by a side.

    Raises
    ------
    OmegaError
        TYPE_MISMATCH for bars, which are another thing than ticks whose columns are wrong.
    """
    if isinstance(source, Ticks):
        return source.table
    if isinstance(source, Bars | Bar):
        message = "these are bars, no ticks: run_signals takes them, and evaluate_exits of a simulator"
        found = type(source).__name__
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-8a", column="ticks", value=found)
    if isinstance(source, Mapping) or (is_dataclass(source) and not isinstance(source, type)):
        return table_of_rows([source], TICKS_WITH_SYMBOL, rule="T-3")
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return table_of_rows(source, TICKS_WITH_SYMBOL, rule="T-3")
    return read_columns(source, _TYPES) if isinstance(source, str | Path) else conform(as_table(source), _TYPES)


def refuse_ticks(source: object) -> None:
    """Refuse ticks where bars are wanted.

    Raises
    ------
    OmegaError
        TYPE_MISMATCH.
    """
    if isinstance(source, Ticks | Tick):
        message = "these are ticks, no bars: run_ticks takes them, and evaluate_ticks of a simulator"
        found = type(source).__name__
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-8a", column="bars", value=found)


def plain_tick(source: object, symbol: str) -> Tick | None:
    """Return a single tick of ``symbol``; None for what has to be read, or refused, as a table.

    Its values are of the right types and not checked otherwise: that is for the side that takes it.
    """
    try:
        if type(source) is Tick:
            return _tick_of(source.timestamp, source.bid, source.ask)
        if not isinstance(source, dict) or not _KNOWN.issuperset(source):
            return None
        if source.get("symbol") not in (None, symbol):
            return None
        return _tick_of(source["timestamp"], source["bid"], source["ask"])
    except Exception:  # of a foreign value too: the table says what is wrong, and where
        return None


def _tick_of(timestamp: Any, bid: Any, ask: Any) -> Tick:
    return Tick(timestamp=plain_time(timestamp), bid=plain_number(bid), ask=plain_number(ask))
