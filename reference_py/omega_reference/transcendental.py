"""ln, log10 and exp of N-1 operations and bits alone (N-4, Q-N4): no platform's libm, whose last bit differs.

The polynomials and the order of operations are those of FreeBSD's msun (e_log.c, e_log10.c, e_exp.c).
"""

from __future__ import annotations

import struct
from typing import Final

from omega_reference.numbers import NAN

_INFINITY: Final = float("inf")
_SMALLEST_NORMAL: Final = float.fromhex("0x1p-1022")
_ONE: Final = 0x3FF0_0000_0000_0000
_ROOT_HALF: Final = 0x3FE6_A09E_0000_0000
"""√½, cut after the high word: what reduced arguments begin at."""
_MANTISSA: Final = 0x000F_FFFF_FFFF_FFFF
_HIGH_WORD: Final = 0xFFFF_FFFF_0000_0000

_LN2_HI: Final = float.fromhex("0x1.62e42feep-1")
_LN2_LO: Final = float.fromhex("0x1.a39ef35793c76p-33")
_INV_LN2: Final = float.fromhex("0x1.71547652b82fep+0")
_INV_LN10_HI: Final = float.fromhex("0x1.bcb7b152p-2")
_INV_LN10_LO: Final = float.fromhex("0x1.b9438ca9aadd5p-36")
_LOG10_2_HI: Final = float.fromhex("0x1.34413509f6p-2")
_LOG10_2_LO: Final = float.fromhex("0x1.9fef311f12b36p-42")

_L1: Final = float.fromhex("0x1.5555555555593p-1")
_L2: Final = float.fromhex("0x1.999999997fa04p-2")
_L3: Final = float.fromhex("0x1.2492494229359p-2")
_L4: Final = float.fromhex("0x1.c71c51d8e78afp-3")
_L5: Final = float.fromhex("0x1.7466496cb03dep-3")
_L6: Final = float.fromhex("0x1.39a09d078c69fp-3")
_L7: Final = float.fromhex("0x1.2f112df3e5244p-3")

_P1: Final = float.fromhex("0x1.555555555553ep-3")
_P2: Final = float.fromhex("-0x1.6c16c16bebd93p-9")
_P3: Final = float.fromhex("0x1.1566aaf25de2cp-14")
_P4: Final = float.fromhex("-0x1.bbd41c5d26bf1p-20")
_P5: Final = float.fromhex("0x1.6376972bea4d0p-25")

_EXP_MOST: Final = float.fromhex("0x1.62e42fefa39efp+9")
_EXP_LEAST: Final = float.fromhex("-0x1.74910d52d3051p+9")


def ln(x: float) -> float:
    """Return the natural logarithm, within 1 ulp (N-4): −∞ of 0, NaN below."""
    if not 0.0 < x < _INFINITY:
        return _logarithm_beyond(x)
    k, f = reduce_logarithm(x)
    half_square = (0.5 * f) * f
    s = f / (2.0 + f)
    product = s * (half_square + log_polynomial(s))
    return (((product + (k * _LN2_LO)) - half_square) + f) + (k * _LN2_HI)


def log10(x: float) -> float:
    """Return the decimal logarithm, within 1 ulp (N-4): −∞ of 0, NaN below."""
    if not 0.0 < x < _INFINITY:
        return _logarithm_beyond(x)
    k, f = reduce_logarithm(x)
    half_square = (0.5 * f) * f
    s = f / (2.0 + f)
    product = s * (half_square + log_polynomial(s))
    hi = from_bits(to_bits(f - half_square) & _HIGH_WORD)
    lo = ((f - hi) - half_square) + product
    high = hi * _INV_LN10_HI
    y = k * _LOG10_2_HI
    low = ((k * _LOG10_2_LO) + ((lo + hi) * _INV_LN10_LO)) + (lo * _INV_LN10_HI)
    w = y + high
    return (low + ((y - w) + high)) + w


def exp(x: float) -> float:
    """Return e to the power of ``x``, within 1 ulp (N-4); ∞ beyond the largest double, 0 below the smallest."""
    if x != x:
        return NAN
    if x > _EXP_MOST:
        return _INFINITY
    if x < _EXP_LEAST:
        return 0.0
    k = int((_INV_LN2 * x) + (0.5 if x > 0.0 else -0.5))
    hi = x - (k * _LN2_HI)
    lo = k * _LN2_LO
    r = hi - lo
    z = r * r
    c = r - (z * (_P1 + (z * (_P2 + (z * (_P3 + (z * (_P4 + (z * _P5)))))))))
    return scale(1.0 + ((((r * c) / (2.0 - c)) - lo) + hi), k)


def reduce_logarithm(x: float) -> tuple[float, float]:
    """Return k and f of x = 2ᵏ · (1 + f), 1 + f in √½ … √2, for a finite ``x`` > 0."""
    k = 0
    if x < _SMALLEST_NORMAL:
        x = x * 18014398509481984.0  # 2⁵⁴
        k = -54
    bits = to_bits(x) + (_ONE - _ROOT_HALF)
    k = k + ((bits >> 52) - 1023)
    return float(k), from_bits((bits & _MANTISSA) + _ROOT_HALF) - 1.0


def log_polynomial(s: float) -> float:
    """Return R of ln(1 + f) = f − f²/2 + s · (f²/2 + R), s = f / (2 + f)."""
    z = s * s
    w = z * z
    even = w * (_L2 + (w * (_L4 + (w * _L6))))
    odd = z * (_L1 + (w * (_L3 + (w * (_L5 + (w * _L7))))))
    return odd + even


def _logarithm_beyond(x: float) -> float:
    if x == 0.0:
        return -_INFINITY
    return x if x > 0.0 else NAN


def scale(y: float, k: int) -> float:
    """Return ``y`` · 2ᵏ for ``y`` near 1 and k in −1075 … 1024, rounded once."""
    if k > 1023:
        return (y * power_of_two(k - 1)) * 2.0
    if k < -1022:
        return (y * power_of_two(k + 1000)) * power_of_two(-1000)
    return y * power_of_two(k)


def power_of_two(k: int) -> float:
    """Return 2ᵏ, k in −1022 … 1023."""
    return from_bits((k + 1023) << 52)


def to_bits(x: float) -> int:
    """Return the 64 bits of a double."""
    bits: int = struct.unpack("<Q", struct.pack("<d", x))[0]
    return bits


def from_bits(bits: int) -> float:
    """Return the double of 64 bits."""
    x: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return x
