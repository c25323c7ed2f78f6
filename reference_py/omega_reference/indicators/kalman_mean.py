"""Mean of a random walk seen through noise, by Kalman (I-10)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.numbers import NAN


class KalmanMean:
    """One row of :func:`kalman_mean` after the other."""

    def __init__(self, r: float, q: float) -> None:
        self._r = r
        self._q = q
        self._mean = NAN
        self._variance = NAN

    def step(self, z: float) -> float:
        """Return the mean after ``z``; a NaN leaves it as it was."""
        if self._mean != self._mean:
            self._mean = z
            self._variance = self._r
        elif z == z:
            predicted = self._variance + self._q
            gain = predicted / (predicted + self._r)
            self._mean = self._mean + (gain * (z - self._mean))
            self._variance = (1.0 - gain) * predicted
        return self._mean


def kalman_mean(values: Sequence[float], r: float, q: float) -> list[float]:
    """Return the Kalman mean (I-10, Q-I10) in price, NaN before the first value.

    Parameters
    ----------
    r : float
        Measurement variance R > 0, in price².
    q : float
        Process variance Q ≥ 0, in price².
    """
    kernel = KalmanMean(r, q)
    return [kernel.step(z) for z in values]
