"""Simple moving average (I-1)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.windows import window_mean


def sma(values: Sequence[float], period: int) -> list[float]:
    """Return the simple moving average (I-1), NaN before row period − 1."""
    return window_mean(values, period)
