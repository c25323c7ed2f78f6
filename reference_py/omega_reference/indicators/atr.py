"""Wilder's average true range (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN


class Atr:
    """Wilder's average of one true range after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, period: int) -> None:
        check_window(period, 1)
        self._period = float(period)
        self._kept = self._period - 1.0
        self._valid = 0.0
        self._total = 0.0
        self._value = NAN

    def step(self, true_range: float) -> float:
        """Return the average after this range; a NaN leaves it as it was."""
        if true_range == true_range:
            if self._valid >= self._period:
                self._value = ((self._value * self._kept) + true_range) / self._period
            else:
                self._valid += 1.0
                self._total = self._total + true_range
                if self._valid == self._period:
                    self._value = self._total / self._period
        return self._value


def atr(high: Sequence[float], low: Sequence[float], close: Sequence[float], period: int) -> list[float]:
    """Return Wilder's average of true ranges (I-6, Q-I6) in price.

    The first value is the mean of the first ``period`` valid ranges; rows before are NaN. A NaN range leaves the
    average as it was. TA-Lib leaves row 0 out, starts with the mean of the n ranges after it and shows nothing before
    row n: after the warm-up they meet.
    """
    kernel = Atr(period)
    return [kernel.step(tr) for tr in true_range(high, low, close)]
