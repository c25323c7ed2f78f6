"""Where a stop that trails the price moves to (E-14)."""

from __future__ import annotations

from omega.contract.types import Direction, Position
from omega_reference.execution.state import Rules
from omega_reference.grid import grid_distance, grid_price
from omega_reference.quotes import Quote


def trailing_stop(rules: Rules, quote: Quote, position: Position) -> float | None:
    """Return the stop behind the bar's best price of the exit side; None where that is no step forward (Q-E14)."""
    distance = position.trailing_distance
    if distance is None:
        return None
    grid = rules.terms.grid
    if position.direction is Direction.LONG:
        candidate = grid_price(grid, quote.bid_high - distance)
        step = grid_distance(grid, candidate - position.stop_loss)
    else:
        candidate = grid_price(grid, quote.ask_low + distance)
        step = grid_distance(grid, position.stop_loss - candidate)
    least = grid_distance(grid, position.trailing_step or 0.0)
    # hit Q-E14 if step > 0.0 and step == least
    # hit Q-E14 if 0.0 < step < least
    return candidate if step > 0.0 and step >= least else None
