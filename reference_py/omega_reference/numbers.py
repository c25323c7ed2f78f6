"""The arithmetic that both sides share beyond the plain operators (N-1, N-5).

The only module that may call the builtins whose bits depend on the Python version or read unlike the contract.
"""

from __future__ import annotations

import math

_INTEGERS_ONLY = 4503599627370496.0
"""2⁵²: from here on every double is an integer."""


NAN = float("nan")
"""The undefined number (T-9)."""


def floor(x: float) -> float:
    """Return the largest integer not above ``x`` as a float (Q-N1); ±0 and |x| ≥ 2⁵² come back unchanged."""
    if x == 0.0 or not -_INTEGERS_ONLY < x < _INTEGERS_ONLY:
        return x
    return float(math.floor(x))


def quantize(x: float, digits: int) -> float:
    """Round the exact value of ``x`` to ``digits`` decimals, halves to even (N-5, Q-N5).

    Parameters
    ----------
    x : float
        A non-finite value is returned unchanged.
    digits : int
        0 … 15.

    Examples
    --------
    >>> quantize(0.125, 2)  # a tie goes to the even digit
    0.12
    >>> quantize(2.675, 2)  # 2.675 is stored as a little less
    2.67
    """
    return round(x, digits)


def power_of_ten(digits: int) -> float:
    """Return 10 to the power of ``digits`` in 0 … 15, which a float holds exactly."""
    return float(10**digits)


def maximum(a: float, b: float) -> float:
    """Return ``b`` if it is greater than ``a``, else ``a`` (the ``max`` of chapter Q)."""
    return b if b > a else a


def minimum(a: float, b: float) -> float:
    """Return ``b`` if it is less than ``a``, else ``a`` (the ``min`` of chapter Q)."""
    return b if b < a else a


def ratio(dividend: float, divisor: float) -> float:
    """Return ``dividend`` / ``divisor``, NaN where the divisor is 0 (Q-I)."""
    return dividend / divisor if divisor != 0.0 else NAN


def remainder(dividend: int, divisor: int) -> int:
    """Return the non-negative remainder of an integer division by ``divisor`` > 0."""
    return dividend % divisor
