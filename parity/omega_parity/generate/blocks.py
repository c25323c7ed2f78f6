"""Bytes that stand for decisions: the one source of generated input, whether Hypothesis or a keyed generator drew them.

A block is a short byte string; each byte decides one thing, and a zero byte decides for the plainest choice. So a
shrinker that drops blocks and lowers bytes walks towards small and plain cases, and a seed makes the same cases
anywhere.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np

from omega_parity.generate.scales import Number, Scale

_T = TypeVar("_T")

BYTE_VALUES: Final = 256
_WORD_BYTES: Final = 8
_SHARE_BYTES: Final = 6
_SHARES: Final = 1 << 48

WIDE_BYTES: Final = 1 + _SHARE_BYTES
"""Bytes of a number drawn from a whole range."""

_EDGE_POINTS: Final = 40
"""Of 256: how often such a number is an edge."""


class Decisions:
    """Reads one block, byte by byte; reading past its end is a fault of the reader, an IndexError."""

    __slots__ = ("_block", "_next")

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._next = 0

    def byte(self) -> int:
        """Return the next byte."""
        place = self._next
        self._next = place + 1
        return self._block[place]

    def signed(self) -> int:
        """Return −128 … 127; 0, −1, 1, −2 … for the bytes 0, 1, 2, 3 …."""
        byte = self.byte()
        return byte >> 1 if byte % 2 == 0 else -(byte >> 1) - 1

    def below(self, n: int) -> int:
        """Return 0 … n−1, evenly, from two bytes."""
        high = self.byte()
        return (high * BYTE_VALUES + self.byte()) * n >> 16

    def share(self) -> float:
        """Return a number in [0, 1), evenly, from six bytes."""
        number = 0
        for _ in range(_SHARE_BYTES):
            number = number * BYTE_VALUES + self.byte()
        return number / _SHARES

    def wide(self, scale: Scale) -> Number:
        """Return a number of a whole range, now and then one of its edges, from :data:`WIDE_BYTES` bytes."""
        point, share = self.byte(), self.share()
        if point < _EDGE_POINTS and scale.edges:
            return scale.edges[int(share * len(scale.edges))]
        return scale.at(share)

    def choose(self, *shares: tuple[int, _T]) -> _T:
        """Return a value by its share of 256; the last one takes what is left. Byte 0 gives the first."""
        point = self.byte()
        for share, value in shares:
            point -= share
            if point < 0:
                return value
        return shares[-1][1]

    def evenly(self, *values: _T) -> _T:
        """Return one of ``values``, all equally likely."""
        return values[self.byte() * len(values) >> 8]


def keyed_bytes(seed: int, index: int, count: int) -> bytes:
    """Return ``count`` bytes that depend on seed and index only (Philox, as in N-6)."""
    words = np.random.Philox(key=seed, counter=[0, index, 0, 0]).random_raw(-(-count // _WORD_BYTES))
    return np.asarray(words, dtype="<u8").tobytes()[:count]


def pieces(source: bytes, size: int) -> list[bytes]:
    """Cut bytes into blocks of one size."""
    return [source[start : start + size] for start in range(0, len(source), size)]
