"""Moving average convergence and divergence (I-4)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.ema import Ema
from omega_reference.numbers import NAN

Lines = tuple[list[float], list[float], list[float]]
"""Line, signal and histogram."""


class Macd:
    """One row of :func:`macd` after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, fast_period: int, slow_period: int, signal_period: int) -> None:
        self._fast = Ema(fast_period)
        self._slow = Ema(slow_period)
        self._signal = Ema(signal_period)
        self._value = (NAN, NAN, NAN)

    def step(self, x: float) -> tuple[float, float, float]:
        """Return line, signal and histogram after ``x``; a NaN leaves all of them as they were."""
        if x == x:
            line = self._fast.step(x) - self._slow.step(x)
            signal = self._signal.step(line)
            self._value = (line, signal, line - signal)
        return self._value


def macd(values: Sequence[float], fast_period: int, slow_period: int, signal_period: int) -> Lines:
    """Return line, signal and histogram (I-4, Q-I4) in price, NaN before the first value.

    TA-Lib starts its averages with means and shows nothing before ``slow_period`` + ``signal_period`` − 2 rows; after
    the warm-up they meet.
    """
    kernel = Macd(fast_period, slow_period, signal_period)
    lines: Lines = ([], [], [])
    for x in values:
        for series, value in zip(lines, kernel.step(x), strict=True):
            series.append(value)
    return lines
