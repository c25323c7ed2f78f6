"""Choppiness index (I-9)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.rolling import RollingMaximum, RollingSum
from omega_reference.indicators.true_range import TrueRange
from omega_reference.indicators.windows import check_window
from omega_reference.numbers import ratio
from omega_reference.transcendental import log10


class Choppiness:
    """One row of :func:`choppiness` after the other; OUT_OF_BOUNDS for a period under 2."""

    def __init__(self, period: int) -> None:
        check_window(period, 2)
        self._range = TrueRange()
        self._ranges = RollingSum(period)
        self._highs = RollingMaximum(period)
        self._depths = RollingMaximum(period)
        self._scale = log10(float(period))

    def step(self, high: float, low: float, close: float) -> float:
        """Return the index after a bar, NaN where the window is not full or misses a value."""
        total = self._ranges.step(self._range.step(high, low, close))
        highest = self._highs.step(high)
        lowest = -self._depths.step(-low)
        return (100.0 * log10(ratio(total, highest - lowest))) / self._scale


def choppiness(high: Sequence[float], low: Sequence[float], close: Sequence[float], period: int) -> list[float]:
    """Return the choppiness index (I-9, Q-I9): 100 where ranges go nowhere, near 0 in a trend.

    NaN before row ``period`` − 1, where the window misses a high or a low, and where it has no range.
    """
    kernel = Choppiness(period)
    bars = zip(high, low, close, strict=True)
    return [kernel.step(h, l, c) for h, l, c in bars]  # noqa: E741 - l is the contract's name
