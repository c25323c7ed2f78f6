"""No twin: several symbols from Arrow tables, and a block as one, as in the binding's ``multi_symbol.rs``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from omega.contract.errors import ErrorCode
from omega.contract.protocols import CheckedBars, Series
from omega.contract.schemas import SLICES
from omega.contract.types import SliceMode
from omega_reference.bars.columns import BarColumns
from omega_reference.breaches import breach
from omega_reference.columns import array_of
from omega_reference.data import bars_from_table, read_bars
from omega_reference.multi_symbol.iterator import Pass, block, check_part
from omega_reference.multi_symbol.timeline import check_symbols, timeline
from omega_reference.multi_symbol.views import MultiSymbolSlice


class MultiSymbol:
    """Bars of several symbols, step by step; see :class:`omega.contract.protocols.MultiSymbol`.

    Parameters
    ----------
    symbols : sequence of str
    bars : sequence of pyarrow.Table or CheckedBars
    timeframes : sequence of int
        Lengths of a bar, µs.
    mode : {"union", "intersection"}
    series : sequence of mapping
        Indicators by label, for each symbol.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        bars: Sequence[pa.Table | CheckedBars],
        timeframes: Sequence[int],
        mode: str,
        series: Sequence[Series],
    ) -> None:
        chosen = _mode_of(mode)
        check_symbols(symbols, timeframes, [("bars", len(bars)), ("series", len(series))])
        self._symbols = {symbol: place for place, symbol in enumerate(symbols)}
        self._bars: list[BarColumns] = []
        for place, timeframe in enumerate(timeframes):
            columns = _columns(bars[place], timeframe)
            _check_series(series[place], len(columns), place)
            self._bars.append(columns)
        self._series = series
        self._times = [columns.timestamp for columns in self._bars]
        self._timeline = timeline(self._times, chosen)
        self._first, self._stop = 0, len(self._timeline)

    def __len__(self) -> int:
        return self._stop - self._first

    def __iter__(self) -> Iterator[MultiSymbolSlice]:
        walk = Pass(self._times, self._timeline, self._first, self._stop)
        while walk.advance(self._times, self._timeline):
            seen = tuple(walk.seen)
            yield MultiSymbolSlice(walk.step, walk.timestamp, seen, self._symbols, self._bars, self._series)

    def part(self, first: int, stop: int) -> MultiSymbol:
        """Return the steps from ``first`` to before ``stop``, over the same columns (Q-M2)."""
        first, stop = check_part(first, stop, len(self))
        part = object.__new__(MultiSymbol)
        part.__dict__.update(self.__dict__)
        part._first, part._stop = self._first + first, self._first + stop
        return part

    def block(self, first: int, stop: int) -> pa.Table:
        """Return the steps of a part as one table (Q-M3c)."""
        first, stop = check_part(first, stop, len(self))
        rows = block(self._bars, self._timeline, self._first + first, self._first + stop)
        names = list(self._symbols)
        cells: dict[str, list[Any]] = {field.name: [row.get(field.name) for row in rows] for field in SLICES}
        cells["symbol"] = [names[place] for place in cells["symbol"]]
        return pa.table([array_of(cells[field.name], field.type) for field in SLICES], schema=SLICES)


def _mode_of(mode: str) -> SliceMode:
    for known in SliceMode:
        if known.text == mode:
            return known
    message = f"must be one of {', '.join(known.text for known in SliceMode)}"
    raise breach(ErrorCode.INVALID_ARGUMENT, "M-1", "mode", message, value=mode)


def _columns(bars: pa.Table | CheckedBars, timeframe: int) -> BarColumns:
    """Read the bars of one symbol; no row is no breach (Q-M1b)."""
    return bars_from_table(bars, timeframe) if len(bars) else read_bars(bars)


def _check_series(series: Series, rows: int, place: int) -> None:
    for label, outputs in series.items():
        for output in outputs:
            if len(output) != rows:
                message = f"{len(output)} values for {rows} bars"
                raise breach(ErrorCode.SIZE_MISMATCH, "M-3", label, message, place, len(output))
