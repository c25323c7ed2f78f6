"""Instrument, rates, costs and sizing of a run: records and closed sets of the contract (T-5, C-3, C-4, C-6, S-3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Closed(IntEnum):
    """A closed set: its number goes into the state chain, its ``text`` into Arrow."""

    @property
    def text(self) -> str:
        """The member as users write it."""
        return self.name.lower()


class BelowMin(Closed):
    """What happens to a size under ``volume_min`` (S-4)."""

    REJECT = 0
    CLAMP = 1


class SizingMode(Closed):
    """By what an order without an explicit size is sized (S-2, S-3)."""

    RISK = 0
    PIP = 1
    FIXED = 2


class CommissionBasis(Closed):
    """What the rate of a commission is charged on (C-3)."""

    PER_LOT = 0
    PER_MILLION_NOTIONAL = 1
    PERCENT_OF_NOTIONAL = 2


class ChargedSides(Closed):
    """Which fills of a position a commission is charged on (C-3)."""

    BOTH = 0
    ENTRY = 1
    EXIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Symbol specification (T-5). ``tick_value`` is in the account currency per lot and tick."""

    symbol: str
    pip_size: float
    tick_size: float
    tick_value: float | None
    contract_size: float
    volume_min: float
    volume_step: float
    volume_max: float
    base_currency: str
    quote_currency: str
    profit_currency: str
    digits: int
    min_stop_distance_pips: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The rate of a pair (EURUSD), checked: a value per timestamp (µs, rising), or one and no timestamps (C-6)."""

    pair: str
    timestamps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What is charged on fills instead of the fee, in ``currency`` (C-3)."""

    basis: CommissionBasis
    rate: float
    """Currency per lot or per million of notional, or a share of the notional."""
    multiplier: float
    min_fee: float
    currency: str
    sides: ChargedSides


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """What a position costs or brings overnight, in ticks per lot (C-4), and the rollovers that it does so at."""

    long_points: float
    short_points: float
    rollovers: tuple[int, ...]
    """µs, rising."""
    nights: tuple[int, ...]
    """Of each rollover."""
