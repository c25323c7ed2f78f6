"""Rate of change (I-5)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.windows import check_window
from omega_reference.numbers import NAN, ratio


class Roc:
    """One row of :func:`roc` after the other; OUT_OF_BOUNDS for a period under 1."""

    def __init__(self, period: int) -> None:
        check_window(period, 1)
        self._period = period
        self._kept: list[float] = []
        self._row = 0

    def step(self, x: float) -> float:
        """Return the change in per cent from ``period`` rows before ``x``."""
        if len(self._kept) < self._period:
            self._kept.append(x)
            return NAN
        before = self._kept[self._row]
        self._kept[self._row] = x
        self._row += 1
        if self._row == self._period:
            self._row = 0
        return rate_of_change(x, before)


def rate_of_change(x: float, before: float) -> float:
    """Return the change from ``before`` to ``x`` in per cent (Q-I5)."""
    return ratio(x - before, before) * 100.0


def roc(values: Sequence[float], period: int) -> list[float]:
    """Return the rate of change over ``period`` rows in per cent (I-5, Q-I5), NaN before row ``period``.

    A missing row makes two rows NaN: its own, and the one ``period`` rows later.
    """
    check_window(period, 1)
    changes = [rate_of_change(x, before) for before, x in zip(values, values[period:], strict=False)]
    return [NAN] * (len(values) - len(changes)) + changes
