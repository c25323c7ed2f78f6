"""When a stop moves to the entry, and where to (E-13)."""

from __future__ import annotations

from omega.contract.types import Direction, Position
from omega_reference.execution.state import Rules
from omega_reference.grid import grid_distance, grid_price
from omega_reference.quotes import Quote


def is_break_even_due(rules: Rules, quote: Quote, position: Position) -> bool:
    """Whether the bar's best price of the exit side gained the asked multiple of the first risk (Q-E13)."""
    at_r = position.break_even_at_r
    if at_r is None or position.is_break_even_done:
        return False
    entry = position.entry_price
    gain = (quote.bid_high - entry) if position.direction is Direction.LONG else (entry - quote.ask_low)
    distance = grid_distance(rules.terms.grid, abs(entry - position.initial_stop_loss))
    if not distance > 0.0:
        return False
    if rules.variant.measures_break_even_by_ratio:
        return (gain / distance) >= at_r
    return grid_distance(rules.terms.grid, gain) >= grid_distance(rules.terms.grid, at_r * distance)


def break_even_stop(rules: Rules, position: Position) -> float | None:
    """Return the stop at the entry and its offset; None where it is not beyond the one there is (Q-E13)."""
    offset = position.break_even_offset or 0.0
    if position.direction is Direction.LONG:
        stop = grid_price(rules.terms.grid, position.entry_price + offset)
        is_forward = stop > position.stop_loss
    else:
        stop = grid_price(rules.terms.grid, position.entry_price - offset)
        is_forward = stop < position.stop_loss
    return stop if is_forward else None
