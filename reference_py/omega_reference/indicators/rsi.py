"""Relative strength index (I-3)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.smoothing import Smoothing
from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN


class Rsi:
    """One row of :func:`rsi` after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, period: int) -> None:
        check_window(period, 1)
        weight = 1.0 / period
        self._gains = Smoothing(weight)
        self._losses = Smoothing(weight)
        self._before = NAN
        self._value = NAN

    def step(self, x: float) -> float:
        """Return the index after ``x``; a change from or to a NaN leaves it as it was."""
        change = x - self._before
        self._before = x
        if change == change:
            gain = self._gains.step(change if change > 0.0 else 0.0)
            loss = self._losses.step(-change if change < 0.0 else 0.0)
            self._value = relative_strength(gain, loss)
        return self._value


def relative_strength(gain: float, loss: float) -> float:
    """Return the index of two averages: 100 without a loss, NaN without either (Q-I3)."""
    if loss == 0.0:
        return 100.0 if gain > 0.0 else NAN
    return 100.0 - (100.0 / (1.0 + (gain / loss)))


def rsi(values: Sequence[float], period: int) -> list[float]:
    """Return the relative strength index with a = 1/n (I-3, Q-I3), 0 … 100, NaN in row 0.

    TA-Lib starts Wilder's averages with a mean of the first n changes, this with the first change: they meet after the
    warm-up.
    """
    kernel = Rsi(period)
    return [kernel.step(x) for x in values]
