"""Bars that are priced more finely than their instrument (Q-T2b, N-8)."""

from __future__ import annotations

from collections.abc import Iterator

from omega_reference.bars.columns import BarColumns
from omega_reference.numbers import quantize


def count_off_grid(bars: BarColumns, digits: int) -> int:
    """Count bars with a price of more than ``digits`` decimals."""
    count = 0
    for _ in off_grid_rows(bars, digits):
        count += 1
    return count


def off_grid_rows(bars: BarColumns, digits: int) -> Iterator[int]:
    """Yield the rows with a price of more than ``digits`` decimals."""
    prices = zip(
        *(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close),
        *(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close),
        strict=True,
    )
    return (row for row, one in enumerate(prices) if _is_off_grid(one, digits))


def _is_off_grid(prices: tuple[float, ...], digits: int) -> bool:
    return any(quantize(price, digits) != price for price in prices)
