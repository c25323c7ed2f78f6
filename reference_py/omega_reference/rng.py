"""Keyed, counter-based randomness (N-6): a draw depends on what it is for, never on what was drawn before."""

from __future__ import annotations

import xxhash

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_MULTIPLIER_0 = 0xD2E7_470E_E14C_6C93
_MULTIPLIER_1 = 0xCA5A_8263_9512_1157
_WEYL_0 = 0x9E37_79B9_7F4A_7C15
_WEYL_1 = 0xBB67_AE85_84CA_A73B
_ROUNDS = 10
_TWO_POW_MINUS_53 = 1.1102230246251565e-16

Words = tuple[int, int, int, int]


def philox(key: tuple[int, int], counter: Words) -> Words:
    """Return the Philox4x64-10 block at exactly ``counter`` (N-6; Salmon et al., SC11).

    Parameters
    ----------
    key : tuple of int
        Two unsigned 64-bit words.
    counter : tuple of int
        Four unsigned 64-bit words. NumPy increments before its first block: its counter is this one − 1.

    Returns
    -------
    tuple of int
        Four unsigned 64-bit words.

    Examples
    --------
    >>> philox((7, 0), (1, 2, 3, 4)) == philox((7, 0), (1, 2, 3, 4))  # nothing is carried on
    True
    >>> hex(philox((0, 0), (0, 0, 0, 0))[0])
    '0x16554d9eca36314c'
    """
    key_0, key_1 = key
    c0, c1, c2, c3 = counter
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> 64) ^ c1 ^ key_0
        c1 = product_1 & _MASK
        c2 = (product_0 >> 64) ^ c3 ^ key_1
        c3 = product_0 & _MASK
        key_0 = (key_0 + _WEYL_0) & _MASK
        key_1 = (key_1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


def unit(word: int) -> float:
    """Map a 64-bit word to [0, 1) by its upper 53 bits (Q-N6)."""
    return (word >> 11) * _TWO_POW_MINUS_53


def symbol_id(symbol: str) -> int:
    """Return the low 32 bits of xxh3_64 of the symbol's UTF-8 name (N-6)."""
    return xxhash.xxh3_64_intdigest(symbol.encode()) & 0xFFFF_FFFF


def uniform(
    seed: int,
    timestamp: int,
    magic_number: int,
    ordinal: int,
    symbol: int,
    leg: int,
    direction: int,
    order_type: int,
) -> float:
    """Return the draw u in [0, 1) of one fill (N-6, Q-N6).

    Parameters
    ----------
    seed : int
        Unsigned 64-bit.
    timestamp, magic_number : int
        Of the signal, µs and int64; they enter as two's complement.
    ordinal : int
        k among the run's equal signals.
    symbol : int
        From :func:`symbol_id`.
    leg : int
        0 entry, 1 exit, 2 + j the j-th partial close.
    direction, order_type : int
        Numbers of T-6.
    """
    last = leg + ((direction + 2 * order_type) << 32)
    counter = (timestamp & _MASK, magic_number & _MASK, ordinal + (symbol << 32), last)
    return unit(philox((seed, 0), counter)[0])
