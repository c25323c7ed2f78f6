"""Z-score of the distance to a mean (I-11)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.rolling import RollingDeviation
from omega_reference.indicators.windows import window_std
from omega_reference.numbers import ratio


class Zscore:
    """One row of :func:`zscore` after the other; OUT_OF_BOUNDS for a window under 2."""

    def __init__(self, window: int) -> None:
        self._deviation = RollingDeviation(window)

    def step(self, value: float, mean: float) -> float:
        """Return the score of ``value`` around ``mean``."""
        d = value - mean
        return ratio(d, self._deviation.step(d))


def zscore(values: Sequence[float], means: Sequence[float], window: int) -> list[float]:
    """Return d / sample std of d over ``window`` rows, d = value − mean (I-11, Q-I11).

    NaN where d or the deviation is NaN or the deviation is 0.
    """
    distances = [(x - mean) for x, mean in zip(values, means, strict=True)]
    return [ratio(d, std) for d, std in zip(distances, window_std(distances, window), strict=True)]
