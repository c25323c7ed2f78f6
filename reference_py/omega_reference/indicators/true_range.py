"""True range (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.numbers import NAN


class TrueRange:
    """One row of :func:`true_range` after the other."""

    def __init__(self) -> None:
        self._before = NAN

    def step(self, high: float, low: float, close: float) -> float:
        """Return the range of the next bar."""
        tr = high - low
        u = abs(high - self._before)
        v = abs(low - self._before)
        # A comparison with NaN is false, which drops the two terms of a missing close and keeps a missing tr.
        if u > tr:
            tr = u
        if v > tr:
            tr = v
        self._before = close
        return tr


def true_range(high: Sequence[float], low: Sequence[float], close: Sequence[float]) -> list[float]:
    """Return the true range (I-6, Q-I6) in price; row 0 is high − low, as is a row after a missing close.

    TA-Lib shows nothing in row 0.
    """
    kernel = TrueRange()
    bars = zip(high, low, close, strict=True)
    return [kernel.step(h, l, c) for h, l, c in bars]  # noqa: E741 - l is the contract's name
