"""One digest per bar over everything that can differ (H-1, Q-H1)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from xxhash import xxh3_128_digest

from omega.contract.types import Event, Position
from omega_reference.numbers import NAN

_pack_head = struct.Struct("<qddQ").pack
_POSITION = struct.Struct("<qBBBBHHdddd")
_EVENT = struct.Struct("<qqqqBBBBHHqdddddd")
_UNKNOWN_SYMBOL: Final = 65_535
"""Number of a symbol that the run has not (Q-H1)."""


def next_digest(
    digest: bytes,
    timestamp: int,
    cash: float,
    equity: float,
    count: int,
    records: bytes,
    symbol: str,
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
    symbol : str
        The run's.
    events : sequence of Event
        The bar's, in seq order.
    """
    head = _pack_head(timestamp, cash if cash == cash else NAN, equity if equity == equity else NAN, count)
    message = digest + head + records
    if events:
        message += b"".join([pack_event(event, symbol) for event in events])
    return xxh3_128_digest(message)


def pack_positions(positions: Sequence[Position]) -> bytes:
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
                0,
                _canonical(position.entry_price),
                _canonical(position.stop_loss),
                _canonical(position.take_profit),
                _canonical(position.size),
            )
            for position in positions
        ]
    )


def pack_event(event: Event, symbol: str) -> bytes:
    """Pack one event row without its free text, twelve words (Q-H1); ``symbol`` is the run's."""
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
        0 if event.symbol == symbol else _UNKNOWN_SYMBOL,
        event.error_code or 0,
        _canonical(event.price),
        _canonical(event.size),
        _canonical(event.stop_loss),
        _canonical(event.take_profit),
        _canonical(event.result),
        _canonical(event.fee),
    )


def _canonical(x: float | None) -> float:
    """Return 0 for what is not set, whose presence bit says so, and the one NaN for any (N-3)."""
    if x is None:
        return 0.0
    return NAN if x != x else x
