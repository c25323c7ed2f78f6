"""The Protocols of several symbols at once (M-1 … M-3), part of :mod:`omega.contract.protocols`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pyarrow as pa

Series = Mapping[str, tuple[Sequence[float], ...]]
"""Indicators of one symbol by label: a series for each output, with a value per bar."""


class Candle(Protocol):
    """One side of a bar with the bar's volume (Q-M1)."""

    @property
    def open(self) -> float:
        """The first price."""
        ...

    @property
    def high(self) -> float:
        """The highest."""
        ...

    @property
    def low(self) -> float:
        """The lowest."""
        ...

    @property
    def close(self) -> float:
        """The last."""
        ...

    @property
    def volume(self) -> float:
        """The volume of the whole bar, the same on both sides."""
        ...


class SymbolSnapshot(Protocol):
    """One symbol in one step of several; it never changes (Q-M3b)."""

    @property
    def symbol(self) -> str:
        """Its name."""
        ...

    @property
    def bid(self) -> Candle | None:
        """The bid's candle of the bar that has exactly the slice's time, None without one."""
        ...

    @property
    def ask(self) -> Candle | None:
        """The ask's, likewise."""
        ...

    @property
    def row(self) -> int | None:
        """Row of that bar in the symbol's bars."""
        ...

    @property
    def last_seen(self) -> int | None:
        """Row of the last bar that is not later than the slice, None before the first (Q-M3)."""
        ...

    @property
    def indicators(self) -> dict[str, float | tuple[float, ...]]:
        """Values at that bar by label, several outputs as a tuple; empty without a bar (Q-M3d)."""
        ...


class MultiSymbolSlice(Protocol):
    """All symbols in one step; it never changes (Q-M3b)."""

    @property
    def step(self) -> int:
        """Its number in the whole, from 0."""
        ...

    @property
    def timestamp(self) -> int:
        """Open time of its bars, µs since the epoch, UTC."""
        ...

    @property
    def symbols(self) -> tuple[SymbolSnapshot, ...]:
        """A snapshot per symbol, in the order given (M-2)."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, symbol: str, /) -> SymbolSnapshot:
        """Find a symbol by its name; 1001 for one that is not there."""
        ...


class MultiSymbol(Protocol):
    """Wave 6: the bars of several symbols, step by step (M-1 … M-3).

    Built with symbols, bars (tables or those its side keeps), their timeframes (µs), a mode (the text of a
    ``SliceMode``) and a :data:`Series` per symbol. Nothing in it changes, so that threads share it.
    """

    def __len__(self) -> int:
        """Count the steps."""
        ...

    def __iter__(self) -> Iterator[MultiSymbolSlice]:
        """Begin a pass at the first step."""
        ...

    def part(self, first: int, stop: int) -> MultiSymbol:
        """Return the steps from ``first`` to before ``stop``, without copying (Q-M2)."""
        ...

    def block(self, first: int, stop: int) -> pa.Table:
        """Return the steps of a part in the schema ``SLICES`` (Q-M3c)."""
        ...
