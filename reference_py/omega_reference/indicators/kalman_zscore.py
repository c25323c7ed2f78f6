"""Z-score of the distance to the Kalman mean (I-11)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.kalman_mean import KalmanMean, kalman_mean
from omega_reference.indicators.zscore import Zscore, zscore


class KalmanZscore:
    """One row of :func:`kalman_zscore` after the other; OUT_OF_BOUNDS for a window under 2."""

    def __init__(self, window: int, r: float, q: float) -> None:
        self._mean = KalmanMean(r, q)
        self._score = Zscore(window)

    def step(self, x: float) -> float:
        """Return the score of ``x`` around the Kalman mean."""
        return self._score.step(x, self._mean.step(x))


def kalman_zscore(values: Sequence[float], window: int, r: float, q: float) -> list[float]:
    """Return d / sample std of d over ``window`` rows, d = value − Kalman mean (I-11, Q-I11).

    ``r`` and ``q`` are those of :func:`kalman_mean`; NaN before row ``window`` − 1 and where the deviation is 0.
    """
    return zscore(values, kalman_mean(values, r, q), window)
