"""What is legal in bars but doubtful, counted (Q-T2b)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from omega.contract.protocols import QualityFindings
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.steps import uneven_rows
from omega_reference.numbers import remainder

_DAY_US: Final = 86_400_000_000
_SATURDAY: Final = 2
"""Days after the epoch's Thursday."""
_SPIKE_FACTOR: Final = 10.0
"""A spike is a range of more than this many mean ranges."""


def quality_findings(bars: BarColumns, timeframe: int) -> QualityFindings:
    """Count what is legal but doubtful in bars that passed T-2 (Q-T2b); ``timeframe`` is in µs."""
    return QualityFindings(
        crossed_quotes=_count(crossed_rows(bars)),
        zero_spread=_count(zero_spread_rows(bars.bid_close, bars.ask_close)),
        gaps=_count(gap_rows(bars.timestamp, timeframe)),
        spikes=_count(spike_rows(bars.bid_high, bars.bid_low)),
        weekend_bars=_count(weekend_rows(bars.timestamp)),
        uneven_steps=_count(uneven_rows(bars.timestamp, timeframe)),
    )


def crossed_rows(bars: BarColumns) -> Iterator[int]:
    """Yield the rows with an ask under the bid at open, high, low or close."""
    quotes = zip(
        *(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close),
        *(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close),
        strict=True,
    )
    for row, quote in enumerate(quotes):
        bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close = quote
        if ask_open < bid_open or ask_high < bid_high or ask_low < bid_low or ask_close < bid_close:
            yield row


def zero_spread_rows(bid_close: list[float], ask_close: list[float]) -> Iterator[int]:
    """Yield the rows that close with bid and ask equal."""
    for row, bid in enumerate(bid_close):
        if ask_close[row] == bid:
            yield row


def gap_rows(timestamp: list[int], timeframe: int) -> Iterator[int]:
    """Yield the rows that are more than one bar after the one before."""
    for row in range(1, len(timestamp)):
        if timestamp[row] - timestamp[row - 1] > timeframe:
            yield row


def spike_rows(bid_high: list[float], bid_low: list[float]) -> Iterator[int]:
    """Yield the rows whose bid range is more than ten times the mean."""
    ranges = [high - low for high, low in zip(bid_high, bid_low, strict=True)]
    total = 0.0
    for size in ranges:
        total = total + size
    limit = _SPIKE_FACTOR * (total / len(ranges))
    for row, size in enumerate(ranges):
        if size > limit:
            yield row


def weekend_rows(timestamp: list[int]) -> Iterator[int]:
    """Yield the rows that begin on a Saturday, UTC."""
    for row, time in enumerate(timestamp):
        if remainder(time // _DAY_US, 7) == _SATURDAY:
            yield row


def _count(rows: Iterator[int]) -> int:
    """Count rows."""
    count = 0
    for _ in rows:
        count += 1
    return count
