"""What is legal in bars but doubtful, counted (Q-T2b)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from omega.contract.protocols import QualityFindings
from omega_reference.bars.columns import BarColumns
from omega_reference.numbers import remainder

_DAY_US: Final = 86_400_000_000
_SATURDAY: Final = 2
"""Days after the epoch's Thursday."""
_SPIKE_FACTOR: Final = 10.0
"""A spike is a range of more than this many mean ranges."""


def quality_findings(bars: BarColumns, timeframe: int) -> QualityFindings:
    """Count what is legal but doubtful in bars that passed T-2 (Q-T2b); ``timeframe`` is in µs."""
    return QualityFindings(
        crossed_quotes=_count_crossed(bars),
        zero_spread=_count_zero_spread(bars.bid_close, bars.ask_close),
        gaps=_count_gaps(bars.timestamp, timeframe),
        spikes=_count_spikes(bars.bid_high, bars.bid_low),
        weekend_bars=_count_weekend(bars.timestamp),
    )


def _count_crossed(bars: BarColumns) -> int:
    """Count bars with an ask under the bid at open, high, low or close."""
    count = 0
    for bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close in zip(
        *(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close),
        *(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close),
        strict=True,
    ):
        is_crossed = ask_open < bid_open or ask_high < bid_high or ask_low < bid_low or ask_close < bid_close
        count += is_crossed
    return count


def _count_zero_spread(bid_close: list[float], ask_close: list[float]) -> int:
    """Count bars that close with bid and ask equal."""
    count = 0
    for bid, ask in zip(bid_close, ask_close, strict=True):
        count += ask == bid
    return count


def _count_gaps(timestamp: list[int], timeframe: int) -> int:
    """Count steps longer than one bar."""
    count = 0
    for before, after in pairwise(timestamp):
        count += after - before > timeframe
    return count


def _count_spikes(bid_high: list[float], bid_low: list[float]) -> int:
    """Count bid ranges of more than ten times the mean."""
    ranges = [high - low for high, low in zip(bid_high, bid_low, strict=True)]
    total = 0.0
    for size in ranges:
        total = total + size
    limit = _SPIKE_FACTOR * (total / len(ranges))
    count = 0
    for size in ranges:
        count += size > limit
    return count


def _count_weekend(timestamp: list[int]) -> int:
    """Count bars that begin on a Saturday, UTC."""
    count = 0
    for time in timestamp:
        count += remainder(time // _DAY_US, 7) == _SATURDAY
    return count
