"""Decimals of prices: how many a column shows, and rounding a whole column as ``quantize`` does (N-5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

DIGITS_SHOWN_MAX: Final = 8
"""What shows more decimals is no price that anybody quotes, but what a computation left behind (Q-G1c)."""

_FAST_LIMIT: Final = 2.0**51
_HALF_NEIGHBOURHOOD: Final = 1e-6
"""Both as N-5 says: away from a half the product decides, near to it the exact value."""

Floats = npt.NDArray[np.float64]


def shown_digits(columns: Iterable[Floats]) -> int:
    """Return the most decimals that a number shows in its shortest form, at most :data:`DIGITS_SHOWN_MAX`.

    Numbers that are not finite show none.
    """
    digits = 0
    for values in columns:
        finite = values[np.isfinite(values)]
        while digits < DIGITS_SHOWN_MAX and not _have_digits(finite, digits):
            digits += 1
    return digits


def _have_digits(values: Floats, digits: int) -> bool:
    # The double nearest to k / 10^digits comes back from k, whatever the product lost on the way there.
    power = 10.0**digits
    with np.errstate(over="ignore"):  # what is too large to be scaled shows more digits than any price
        return bool(np.array_equal(np.rint(values * power) / power, values))


def quantized(values: Floats, digits: int) -> Floats:
    """Round each number to ``digits`` decimals, halves to even, to the bit as :func:`round` does (N-5)."""
    power = 10.0**digits
    with np.errstate(over="ignore", invalid="ignore"):  # an infinity less itself is no number, and doubtful
        scaled = values * power
        to_half = np.abs((scaled - np.floor(scaled)) - 0.5)
    is_doubtful = ~((to_half > _HALF_NEIGHBOURHOOD) & (np.abs(scaled) < _FAST_LIMIT))
    rounded = np.copysign(np.floor(scaled + 0.5) / power, values)
    for row in np.flatnonzero(is_doubtful):
        rounded[row] = round(float(values[row]), digits)
    return rounded
