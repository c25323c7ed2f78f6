"""Indicators of a higher timeframe, seen from the bars that it is made of (I-15)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from omega.contract.types import Timeframe
from omega_reference.indicators.parameters import Parameters
from omega_reference.indicators.series import Prices, Series, compute_from_closes
from omega_reference.numbers import NAN

Steps = tuple[list[float], list[int]]
"""Closes of a higher timeframe's bars, and for each row how many of them are visible."""


def stepwise_series(name: str, prices: Prices, given: Parameters) -> Series:
    """Return the outputs of ``name`` over the closes of ``timeframe``, each held until the next is visible (Q-I15)."""
    closes, visible = higher_closes(prices, Timeframe[given.text("timeframe")])
    outputs = compute_from_closes(name, closes, given)
    return tuple(held(values, visible) for values in outputs)


def higher_closes(prices: Prices, timeframe: int) -> Steps:
    """Return the closes of UTC-aligned buckets and how many buckets have ended when each row ends (G-2, G-3)."""
    length = shortest_step(prices.timestamp)
    closes: list[float] = []
    ends: list[int] = []
    for time, close in zip(prices.timestamp, prices.close, strict=True):
        end = (time // timeframe + 1) * timeframe
        if ends and ends[-1] == end:
            closes[-1] = close
        else:
            closes.append(close)
            ends.append(end)
    visible: list[int] = []
    seen = 0
    for time in prices.timestamp:
        while seen < len(ends) and ends[seen] <= time + length:
            seen += 1
        visible.append(seen)
    return closes, visible


def shortest_step(timestamp: Sequence[int]) -> int:
    """Return the least time between two rows, µs; 0 where no row is later than the one before."""
    shortest = 0
    for before, time in pairwise(timestamp):
        step = time - before
        if step > 0 and (shortest == 0 or step < shortest):
            shortest = step
    return shortest


def held(values: Sequence[float], visible: Sequence[int]) -> list[float]:
    """Return for each row the last of the visible values that is not NaN."""
    rows: list[float] = []
    value = NAN
    seen = 0
    for count in visible:
        while seen < count:
            if values[seen] == values[seen]:
                value = values[seen]
            seen += 1
        rows.append(value)
    return rows
