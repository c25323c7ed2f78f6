"""Whether a bar reaches a stop, a target or a pending order's price (E-3, E-6, E-7, E-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega.contract.types import Direction, OrderType, Position, Variant
from omega_reference.bars.columns import BarColumns

V1_IDLE_PIP_SIZE: Final = 0.0001
"""Pip size of v1's buffer while no position is open, whatever the symbol's (E-6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """How much nearer than its price a level counts as reached, in price (E-6)."""

    stop: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What one bar does to one position; at least one of both is hit."""

    stop: bool
    target: bool
    is_target_first: bool
    """The bar's open had reached the target and not the stop (E-7)."""
    is_ambiguous: bool
    """Both are hit and the open had reached neither (Q-E7)."""


def is_triggered(order: Position, bars: BarColumns, row: int) -> bool:
    """Whether the bar reaches a pending order's price (E-3)."""
    price = order.entry_price
    match order.order_type, order.direction:
        case OrderType.LIMIT, Direction.LONG:
            return bars.ask_low[row] <= price
        case OrderType.LIMIT, _:
            return bars.bid_high[row] >= price
        case _, Direction.LONG:
            return bars.ask_high[row] >= price
        case _:
            return bars.bid_low[row] <= price


def find_hits(position: Position, bars: BarColumns, row: int, buffers: Buffers, *, is_trigger_bar: bool) -> Hits | None:
    """Return what the bar hits (E-6, E-7), None if nothing.

    Parameters
    ----------
    position : Position
        An open one.
    bars, row
        The bar.
    buffers : Buffers
        Of the whole bar.
    is_trigger_bar : bool
        Whether a pending order became this position in this bar (E-8).
    """
    if position.direction is Direction.LONG:
        stop = bars.bid_low[row] <= (position.stop_loss + buffers.stop)
        target = position.take_profit is not None and bars.bid_high[row] >= (position.take_profit - buffers.target)
        # hit Q-E6 if stop and bars.bid_low[row] > position.stop_loss
    else:
        stop = bars.ask_high[row] >= (position.stop_loss - buffers.stop)
        target = position.take_profit is not None and bars.ask_low[row] <= (position.take_profit + buffers.target)
        # hit Q-E6 if stop and bars.ask_high[row] < position.stop_loss
    if is_trigger_bar and position.order_type is OrderType.LIMIT:
        # hit E-8 if target != _is_target_passed_at_close(position, bars, row)
        target = _is_target_passed_at_close(position, bars, row)
    if not stop and not target:
        return None
    if not (stop and target):
        return Hits(stop=stop, target=target, is_target_first=False, is_ambiguous=False)
    # hit E-7
    open_stop, open_target = _open_hits(position, bars, row, buffers)
    return Hits(
        stop=True,
        target=True,
        is_target_first=open_target and not open_stop,
        is_ambiguous=not open_target and not open_stop,
    )


def _is_target_passed_at_close(position: Position, bars: BarColumns, row: int) -> bool:
    """E-8: a limit entry may have touched the target before it was filled; only the close is certainly after."""
    if position.take_profit is None:
        return False
    if position.direction is Direction.LONG:
        return bars.bid_close[row] > position.take_profit
    return bars.ask_close[row] < position.take_profit


def _open_hits(position: Position, bars: BarColumns, row: int, buffers: Buffers) -> tuple[bool, bool]:
    """E-6 with the open in place of high and low; called only when the target is set."""
    target = position.take_profit
    assert target is not None
    if position.direction is Direction.LONG:
        price = bars.bid_open[row]
        return price <= (position.stop_loss + buffers.stop), price >= (target - buffers.target)
    price = bars.ask_open[row]
    return price >= (position.stop_loss - buffers.stop), price <= (target + buffers.target)


def bar_buffers(pip_buffer_factor: float, pip_size: float, variant: Variant) -> Buffers:
    """Return the buffers of one bar's pass (E-6, Q-E6); v1 brings targets nearer too.

    ``pip_size`` is the symbol's; in v1 it is :data:`V1_IDLE_PIP_SIZE` if no position is open when the pass starts.
    """
    buffer = pip_buffer_factor * pip_size
    return Buffers(stop=buffer, target=buffer if variant is Variant.V1 else 0.0)
