"""The columns of bars (T-2) and of one side of the market (G-1)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.types import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class BarColumns:
    """The bars of one symbol by column (T-2); prices in quote currency, times in µs."""

    timestamp: list[int]
    bid_open: list[float]
    bid_high: list[float]
    bid_low: list[float]
    bid_close: list[float]
    ask_open: list[float]
    ask_high: list[float]
    ask_low: list[float]
    ask_close: list[float]
    volume: list[float]

    def __len__(self) -> int:
        return len(self.timestamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideColumns:
    """One side of the market before the join: columns of one length; times in µs."""

    timestamp: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


def highs(bars: BarColumns, side: str) -> list[float]:
    """Return the highs of ``"bid"`` or ``"ask"``."""
    return bars.bid_high if side == "bid" else bars.ask_high


def lows(bars: BarColumns, side: str) -> list[float]:
    """Return the lows of ``"bid"`` or ``"ask"``."""
    return bars.bid_low if side == "bid" else bars.ask_low


def closes(bars: BarColumns, side: str) -> list[float]:
    """Return the closes of ``"bid"`` or ``"ask"``."""
    return bars.bid_close if side == "bid" else bars.ask_close


def columns_of(bar: Bar) -> BarColumns:
    """Return the columns of a single bar."""
    return BarColumns(
        timestamp=[bar.timestamp],
        bid_open=[bar.bid_open],
        bid_high=[bar.bid_high],
        bid_low=[bar.bid_low],
        bid_close=[bar.bid_close],
        ask_open=[bar.ask_open],
        ask_high=[bar.ask_high],
        ask_low=[bar.ask_low],
        ask_close=[bar.ask_close],
        volume=[bar.volume],
    )


def window(bars: BarColumns, first: int, rows: int) -> BarColumns:
    """Return ``rows`` bars from ``first`` on."""
    end = first + rows
    return BarColumns(
        timestamp=bars.timestamp[first:end],
        bid_open=bars.bid_open[first:end],
        bid_high=bars.bid_high[first:end],
        bid_low=bars.bid_low[first:end],
        bid_close=bars.bid_close[first:end],
        ask_open=bars.ask_open[first:end],
        ask_high=bars.ask_high[first:end],
        ask_low=bars.ask_low[first:end],
        ask_close=bars.ask_close[first:end],
        volume=bars.volume[first:end],
    )
