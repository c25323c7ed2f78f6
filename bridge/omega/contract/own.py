"""A strategy that neither side has: what an engine asks, and what it tells (Q-L3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omega.contract.types import Signal

OpenOrder = tuple[int, int, int, int, int, int, int | None, float, float, float | None, float, int]
"""What a strategy is told of an order: id, magic number, direction, type and status as numbers, entry and trigger time
(µs), entry price, stop, target, size (T-7), number of its symbol (M-2)."""


@dataclass(frozen=True, slots=True)
class OwnStrategy:
    """A strategy that neither side has, asked bar by bar (Q-L3).

    Attributes
    ----------
    ask : callable
        Called with the row of a bar (M-4: the number of a step), the equity, and the pending and open orders in
        order_id order, all as the bar before left them; None for orders that are those of the last call. Returns the
        bar's orders as signals that passed T-6, in their order. What it raises ends the run and surfaces.
    rows : bytes
        One per bar, 0 where it is not asked.
    """

    ask: Callable[[int, float, Sequence[OpenOrder] | None], Sequence[Signal]]
    rows: bytes
