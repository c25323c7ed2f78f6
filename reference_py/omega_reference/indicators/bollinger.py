"""Bollinger bands (I-8)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.sma import sma
from omega_reference.indicators.windows import window_std


def bollinger(values: Sequence[float], period: int, std_factor: float) -> tuple[list[float], list[float], list[float]]:
    """Return upper, mid and lower Bollinger band (I-8, Q-I8) in price, NaN before row period − 1."""
    mid = sma(values, period)
    bands = [(std_factor * std) for std in window_std(values, period)]
    upper = [(m + band) for m, band in zip(mid, bands, strict=True)]
    lower = [(m - band) for m, band in zip(mid, bands, strict=True)]
    return upper, mid, lower
