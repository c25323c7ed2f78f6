"""Z-score of the distance to the Kalman mean (I-11)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.kalman_mean import kalman_mean
from omega_reference.indicators.zscore import zscore


def kalman_zscore(values: Sequence[float], window: int, r: float, q: float) -> list[float]:
    """Return d / sample std of d over ``window`` rows, d = value − Kalman mean (I-11, Q-I11).

    ``r`` and ``q`` are those of :func:`kalman_mean`; NaN before row ``window`` − 1 and where the deviation is 0.
    """
    return zscore(values, kalman_mean(values, r, q), window)
