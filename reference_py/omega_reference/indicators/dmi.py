"""Directional movement (I-7)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.smoothing import Smoothing
from omega_reference.indicators.true_range import TrueRange
from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN, ratio

Lines = tuple[list[float], list[float], list[float]]
"""+DI, −DI and ADX."""


class Dmi:
    """One row of :func:`dmi` after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, period: int) -> None:
        check_window(period, 1)
        weight = 1.0 / period
        self._range = TrueRange()
        self._ranges = Smoothing(weight)
        self._rises = Smoothing(weight)
        self._falls = Smoothing(weight)
        self._adx = Smoothing(weight)
        self._high_before = NAN
        self._low_before = NAN
        self._value = (NAN, NAN, NAN)

    def step(self, high: float, low: float, close: float) -> tuple[float, float, float]:
        """Return +DI, −DI and ADX after a bar; one without a high or a low leaves them as they were."""
        true_range = self._range.step(high, low, close)
        up = high - self._high_before
        down = self._low_before - low
        self._high_before = high
        self._low_before = low
        if true_range == true_range:
            # A comparison with NaN is false: a move from a missing row is none.
            rise = self._rises.step(up if up > down and up > 0.0 else 0.0)
            fall = self._falls.step(down if down > up and down > 0.0 else 0.0)
            smoothed = self._ranges.step(true_range)
            plus = ratio(100.0 * rise, smoothed)
            minus = ratio(100.0 * fall, smoothed)
            dx = ratio(abs(plus - minus), plus + minus) * 100.0
            self._value = (plus, minus, self._adx.step(dx))
        return self._value


def dmi(high: Sequence[float], low: Sequence[float], close: Sequence[float], period: int) -> Lines:
    """Return +DI, −DI and ADX with a = 1/n (I-7, Q-I7), 0 … 100, from row 0; NaN where nothing moved so far.

    TA-Lib starts Wilder's averages with sums of the first n rows and ADX with a mean; after the warm-up they meet.
    """
    kernel = Dmi(period)
    lines: Lines = ([], [], [])
    for h, l, c in zip(high, low, close, strict=True):  # noqa: E741 - l is the contract's name
        for series, value in zip(lines, kernel.step(h, l, c), strict=True):
            series.append(value)
    return lines
