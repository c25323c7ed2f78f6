"""The floating-point environment (Q-N1b): whether this thread computes as N-1 has it, asked by arithmetic alone."""

from __future__ import annotations

import struct
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError, omega_error


def from_bits(bits: int) -> float:
    """Return the double of these 64 bits; no digits are read, so that no rounding takes part."""
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


# From bits and at run time: a literal would be read, and an expression folded, in the environment of the compiler.
_SUBNORMAL: Final = from_bits(0x0000_0000_0000_0001)
_NORMAL: Final = from_bits(0x0010_0000_0000_0000)
_HALF: Final = from_bits(0x3FE0_0000_0000_0000)
_ONE: Final = from_bits(0x3FF0_0000_0000_0000)
_TINY: Final = from_bits(0x3C30_0000_0000_0000)
"""2⁻⁶⁰, far under half a unit in the last place of 1."""
_ZERO_BITS: Final = bytes(8)


def wrong_environment() -> str | None:
    """Say what is wrong with this thread's arithmetic, or None.

    Rounding to nearest loses 2⁻⁶⁰ on both sides of ±1; half of the smallest normal number is a subnormal one; and the
    smallest subnormal number is not lost when it is divided by 2⁻⁶⁰.
    """
    sums = (_ONE + _TINY, _ONE - _TINY, -_ONE - _TINY)
    return _diagnosis(sums, _NORMAL * _HALF, _SUBNORMAL / _TINY)


def _diagnosis(sums: tuple[float, float, float], half_of_normal: float, grown: float) -> str | None:
    """Say what is wrong where these came out; ``sums`` are 1 + 2⁻⁶⁰, 1 − 2⁻⁶⁰ and −1 − 2⁻⁶⁰."""
    above, below, far_below = sums
    if above != _ONE:
        return "rounds upward"
    if below != _ONE:
        return "rounds downward" if far_below != -_ONE else "rounds toward zero"
    if _is_zero(half_of_normal):
        return "flushes subnormal results to zero"
    if _is_zero(grown):
        return "takes subnormal operands for zero"
    return None


def check_environment() -> None:
    """Refuse to compute, or to have computed, in a wrong environment.

    Raises
    ------
    OmegaError
        INVARIANT_VIOLATED.
    """
    wrong = wrong_environment()
    if wrong is not None:
        raise _refusal(wrong)


def _refusal(wrong: str) -> OmegaError:
    return omega_error(
        ErrorCode.INVARIANT_VIOLATED,
        f"the floating-point unit of this thread {wrong}; another library (-ffast-math) or the host program has "
        "set it so: reset it, or run in a process or thread of its own",
        rule="N-1",
        column="floating_point",
        value=wrong,
    )


def _is_zero(value: float) -> bool:
    # By its bits: a comparison would take a subnormal number for zero where operands are.
    return struct.pack("<d", value) == _ZERO_BITS
