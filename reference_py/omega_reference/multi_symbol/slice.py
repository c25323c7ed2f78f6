"""What one step shows of one symbol (Q-M1, Q-M3): its current bar, the last one seen, the candle of a side."""

from __future__ import annotations

from dataclasses import dataclass

from omega_reference.bars.columns import BarColumns


@dataclass(frozen=True, slots=True)
class Candle:
    """One side of a bar with the bar's volume (Q-M1)."""

    open: float
    high: float
    low: float
    close: float
    volume: float


def last_seen(seen: int) -> int | None:
    """Return the row of the last bar seen, where ``seen`` bars are not later than the slice."""
    return seen - 1 if seen > 0 else None


def current_row(times: list[int], seen: int, timestamp: int) -> int | None:
    """Return the row of the bar that has exactly the slice's time."""
    row = last_seen(seen)
    return row if row is not None and times[row] == timestamp else None


def bid_candle(bars: BarColumns, row: int) -> Candle:
    """Return the bid's candle of a bar."""
    return Candle(
        open=bars.bid_open[row],
        high=bars.bid_high[row],
        low=bars.bid_low[row],
        close=bars.bid_close[row],
        volume=bars.volume[row],
    )


def ask_candle(bars: BarColumns, row: int) -> Candle:
    """Return the ask's candle of a bar."""
    return Candle(
        open=bars.ask_open[row],
        high=bars.ask_high[row],
        low=bars.ask_low[row],
        close=bars.ask_close[row],
        volume=bars.volume[row],
    )
