"""The columns of ticks (T-3), and ticks as the bars of no length that execution takes them for (Q-E17)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.types import Tick
from omega_reference.bars.columns import BarColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """The ticks of one symbol by column (T-3); prices in quote currency, times in µs."""

    timestamp: list[int]
    bid: list[float]
    ask: list[float]

    def __len__(self) -> int:
        return len(self.timestamp)


def columns_of(tick: Tick) -> Ticks:
    """Return the columns of a single tick."""
    return Ticks(timestamp=[tick.timestamp], bid=[tick.bid], ask=[tick.ask])


def tick_bars(ticks: Ticks) -> BarColumns:
    """Return each tick as a bar that has its prices everywhere; no rule reads a volume."""
    return BarColumns(
        timestamp=ticks.timestamp,
        bid_open=ticks.bid,
        bid_high=ticks.bid,
        bid_low=ticks.bid,
        bid_close=ticks.bid,
        ask_open=ticks.ask,
        ask_high=ticks.ask,
        ask_low=ticks.ask,
        ask_close=ticks.ask,
        volume=ticks.bid,
    )
