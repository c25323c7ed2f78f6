"""Ranges of numbers with an even measure on them: from a share of a range to a value, and from values to deciles.

The measure of wide ranges is logarithmic, piecewise linear between the powers of two: exact both ways, and without the
platform's logarithm, whose bits are not the same everywhere (N-1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

DECILES: Final = 10

Spacing = Literal["linear", "log", "signed log"]

Number = float | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A range of numbers, both ends among them.

    Attributes
    ----------
    low, high : float or int
        Of a signed scale the smallest and the largest magnitude.
    spacing : str
        ``linear``; ``log``, for which ``low`` is above 0; ``signed log``, whose first half are the negative numbers.
    is_whole : bool
        Whether its numbers are integers.
    edges : tuple
        Numbers that the measure hardly ever hits and that a run may have: the ends, and 0 where that is allowed.
    """

    low: Number
    high: Number
    spacing: Spacing = "log"
    is_whole: bool = False
    edges: tuple[Number, ...] = ()

    def at(self, share: float) -> Number:
        """Return the number that lies ``share`` (0 … 1) up the range."""
        if self.spacing == "linear":
            return self._kept(self.low + share * (self.high - self.low))
        if self.spacing == "log":
            return self._magnitude(share)
        # The first half falls from the largest magnitude to the smallest, the second rises.
        doubled = 2.0 * share
        return -self._magnitude(1.0 - doubled) if doubled < 1.0 else self._magnitude(doubled - 1.0)

    def deciles(self, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the decile 0 … 9 of each value, −1 for one outside the range."""
        given = np.asarray(values, dtype=np.float64)
        share = np.full(given.shape, np.nan)
        if self.spacing == "linear":
            share = (given - float(self.low)) / (float(self.high) - float(self.low))
        else:
            first, last = _place(float(self.low)), _place(float(self.high))
            magnitude = np.where(given == 0.0, float(self.low), np.abs(given))
            share = (_places(magnitude) - first) / (last - first)
            if self.spacing == "log":
                share = np.where(given > 0.0, share, np.nan)
            else:
                share = np.where(given < 0.0, 0.5 * (1.0 - share), 0.5 + 0.5 * share)
        inside = (share >= 0.0) & (share <= 1.0)
        found = np.minimum(np.where(inside, share, 0.0) * DECILES, DECILES - 1).astype(np.int64)
        return np.where(inside, found, -1)

    def label(self, decile: int) -> str:
        """Return the limits of a decile as text."""
        low, high = (self.at(place / DECILES) for place in (decile, decile + 1))
        return f"{_short(low)} … {_short(high)}"

    def _magnitude(self, share: float) -> Number:
        first, last = _place(float(self.low)), _place(float(self.high))
        place = first + share * (last - first)
        whole = math.floor(place)
        return self._kept(math.ldexp(1.0 + (place - whole), whole))

    def _kept(self, value: float) -> Number:
        """Return ``value`` as a number of the scale, within its ends."""
        number: Number = int(value) if self.is_whole else value
        return self.low if number < self.low else self.high if number > self.high else number


def _place(magnitude: float) -> float:
    mantissa, exponent = math.frexp(magnitude)
    return exponent + 2.0 * mantissa - 2.0


def _places(magnitudes: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    mantissas, exponents = np.frexp(magnitudes)
    return exponents + 2.0 * mantissas - 2.0


def _short(number: Number) -> str:
    return str(number) if isinstance(number, int) and abs(number) < 1_000_000 else f"{float(number):.3g}"
