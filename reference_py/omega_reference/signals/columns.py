"""Rows of signal columns as records (T-6)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.types import Direction, OrderType, Signal, SignalType


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The signals of a table by column (T-6), without its texts; None is "not set", times are in µs."""

    timestamp: list[int]
    symbol: list[str]
    signal_type: list[SignalType]
    direction: list[Direction | None]
    order_type: list[OrderType | None]
    price: list[float | None]
    size: list[float | None]
    stop_loss: list[float | None]
    take_profit: list[float | None]
    magic_number: list[int]
    expires_at: list[int | None]
    trailing_distance: list[float | None]
    trailing_step: list[float | None]
    break_even_at_r: list[float | None]
    break_even_offset: list[float | None]
    max_holding: list[int | None]
    fraction: list[float | None]

    def __len__(self) -> int:
        return len(self.timestamp)

    def signal(self, row: int) -> Signal:
        """Return row ``row`` as a record; its texts are found in the table by ``Signal.row``."""
        return Signal(
            timestamp=self.timestamp[row],
            symbol=self.symbol[row],
            signal_type=self.signal_type[row],
            direction=self.direction[row],
            order_type=self.order_type[row],
            price=self.price[row],
            size=self.size[row],
            stop_loss=self.stop_loss[row],
            take_profit=self.take_profit[row],
            magic_number=self.magic_number[row],
            expires_at=self.expires_at[row],
            trailing_distance=self.trailing_distance[row],
            trailing_step=self.trailing_step[row],
            break_even_at_r=self.break_even_at_r[row],
            break_even_offset=self.break_even_offset[row],
            max_holding=self.max_holding[row],
            fraction=self.fraction[row],
            row=row,
        )
