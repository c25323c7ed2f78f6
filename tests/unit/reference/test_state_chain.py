from __future__ import annotations

import math
import struct
from dataclasses import replace

import pytest
import xxhash
from tests.unit.reference.portfolio.conftest import position

from omega.contract.types import Direction, Event, EventKind, OrderType, Reason, StopKind
from omega_reference.state_chain import next_digest, pack_event, pack_positions

CLOSED = Event(
    seq=3,
    timestamp=9,
    known_at=11,
    kind=EventKind.CLOSED,
    order_id=4,
    symbol="INDEX",
    direction=Direction.SHORT,
    order_type=OrderType.STOP,
    price=2.0,
    result=-0.0,
    reason=Reason.TIMEOUT,
)
"""Present: order_id 0, direction 1, order_type 2, reason 3, price 5, result 9."""


@pytest.mark.rule("H-1", "Q-H1")
def test_a_bar_without_events_is_four_words_after_the_digest_before() -> None:
    first = next_digest(bytes(16), 5, 1.5, -0.0, 0, b"", {"INDEX": 0}, ())
    assert first == xxhash.xxh3_128_digest(bytes(16) + struct.pack("<qddq", 5, 1.5, -0.0, 0))
    second = next_digest(first, 6, 1.5, 2.0, 1, b"abc", {"INDEX": 0}, (CLOSED,))
    message = first + struct.pack("<qddq", 6, 1.5, 2.0, 1) + b"abc" + pack_event(CLOSED, {"INDEX": 0})
    assert second == xxhash.xxh3_128_digest(message)


@pytest.mark.rule("Q-H1")
def test_an_event_is_twelve_words_with_a_bit_for_each_field_that_is_set() -> None:
    bits = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 9
    members = [5, 1, 2, 24, bits & 255, bits >> 8, 0, 0]
    words = struct.pack("<4q", 3, 9, 11, 4) + bytes(members) + struct.pack("<q6d", 0, 2.0, 0.0, 0.0, 0.0, -0.0, 0.0)
    assert pack_event(CLOSED, {"INDEX": 0}) == words
    assert len(words) == 12 * 8


@pytest.mark.rule("Q-H1")
def test_a_rejected_signal_of_another_symbol_has_its_number() -> None:
    event = Event(
        seq=0, timestamp=1, known_at=2, kind=EventKind.REJECTED, symbol="OTHER", direction=None, order_type=None,
        reason=Reason.UNKNOWN_SYMBOL, error_code=1001,
    )  # fmt: skip
    bits = 1 << 3 | 1 << 4
    members = [1, 0, 0, 2, bits, 0, 255, 255]
    assert pack_event(event, {"INDEX": 0}) == struct.pack("<4q", 0, 1, 2, 0) + bytes(members) + struct.pack(
        "<q6d", 1001, *[0.0] * 6
    )


@pytest.mark.rule("Q-H1")
def test_a_position_is_six_words() -> None:
    one = replace(position(), stop_kind=StopKind.TRAILING, order_type=OrderType.LIMIT, direction=Direction.SHORT)
    other = replace(one, take_profit=111.0)
    words = [struct.pack("<q", 1) + bytes([1, 1, 1, 2, bit, 0, 0, 0]) for bit in (0, 1)]
    numbers = [struct.pack("<4d", 101.0, 91.0, target, 2.0) for target in (0.0, 111.0)]
    assert pack_positions([one, other], {one.symbol: 0}) == words[0] + numbers[0] + words[1] + numbers[1]


@pytest.mark.rule("N-3", "Q-H1")
def test_every_nan_is_written_as_the_one_nan() -> None:
    digests = {next_digest(bytes(16), 5, nan, nan, 0, b"", {"INDEX": 0}, ()) for nan in (math.nan, -math.nan)}
    assert len(digests) == 1


@pytest.mark.rule("N-3")
def test_zeros_of_both_signs_differ() -> None:
    digests = {next_digest(bytes(16), 5, 1.0, zero, 0, b"", {"INDEX": 0}, ()) for zero in (0.0, -0.0)}
    assert len(digests) == 2
