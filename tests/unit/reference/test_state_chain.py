from __future__ import annotations

import math
import struct

import pytest
import xxhash

from omega.contract.types import Event, EventKind
from omega_reference.state_chain import next_digest, pack_event

NAN_BITS = bytes.fromhex("000000000000f87f")


@pytest.mark.rule("H-1", "Q-H1")
def test_a_bar_without_events_is_28_bytes_after_the_digest_before() -> None:
    first = next_digest(bytes(16), 5, 1.5, -0.0, 0, b"", ())
    assert first == xxhash.xxh3_128_digest(bytes(16) + struct.pack("<qddI", 5, 1.5, -0.0, 0))
    second = next_digest(first, 6, 1.5, 2.0, 0, b"", ())
    assert second == xxhash.xxh3_128_digest(first + struct.pack("<qddI", 6, 1.5, 2.0, 0))


@pytest.mark.rule("Q-H1")
def test_an_event_is_77_bytes_with_zero_and_nan_for_unset() -> None:
    packed = pack_event(Event(seq=3, timestamp=9, kind=EventKind.CLOSED, price=2.0, error_code=1006))
    assert len(packed) == 77
    assert packed == struct.pack("<qqBq", 3, 9, 5, 0) + struct.pack("<d", 2.0) + 5 * NAN_BITS + struct.pack("<i", 1006)


@pytest.mark.rule("N-3", "Q-H1")
def test_every_nan_is_written_as_the_one_nan() -> None:
    digests = {next_digest(bytes(16), 5, nan, nan, 0, b"", ()) for nan in (math.nan, -math.nan)}
    assert len(digests) == 1


@pytest.mark.rule("N-3")
def test_zeros_of_both_signs_differ() -> None:
    digests = {next_digest(bytes(16), 5, 1.0, zero, 0, b"", ()) for zero in (0.0, -0.0)}
    assert len(digests) == 2
