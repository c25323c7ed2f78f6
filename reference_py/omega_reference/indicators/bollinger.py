"""Bollinger bands (I-8)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.rolling import RollingDeviation, RollingMean
from omega_reference.indicators.sma import sma
from omega_reference.indicators.windows import window_std


class Bollinger:
    """One row of :func:`bollinger` after the other; OUT_OF_BOUNDS for a period under 2."""

    def __init__(self, period: int, std_factor: float) -> None:
        self._mean = RollingMean(period)
        self._deviation = RollingDeviation(period)
        self._std_factor = std_factor

    def step(self, x: float) -> tuple[float, float, float]:
        """Return upper, mid and lower band after ``x``."""
        mid = self._mean.step(x)
        band = self._std_factor * self._deviation.step(x)
        return (mid + band), mid, (mid - band)


def bollinger(values: Sequence[float], period: int, std_factor: float) -> tuple[list[float], list[float], list[float]]:
    """Return upper, mid and lower Bollinger band (I-8, Q-I8) in price, NaN before row period − 1.

    Deviations are those of a sample (n − 1), as pandas has them; TA-Lib's are of a population, so that its bands are
    narrower by √((n − 1) / n).
    """
    mid = sma(values, period)
    bands = [(std_factor * std) for std in window_std(values, period)]
    upper = [(m + band) for m, band in zip(mid, bands, strict=True)]
    lower = [(m - band) for m, band in zip(mid, bands, strict=True)]
    return upper, mid, lower
