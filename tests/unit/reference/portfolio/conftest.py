"""A position of the index, as the portfolio sees it."""

from __future__ import annotations

from omega.contract.types import Direction, OrderType, Position, Status


def position(direction: Direction = Direction.LONG, entry: float = 101.0, stop: float = 91.0) -> Position:
    """Build two lots at a risk of 50."""
    return Position(
        order_id=1,
        symbol="INDEX",
        magic_number=0,
        direction=direction,
        order_type=OrderType.MARKET,
        status=Status.OPEN,
        entry_time=0,
        trigger_time=0,
        entry_price=entry,
        order_price=entry,
        signal_price=None,
        initial_stop_loss=stop,
        initial_take_profit=None,
        stop_loss=stop,
        stop_reach=stop,
        take_profit=None,
        size=2.0,
        risk_per_trade=50.0,
        expires_at=None,
        max_holding=None,
        trailing_distance=None,
        trailing_step=None,
        break_even_at_r=None,
        break_even_offset=None,
        requested_size=None,
        lots=2.0,
        signal_timestamp=0,
        ordinal=0,
        signal_row=0,
        scenario=None,
        value_at_entry=10.0,
    )
