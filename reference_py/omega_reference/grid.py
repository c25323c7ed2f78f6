"""The grid of a symbol's prices (N-8): there a comparison is decided by the prices, not by rounding errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega_reference.numbers import floor, power_of_ten, quantize

_MAX_DIGITS: Final = 15
"""Most decimals that :func:`omega_reference.numbers.quantize` takes."""
_POINT_DIGITS: Final = 6
"""A slippage nearer than this to a whole number of points is that number (Q-C1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How finely a symbol is priced, from :func:`new_grid`."""

    is_kept: bool
    """Whether prices have to lie on it; v1 computes on as it comes (N-8)."""
    digits: int
    """Decimals of a price."""
    distance_digits: int
    """Decimals of a distance between prices."""
    point: float
    """The least step of a price."""


def new_grid(digits: int, is_kept: bool) -> Grid:
    """Return the grid of prices with ``digits`` decimals, 0 … 15 (Q-N8)."""
    return Grid(
        is_kept=is_kept,
        digits=digits,
        distance_digits=digits + 1 if digits < _MAX_DIGITS else _MAX_DIGITS,
        point=(1.0 / power_of_ten(digits)),
    )


def grid_price(grid: Grid, price: float) -> float:
    """Return the price of the grid that is nearest to ``price`` (p of Q-N8)."""
    return quantize(price, grid.digits) if grid.is_kept else price


def grid_distance(grid: Grid, distance: float) -> float:
    """Return a distance, or a price with a buffer, to one digit more than prices have (d of Q-N8)."""
    return quantize(distance, grid.distance_digits) if grid.is_kept else distance


def grid_offset(grid: Grid, offset: float) -> float:
    """Return an unsigned offset in whole points, a part of a point counting as one (Q-C1)."""
    if not grid.is_kept or offset == 0.0:
        return offset
    points = -floor(-quantize((offset / grid.point), _POINT_DIGITS))
    # hit Q-C1 if points * grid.point != offset
    return grid_price(grid, points * grid.point)
