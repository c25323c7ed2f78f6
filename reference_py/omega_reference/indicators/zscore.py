"""Z-score of the distance to a mean (I-11)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.windows import window_std
from omega_reference.numbers import NAN


def zscore(values: Sequence[float], means: Sequence[float], window: int) -> list[float]:
    """Return d / sample std of d over ``window`` rows, d = value − mean (I-11, Q-I11).

    NaN where d or the deviation is NaN or the deviation is 0.
    """
    distances = [(x - mean) for x, mean in zip(values, means, strict=True)]
    return [(d / std) if std != 0.0 else NAN for d, std in zip(distances, window_std(distances, window), strict=True)]
