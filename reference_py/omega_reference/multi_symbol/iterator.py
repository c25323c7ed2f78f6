"""Passes over the steps, parts of them, and a part as one table (M-2, M-3)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

from omega.contract.errors import ErrorCode
from omega.contract.schemas import PRICES
from omega_reference.bars.columns import BarColumns
from omega_reference.breaches import breach
from omega_reference.multi_symbol.slice import ask_candle, bid_candle, current_row, last_seen

_NEVER: Final = (1 << 63) - 1
"""After the last bar of a symbol; later than any time (T-1)."""


class Pass:
    """One walk over the steps from ``first`` to before ``stop``; it stands before its first step at first.

    Attributes
    ----------
    step : int
        The number of the current step.
    timestamp : int
        Its time, µs; meaningless before the first step.
    seen : list of int
        Per symbol, how many of its bars are not later.
    """

    def __init__(self, times: Sequence[list[int]], timeline: Sequence[int], first: int, stop: int) -> None:
        self.step = first
        self.timestamp = _time_of(timeline, first)
        self.seen = [bisect_left(column, self.timestamp) for column in times]
        self._upcoming = [_time_of(column, row) for column, row in zip(times, self.seen, strict=True)]
        self._ahead = first
        self._stop = stop

    def advance(self, times: Sequence[list[int]], timeline: Sequence[int]) -> bool:
        """Go to the next step; False after the last one."""
        if self._ahead >= self._stop:
            return False
        self.step = self._ahead
        self.timestamp = timeline[self.step]
        self._ahead += 1
        for place, column in enumerate(times):
            while self._upcoming[place] <= self.timestamp:
                self.seen[place] += 1
                self._upcoming[place] = _time_of(column, self.seen[place])
        return True


def _time_of(times: Sequence[int], row: int) -> int:
    """Return the time of a bar, or one later than any after the last one."""
    return times[row] if row < len(times) else _NEVER


def check_part(first: int, stop: int, steps: int) -> tuple[int, int]:
    """Return the steps of a part of ``steps`` steps (Q-M2).

    Raises
    ------
    OmegaError
        1003, on ``first`` and then on ``stop``.
    """
    for name, value, least in (("first", first, 0), ("stop", stop, first)):
        if not least <= value <= steps:
            raise breach(ErrorCode.OUT_OF_BOUNDS, "M-2", name, f"must be in {least} … {steps}", value=value)
    return first, stop


def block(bars: Sequence[BarColumns], timeline: Sequence[int], first: int, stop: int) -> list[dict[str, Any]]:
    """Return the steps from ``first`` to before ``stop`` as rows of one table (Q-M3c)."""
    times = [columns.timestamp for columns in bars]
    walk = Pass(times, timeline, first, stop)
    rows: list[dict[str, Any]] = []
    while walk.advance(times, timeline):
        rows.extend(_slice_row(walk, columns, symbol) for symbol, columns in enumerate(bars))
    return rows


def _slice_row(walk: Pass, bars: BarColumns, symbol: int) -> dict[str, Any]:
    """Return one symbol in the pass's step; ``symbol`` is its place."""
    seen = walk.seen[symbol]
    row: dict[str, Any] = {"step": walk.step, "timestamp": walk.timestamp, "symbol": symbol}
    row["last_seen"] = last_seen(seen)
    current = current_row(bars.timestamp, seen, walk.timestamp)
    if current is not None:
        bid, ask = bid_candle(bars, current), ask_candle(bars, current)
        row |= {f"bid_{name}": getattr(bid, name) for name in PRICES}
        row |= {f"ask_{name}": getattr(ask, name) for name in PRICES}
        row["volume"] = bid.volume
    return row
