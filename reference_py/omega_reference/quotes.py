"""What the rules of execution see of the market: the prices of one bar on both sides. Buys take ask, sells bid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega_reference.bars.columns import BarColumns
from omega_reference.bars.detail import Detail

_LAST_TIME: Final = 253_402_300_799_999_999
"""The last of the calendar, µs (Q-T1)."""


@dataclass(slots=True, init=False)
class Quote:
    """Both sides of one bar in quote currency, from :func:`quote_of`; ``timestamp`` is the bar's, ``end`` its end, µs.

    One is made for every bar with positions: frozen it would cost a quarter of a run, with a constructor a twentieth.
    """

    timestamp: int
    end: int
    bid_open: float
    bid_high: float
    bid_low: float
    bid_close: float
    ask_open: float
    ask_high: float
    ask_low: float
    ask_close: float


def quote_of(bars: BarColumns, row: int, timeframe: int) -> Quote:
    """Return one bar as a quote; ``timeframe`` is its length, µs."""
    quote = Quote()
    quote.timestamp = bars.timestamp[row]
    quote.end = bar_end(quote.timestamp, timeframe)
    quote.bid_open = bars.bid_open[row]
    quote.bid_high = bars.bid_high[row]
    quote.bid_low = bars.bid_low[row]
    quote.bid_close = bars.bid_close[row]
    quote.ask_open = bars.ask_open[row]
    quote.ask_high = bars.ask_high[row]
    quote.ask_low = bars.ask_low[row]
    quote.ask_close = bars.ask_close[row]
    return quote


def closing_quote(bars: BarColumns, row: int, timeframe: int, detail: Detail) -> Quote:
    """Return the last detail bar of a bar, which ends with it; the bar itself where it has none (Q-E22)."""
    last = detail.starts[row + 1] - 1
    if last < detail.starts[row]:
        return quote_of(bars, row, timeframe)
    quote = quote_of(detail.bars, last, detail.timeframe)
    quote.end = bar_end(bars.timestamp[row], timeframe)
    return quote


def carried_quote(bars: BarColumns, row: int, time: int, timeframe: int) -> Quote:
    """Return the closes of a bar as those of a later time, µs, at which its symbol has no bar (Q-M4)."""
    quote = Quote()
    quote.timestamp = time
    quote.end = bar_end(time, timeframe)
    quote.bid_open = quote.bid_high = quote.bid_low = quote.bid_close = bars.bid_close[row]
    quote.ask_open = quote.ask_high = quote.ask_low = quote.ask_close = bars.ask_close[row]
    return quote


def bar_end(timestamp: int, timeframe: int) -> int:
    """Return when a bar is over and what it brought is known, µs (Q-T8d)."""
    end = timestamp + timeframe
    return end if end < _LAST_TIME else _LAST_TIME


def side_open(quote: Quote, is_buy: bool) -> float:
    """Return the open of an order's side."""
    return quote.ask_open if is_buy else quote.bid_open


def side_close(quote: Quote, is_buy: bool) -> float:
    """Return the close of an order's side."""
    return quote.ask_close if is_buy else quote.bid_close
