"""Slippage in price, without a sign (C-1)."""

from __future__ import annotations

from typing import Final

from omega_reference.grid import Grid, grid_offset

ENTRY_LEG: Final = 0
EXIT_LEG: Final = 1
PART_LEG: Final = 2
"""Which fill of an order a draw is for; of its parts the first, each later one counts on (N-6)."""


def slippage_offset(fixed_pips: float, random_pips: float, u: float, pip_size: float, grid: Grid) -> float:
    """Return the unsigned slippage in price for a draw ``u``, in whole points where prices keep to a grid (Q-C1)."""
    return grid_offset(grid, (fixed_pips + (u * random_pips)) * pip_size)
