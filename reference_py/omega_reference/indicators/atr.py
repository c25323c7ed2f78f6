"""Wilder's average true range (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN


def atr(high: Sequence[float], low: Sequence[float], close: Sequence[float], period: int) -> list[float]:
    """Return Wilder's average of true ranges (I-6, Q-I6) in price.

    The first value is the mean of the first ``period`` valid ranges; rows before are NaN. A NaN range leaves the
    average as it was.
    """
    check_window(period, 1)
    averages: list[float] = []
    n = float(period)
    kept = n - 1.0
    valid = 0
    total = 0.0
    y = NAN
    for tr in true_range(high, low, close):
        if tr == tr:
            if valid >= period:
                y = ((y * kept) + tr) / n
            else:
                valid += 1
                total = total + tr
                if valid == period:
                    y = total / n
        averages.append(y)
    return averages
