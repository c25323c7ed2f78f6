"""The ranges of what enters money (T-10), as the core declares them: what lies inside stays finite in every run."""

from __future__ import annotations

from typing import Final, NamedTuple


class Range(NamedTuple):
    """Both ends of what a number may be; they belong to it."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:g} … {self.most:g}"


PRICE: Final = Range(1e-12, 1e12)
"""A price of bars and signals."""
SIZE: Final = Range(1e-12, 1e12)
"""Lots, asked for or traded."""
UNIT: Final = Range(1e-12, 1e12)
"""What a symbol's specification measures in: pip, tick, tick value, contract."""
MONEY: Final = Range(1e-12, 1e15)
"""Balance and risk, in the account currency."""
FRACTION: Final = Range(1e-12, 1.0)
"""The part of the equity that is at risk, of a position that an exit closes."""
CHARGE: Final = Range(0.0, 1e15)
"""Fees."""
FACTOR: Final = Range(0.0, 1e12)
"""Pips, multiples and distances."""
