"""Fill primitives (chapter E) and slippage of a fill (C-1). Buys fill on ask, sells on bid."""

from __future__ import annotations

from omega.contract.types import Position
from omega_reference.execution.state import Rules
from omega_reference.grid import Grid, grid_price
from omega_reference.numbers import maximum, minimum


def fill_stop(level: float, side_open: float, is_buy: bool) -> float:
    """Return the worse of level and open: a stop that the bar opened through fills at the open (Q-E3)."""
    # hit Q-E3 if side_open != level and (side_open > level) is is_buy
    return maximum(level, side_open) if is_buy else minimum(level, side_open)


def fill_limit(level: float, side_open: float, is_buy: bool) -> float:
    """Return the better of level and open (Q-E3)."""
    # hit Q-E3 if side_open != level and (side_open < level) is is_buy
    return minimum(level, side_open) if is_buy else maximum(level, side_open)


def fill_offset(rules: Rules, order: Position, leg: int) -> float:
    """Return the unsigned slippage of one fill of an order, drawn by what the order is (C-1, N-6)."""
    return rules.costs.slippage(
        order.signal_timestamp, order.magic_number, order.ordinal, leg, order.direction.value, order.order_type.value
    )


def slipped(grid: Grid, price: float, offset: float, is_buy: bool) -> float:
    """Return the price of the grid with the unsigned slippage against the trader (Q-C1)."""
    # hit C-1 if offset != 0.0
    price = grid_price(grid, price)
    return grid_price(grid, (price + offset) if is_buy else (price - offset))
