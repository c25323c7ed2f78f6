"""One row of a moving window after the other: sums, deviations and extremes, as :mod:`windows` has them (N-7).

A block of the window's length is gathered; when it is whole, its suffixes take the place of those of the block before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from omega_reference.indicators.windows import check_window, suffix_sums, welford
from omega_reference.numbers import NAN


class RollingSum:
    """One row of :func:`windows.window_sum` after the other; OUT_OF_BOUNDS for a window under 1."""

    def __init__(self, window: int) -> None:
        check_window(window, 1)
        self._window = window
        self._block: list[float] = []
        self._older: list[float] = []
        self._prefix = 0.0

    def step(self, x: float) -> float:
        """Return the sum of the last ``window`` values, NaN where they are fewer."""
        self._prefix = (self._prefix + x) if self._block else x
        self._block.append(x)
        rows = len(self._block)
        if rows == self._window:
            self._older = suffix_sums(self._block)
            self._block = []
            return self._prefix
        return (self._older[rows] + self._prefix) if self._older else NAN


class RollingMean:
    """One row of :func:`windows.window_mean` after the other; OUT_OF_BOUNDS for a window under 1."""

    def __init__(self, window: int) -> None:
        self._sum = RollingSum(window)
        self._window = window

    def step(self, x: float) -> float:
        """Return the mean of the last ``window`` values, NaN where they are fewer."""
        return self._sum.step(x) / self._window


class RollingDeviation:
    """One row of :func:`windows.window_std` after the other; OUT_OF_BOUNDS for a window under 2."""

    def __init__(self, window: int) -> None:
        check_window(window, 2)
        self._window = window
        self._block: list[float] = []
        self._older_means: list[float] = []
        self._older_m2s: list[float] = []
        self._last = NAN
        self._mean = 0.0
        self._m2 = 0.0

    def step(self, x: float) -> float:
        """Return the sample deviation of the last ``window`` values, NaN where they are fewer."""
        if not self._block:
            self._mean = self._m2 = 0.0
        self._block.append(x)
        rows = len(self._block)
        y = x - self._block[0]
        d = y - self._mean
        self._mean = self._mean + (d * (1.0 / rows))
        self._m2 = self._m2 + (d * (y - self._mean))
        if rows == self._window:
            return self._close_block()
        if not self._older_means:
            return NAN
        older = self._window - rows
        delta = (self._mean - self._older_means[older - 1]) + (self._block[0] - self._last)
        weight = (older * rows) / self._window
        m2 = (self._older_m2s[older - 1] + self._m2) + ((delta * delta) * weight)
        return math.sqrt(m2 / (self._window - 1))

    def _close_block(self) -> float:
        reciprocals = [(1.0 / k) for k in range(1, self._window + 1)]
        self._older_means, self._older_m2s = welford(self._block[::-1], reciprocals)
        self._last = self._block[-1]
        self._block = []
        return math.sqrt(self._m2 / (self._window - 1))


class RollingMaximum:
    """The largest of the last ``window`` values, NaN where one of them is; OUT_OF_BOUNDS for a window under 1."""

    def __init__(self, window: int) -> None:
        check_window(window, 1)
        self._window = window
        self._block: list[float] = []
        self._older: list[float] = []
        self._prefix = NAN

    def step(self, x: float) -> float:
        """Return the largest of the last ``window`` values, NaN where they are fewer."""
        self._prefix = larger(self._prefix, x) if self._block else x
        self._block.append(x)
        rows = len(self._block)
        if rows == self._window:
            self._older = suffix_maxima(self._block)
            self._block = []
            return self._prefix
        return larger(self._older[rows], self._prefix) if self._older else NAN


def suffix_maxima(block: Sequence[float]) -> list[float]:
    """Return the largest value from each row to the end of a block that is not empty."""
    suffix = block[-1]
    suffixes = [suffix]
    for x in block[-2::-1]:
        suffix = larger(suffix, x)
        suffixes.append(suffix)
    suffixes.reverse()
    return suffixes


def larger(a: float, b: float) -> float:
    """Return the larger of two numbers, NaN where one of them is."""
    return b if b > a or b != b else a
