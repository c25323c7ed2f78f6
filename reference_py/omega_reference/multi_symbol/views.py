"""No twin: a step as Python sees it; in Rust these are classes of the binding's ``multi_symbol.rs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from omega.contract.errors import ErrorCode
from omega.contract.protocols import Series
from omega_reference.bars.columns import BarColumns
from omega_reference.breaches import breach
from omega_reference.multi_symbol.slice import Candle, ask_candle, bid_candle, current_row, last_seen


class SymbolSnapshot:
    """One symbol in one step; see :class:`omega.contract.protocols.SymbolSnapshot`."""

    __slots__ = ("_bars", "_series", "last_seen", "row", "symbol")

    def __init__(self, symbol: str, bars: BarColumns, series: Series, seen: int, timestamp: int) -> None:
        self.symbol = symbol
        self.row = current_row(bars.timestamp, seen, timestamp)
        self.last_seen = last_seen(seen)
        self._bars = bars
        self._series = series

    @property
    def bid(self) -> Candle | None:
        """The bid's candle of the current bar, None where there is none."""
        return None if self.row is None else bid_candle(self._bars, self.row)

    @property
    def ask(self) -> Candle | None:
        """The ask's candle of the current bar, None where there is none."""
        return None if self.row is None else ask_candle(self._bars, self.row)

    @property
    def indicators(self) -> dict[str, float | tuple[float, ...]]:
        """The values at the current bar by label, empty where there is none (Q-M3d)."""
        if self.row is None:
            return {}
        found: dict[str, float | tuple[float, ...]] = {}
        for label, outputs in self._series.items():
            values = tuple(float(output[self.row]) for output in outputs)
            found[label] = values[0] if len(values) == 1 else values
        return found

    def __repr__(self) -> str:
        return f"SymbolSnapshot({self.symbol!r}, bid={self.bid!r}, ask={self.ask!r})"


class MultiSymbolSlice:
    """All symbols in one step; see :class:`omega.contract.protocols.MultiSymbolSlice`."""

    def __init__(
        self,
        step: int,
        timestamp: int,
        seen: tuple[int, ...],
        symbols: Mapping[str, int],
        bars: Sequence[BarColumns],
        series: Sequence[Series],
    ) -> None:
        self.step = step
        self.timestamp = timestamp
        self._seen = seen
        self._symbols = symbols
        self._bars = bars
        self._series = series

    @cached_property
    def symbols(self) -> tuple[SymbolSnapshot, ...]:
        """A snapshot per symbol, in the order given (M-2)."""
        return tuple(map(self._snapshot, self._symbols))

    def __len__(self) -> int:
        return len(self._symbols)

    def __getitem__(self, symbol: str, /) -> SymbolSnapshot:
        if not isinstance(symbol, str) or symbol not in self._symbols:
            message = f"no symbol has this name; there are {', '.join(self._symbols)}"
            value = symbol if isinstance(symbol, str | int | float) else None
            raise breach(ErrorCode.INVALID_ARGUMENT, "M-1", "symbol", message, value=value)
        return self._snapshot(symbol)

    def _snapshot(self, symbol: str) -> SymbolSnapshot:
        place = self._symbols[symbol]
        return SymbolSnapshot(symbol, self._bars[place], self._series[place], self._seen[place], self.timestamp)

    def __repr__(self) -> str:
        return f"MultiSymbolSlice(step {self.step}, {self.timestamp} µs, {len(self)} symbols)"
