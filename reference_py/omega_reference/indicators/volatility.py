"""Ranges and bands: true range and ATR (I-6), Bollinger bands (I-8)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.indicators.averages import sma
from omega_reference.indicators.windows import check_window, windowed_std
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


def atr(ranges: Sequence[float], period: int) -> list[float]:
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
    for tr in ranges:
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


def bollinger(close: Sequence[float], period: int, std_factor: float) -> tuple[list[float], list[float], list[float]]:
    """Return upper, mid and lower Bollinger band (I-8, Q-I8) in price, NaN before row period − 1."""
    mid = sma(close, period)
    bands = [(std_factor * std) for std in windowed_std(close, period)]
    upper = [(m + band) for m, band in zip(mid, bands, strict=True)]
    lower = [(m - band) for m, band in zip(mid, bands, strict=True)]
    return upper, mid, lower
