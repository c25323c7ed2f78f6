"""What the rules of execution see of the market: the prices of one bar on both sides. Buys take ask, sells bid."""

from __future__ import annotations

from dataclasses import dataclass

from omega_reference.bars.columns import BarColumns


@dataclass(slots=True, init=False)
class Quote:
    """Both sides of one bar in quote currency, from :func:`quote_of`; ``timestamp`` is the bar's, µs.

    One is made for every bar with positions: frozen it would cost a quarter of a run, with a constructor a twentieth.
    """

    timestamp: int
    bid_open: float
    bid_high: float
    bid_low: float
    bid_close: float
    ask_open: float
    ask_high: float
    ask_low: float
    ask_close: float


def quote_of(bars: BarColumns, row: int) -> Quote:
    """Return one bar as a quote."""
    quote = Quote()
    quote.timestamp = bars.timestamp[row]
    quote.bid_open = bars.bid_open[row]
    quote.bid_high = bars.bid_high[row]
    quote.bid_low = bars.bid_low[row]
    quote.bid_close = bars.bid_close[row]
    quote.ask_open = bars.ask_open[row]
    quote.ask_high = bars.ask_high[row]
    quote.ask_low = bars.ask_low[row]
    quote.ask_close = bars.ask_close[row]
    return quote


def side_open(quote: Quote, is_buy: bool) -> float:
    """Return the open of an order's side."""
    return quote.ask_open if is_buy else quote.bid_open


def side_high(quote: Quote, is_buy: bool) -> float:
    """Return the high of an order's side."""
    return quote.ask_high if is_buy else quote.bid_high


def side_low(quote: Quote, is_buy: bool) -> float:
    """Return the low of an order's side."""
    return quote.ask_low if is_buy else quote.bid_low


def side_close(quote: Quote, is_buy: bool) -> float:
    """Return the close of an order's side."""
    return quote.ask_close if is_buy else quote.bid_close
