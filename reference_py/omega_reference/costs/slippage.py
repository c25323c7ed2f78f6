"""Slippage in price, without a sign (C-1)."""

from __future__ import annotations

from typing import Final

ENTRY_LEG: Final = 0
EXIT_LEG: Final = 1
"""Which fill of an order a draw is for (N-6)."""


def slippage_offset(fixed_pips: float, random_pips: float, u: float, pip_size: float) -> float:
    """Return the unsigned slippage in price for a draw ``u`` (C-1, Q-C1)."""
    return (fixed_pips + (u * random_pips)) * pip_size
