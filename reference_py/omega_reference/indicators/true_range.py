"""True range (I-6)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.numbers import NAN


def true_range(high: Sequence[float], low: Sequence[float], close: Sequence[float]) -> list[float]:
    """Return the true range (I-6, Q-I6) in price; row 0 is high − low, as is a row after a missing close."""
    ranges: list[float] = []
    before = NAN
    for h, l, c in zip(high, low, close, strict=True):  # noqa: E741 - l is the contract's name
        tr = h - l
        u = abs(h - before)
        v = abs(l - before)
        # A comparison with NaN is false, which drops the two terms of a missing close and keeps a missing tr.
        if u > tr:
            tr = u
        if v > tr:
            tr = v
        ranges.append(tr)
        before = c
    return ranges
