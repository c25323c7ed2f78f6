"""What there is in a run: quotes, signals, orders and the rows of the log.

Prices of orders and quotes are *signed*: those of a short are negated, which turns it into a long, so that every rule
is written once. A higher price is then always better to leave at and worse to enter at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from .terms import Points


class Side(NamedTuple):
    """One side's prices of a bar, points."""

    open: Points
    high: Points
    low: Points
    close: Points

    def signed(self, sign: int) -> Side:
        """Return it as an order of direction ``sign`` sees it."""
        if sign > 0:
            return self
        return Side(-self.open, -self.low, -self.high, -self.close)


class Quote(NamedTuple):
    """A bar, or a detail bar, whose end is not as far away as a bar's."""

    time: int
    bid: Side
    ask: Side
    end: int | None = None

    def entry(self, sign: int) -> Side:
        """Return the side that an order of direction ``sign`` enters on (buys on ask), signed."""
        return self.ask if sign > 0 else self.bid.signed(sign)

    def exit(self, sign: int) -> Side:
        """Return the side that it leaves on (sells on bid), signed."""
        return self.bid if sign > 0 else self.ask.signed(sign)


Signal = Mapping[str, Any]
"""A row of the signal table: column to value, times in µs."""


@dataclass(slots=True, kw_only=True)
class Order:
    """An accepted order; ``price``, ``stop`` and ``target`` are signed points."""

    order_id: int
    row: int | None
    signal: Signal
    ordinal: int
    sign: int
    order_type: str
    entry_time: int
    price: int
    """What it was placed at, from its entry on the fill."""
    order_price: int
    initial_stop: int
    initial_target: int | None
    stop: int
    """As it is from now on, and who set it last."""
    target: int | None
    stop_kind: str = "initial"
    was_due: bool = False
    """For its break-even, which comes once (E-13)."""
    parts: int = 0
    """How often a part of it was closed (E-16)."""
    is_open: bool = False
    opened_at_open: bool = False
    value: Fraction = Fraction(0)
    """What a price was worth when it was accepted."""
    margin: Fraction = Fraction(0)
    trigger_time: int | None = None
    lots: Fraction = Fraction(0)
    """What is left of it; with fee, risk and margin of so much."""
    risk: Fraction | None = None
    entry_fee: Fraction | None = None
    swap: Fraction = Fraction(0)
    """What its nights brought."""
    exit_time: int = 0
    known_at: int = 0
    exit_price: int = 0
    exit_fee: Fraction = Fraction(0)
    result: Fraction = Fraction(0)
    net_result: Fraction = Fraction(0)
    r_multiple: Fraction = Fraction(0)
    reason: str = ""


class Instruction(NamedTuple):
    """An exit or modify signal that waits for the end of the pass (Q-E15)."""

    signal: Signal
    before: int
    """The order_id that the next order would have had."""


@dataclass(slots=True, kw_only=True)
class Event:
    """One row of the log (T-8): prices and sizes as doubles, money exact."""

    seq: int
    timestamp: int
    known_at: int
    kind: str
    order_id: int | None = None
    symbol: str
    direction: str | None
    order_type: str | None
    price: float | None = None
    size: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    result: Fraction | None = None
    fee: Fraction | None = None
    reason: str | None = None
    error_code: int | None = None


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run yields."""

    events: list[Event] = field(default_factory=list)
    trades: list[Order] = field(default_factory=list)
    positions: list[Order] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    known_at: list[int] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    metrics: dict[str, int | Fraction | None] = field(default_factory=dict)
