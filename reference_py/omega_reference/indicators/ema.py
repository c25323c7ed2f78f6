"""Exponential moving average (I-2)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.smoothing import Smoothing
from omega_reference.indicators.windows import check_window


class Ema:
    """One row of :func:`ema` after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, period: int) -> None:
        check_window(period, 1)
        self._smoothing = Smoothing(2.0 / (period + 1.0))

    def step(self, x: float) -> float:
        """Return the average after ``x``; a NaN leaves it as it was."""
        return self._smoothing.step(x)


def ema(values: Sequence[float], period: int) -> list[float]:
    """Return the exponential moving average with a = 2/(n + 1), started at the first value (I-2, Q-I2).

    A NaN leaves the average as it was; rows before the first value are NaN. A value equal to the average leaves
    it unchanged, so that a constant series does not drift. TA-Lib starts with the mean of the first n values, in row
    n − 1: after the warm-up they meet. pandas' ``ewm(span=n, adjust=False)`` is this one, but for its decay over gaps.
    """
    kernel = Ema(period)
    return [kernel.step(x) for x in values]
