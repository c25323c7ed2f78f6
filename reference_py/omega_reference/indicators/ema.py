"""Exponential moving average (I-2)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN


def ema(values: Sequence[float], period: int) -> list[float]:
    """Return the exponential moving average with a = 2/(n + 1), started at the first value (I-2, Q-I2).

    A NaN leaves the average as it was; rows before the first value are NaN. A value equal to the average leaves
    it unchanged, so that a constant series does not drift.
    """
    check_window(period, 1)
    a = 2.0 / (period + 1.0)
    rest = 1.0 - a
    averages: list[float] = []
    y = NAN
    for x in values:
        if y != y:
            y = x
        elif x == x and x != y:
            y = (rest * y) + (a * x)
        averages.append(y)
    return averages
