"""One digest per bar over everything that can differ (H-1, Q-H1)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from xxhash import xxh3_128_digest

from omega.contract.types import Event, Position
from omega_reference.numbers import NAN

_pack_head = struct.Struct("<qddI").pack
_POSITION = struct.Struct("<qBBddddB")
_EVENT = struct.Struct("<qqBqddddddi")


def next_digest(
    digest: bytes, timestamp: int, cash: float, equity: float, count: int, records: bytes, events: Sequence[Event]
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
    events : sequence of Event
        The bar's, in seq order.
    """
    head = _pack_head(timestamp, cash if cash == cash else NAN, equity if equity == equity else NAN, count)
    message = digest + head + records
    if events:
        message += b"".join([pack_event(event) for event in events])
    return xxh3_128_digest(message)


def pack_positions(positions: Sequence[Position]) -> bytes:
    """Pack pending and open positions in the order given, 43 bytes each (Q-H1)."""
    return b"".join(
        [
            _POSITION.pack(
                position.order_id,
                position.status,
                position.direction,
                _canonical(position.entry_price),
                _canonical(position.stop_loss),
                _canonical(position.take_profit),
                _canonical(position.size),
                position.stop_kind,
            )
            for position in positions
        ]
    )


def pack_event(event: Event) -> bytes:
    """Pack one event row without its text, 77 bytes (Q-H1)."""
    return _EVENT.pack(
        event.seq,
        event.timestamp,
        event.kind,
        event.order_id or 0,
        _canonical(event.price),
        _canonical(event.size),
        _canonical(event.stop_loss),
        _canonical(event.take_profit),
        _canonical(event.result),
        _canonical(event.fee),
        event.error_code or 0,
    )


def _canonical(x: float | None) -> float:
    """Return the one NaN for an unset or undefined number; sign and payload of a NaN carry no meaning (N-3)."""
    return NAN if x is None or x != x else x
