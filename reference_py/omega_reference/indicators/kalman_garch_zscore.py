"""Distance to the Kalman mean in GARCH volatilities (I-13)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.garch_volatility import GarchTerms, GarchVolatility
from omega_reference.indicators.kalman_mean import KalmanMean
from omega_reference.numbers import ratio


class KalmanGarchZscore:
    """One row of :func:`kalman_garch_zscore` after the other."""

    def __init__(self, r: float, q: float, terms: GarchTerms) -> None:
        self._mean = KalmanMean(r, q)
        self._volatility = GarchVolatility(terms)

    def step(self, x: float) -> float:
        """Return the score of ``x``, NaN where it is missing."""
        mean = self._mean.step(x)
        volatility = self._volatility.step(x)
        return ratio(x - mean, abs(x) * volatility)


def kalman_garch_zscore(values: Sequence[float], r: float, q: float, terms: GarchTerms) -> list[float]:
    """Return (value − Kalman mean) / (|value| · volatility) (I-13, Q-I13).

    ``r`` and ``q`` are those of :func:`kalman_mean`, ``terms`` those of :func:`garch_volatility`. NaN where the value
    is missing, the volatility is not defined or the divisor is 0.
    """
    kernel = KalmanGarchZscore(r, q, terms)
    return [kernel.step(x) for x in values]
