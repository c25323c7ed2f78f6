"""What a strategy is (A-1): given a bar and the indicators, at most one signal, and what to do with a position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from omega.contract.protocols import IndicatorCache
from omega.contract.types import Decision, EngineConfig, Position, Signal
from omega_reference.bars.columns import BarColumns


@dataclass(slots=True)
class BarSlice:
    """The primary bar a strategy decides on; rows after ``row`` are the future and must not be read."""

    bars: BarColumns
    row: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Leave the position as it is."""


@dataclass(frozen=True, slots=True)
class ModifyStop:
    """Move the stop (Q-E11b)."""

    stop_loss: float


@dataclass(frozen=True, slots=True)
class ModifyTarget:
    """Move the target (Q-E11b)."""

    take_profit: float


@dataclass(frozen=True, slots=True)
class PartialClose:
    """Close a fraction in (0, 1] of the position (E-16)."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Close:
    """Close the position (Q-E11b)."""


Action = Hold | ModifyStop | ModifyTarget | PartialClose | Close

HOLD = Hold()


class Strategy(Protocol):
    """Pure: the same inputs give the same outputs (A-1)."""

    def on_init(self, config: EngineConfig) -> None:
        """Take over the run's configuration, once, before the first bar."""
        ...

    def evaluate(self, bar: BarSlice, indicators: IndicatorCache) -> Signal | None:
        """Return at most one entry signal for the bar at its close; its ``row`` is its place among the decisions."""
        ...

    def decisions(self) -> Sequence[Decision]:
        """Return why each signal was given, in their order (Q-A10b)."""
        ...

    def manage_position(self, position: Position, bar: BarSlice) -> Action:
        """Return what to do with an open position at the bar's close."""
        ...
