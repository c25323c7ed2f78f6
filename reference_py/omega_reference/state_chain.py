"""One digest per bar over everything that can differ (H-1, Q-H1)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from xxhash import xxh3_128_digest

from omega.contract.types import Direction, Event, EventKind, OrderType, Position, Reason
from omega_reference.numbers import NAN

Value = TypeVar("Value")
_pack_head = struct.Struct("<qddQ").pack
_POSITION = struct.Struct("<qBBBBHHdddd")
_EVENT = struct.Struct("<qqqqBBBBHHqdddddd")
EVENT_BYTES: Final = _EVENT.size
_UNKNOWN_SYMBOL: Final = 65_535
"""Number of a symbol that the run has not (Q-H1)."""


def next_digest(
    digest: bytes,
    timestamp: int,
    cash: float,
    equity: float,
    count: int,
    records: bytes,
    numbers: Mapping[str, int],
    events: Sequence[Event],
) -> bytes:
    """Return xxh3_128(digest before ‖ bytes of the bar); before the first bar there are 16 zero bytes (H-1).

    Parameters
    ----------
    digest : bytes
        Of the bar before.
    timestamp : int
        Time of the bar, µs.
    cash, equity : float
        After the bar.
    count : int
        Number of pending and open positions.
    records : bytes
        From :func:`pack_positions`.
    numbers : mapping
        Of the run's symbols (M-2).
    events : sequence of Event
        The bar's, in seq order.
    """
    head = _pack_head(timestamp, cash if cash == cash else NAN, equity if equity == equity else NAN, count)
    message = digest + head + records
    if events:
        message += b"".join([pack_event(event, numbers) for event in events])
    return xxh3_128_digest(message)


def pack_positions(positions: Sequence[Position], numbers: Mapping[str, int]) -> bytes:
    """Pack pending and open positions in the order given, six words each (Q-H1)."""
    return b"".join(
        [
            _POSITION.pack(
                position.order_id,
                position.status,
                position.direction,
                position.order_type,
                position.stop_kind,
                int(position.take_profit is not None),
                numbers[position.symbol],
                _canonical(position.entry_price),
                _canonical(position.stop_loss),
                _canonical(position.take_profit),
                _canonical(position.size),
            )
            for position in positions
        ]
    )


def pack_event(event: Event, numbers: Mapping[str, int]) -> bytes:
    """Pack one event row without its free text, twelve words (Q-H1); ``numbers`` are those of the run's symbols."""
    presence = 0
    for bit, value in enumerate(
        (
            *(event.order_id, event.direction, event.order_type, event.reason, event.error_code),
            *(event.price, event.size, event.stop_loss, event.take_profit, event.result, event.fee),
        )
    ):
        presence |= (value is not None) << bit
    return _EVENT.pack(
        event.seq,
        event.timestamp,
        event.known_at,
        event.order_id or 0,
        event.kind,
        event.direction or 0,
        event.order_type or 0,
        event.reason or 0,
        presence,
        numbers.get(event.symbol, _UNKNOWN_SYMBOL),
        event.error_code or 0,
        _canonical(event.price),
        _canonical(event.size),
        _canonical(event.stop_loss),
        _canonical(event.take_profit),
        _canonical(event.result),
        _canonical(event.fee),
    )


def unpack_event(packed: bytes, symbol: str) -> Event:
    """Return the event row that was packed; of another symbol than the run's no name is known, nor any free text."""
    row = _EVENT.unpack(packed)
    seq, timestamp, known_at, order_id, kind, direction, order_type, reason, presence, number, error_code = row[:11]
    price, size, stop_loss, take_profit, result, fee = row[11:]
    return Event(
        seq=seq,
        timestamp=timestamp,
        known_at=known_at,
        kind=EventKind(kind),
        symbol=symbol if number == 0 else "",
        order_id=_present(presence, 0, order_id),
        direction=_present(presence, 1, Direction(direction)),
        order_type=_present(presence, 2, OrderType(order_type)),
        reason=_present(presence, 3, Reason(reason)),
        error_code=_present(presence, 4, error_code),
        price=_present(presence, 5, price),
        size=_present(presence, 6, size),
        stop_loss=_present(presence, 7, stop_loss),
        take_profit=_present(presence, 8, take_profit),
        result=_present(presence, 9, result),
        fee=_present(presence, 10, fee),
    )


def _present(presence: int, bit: int, value: Value) -> Value | None:
    return value if presence >> bit & 1 else None


def _canonical(x: float | None) -> float:
    """Return 0 for what is not set, whose presence bit says so, and the one NaN for any (N-3)."""
    if x is None:
        return 0.0
    return NAN if x != x else x
