"""The recursion of every exponential average (I-2)."""

from __future__ import annotations

from omega_reference.numbers import NAN


class Smoothing:
    """y = (((1.0 − a) · y) + (a · x)), started at the first value (Q-I2); ``weight`` is a."""

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._rest = 1.0 - weight
        self._value = NAN

    def step(self, x: float) -> float:
        """Return the average after ``x``: a NaN, or a value equal to the average, leaves it as it was."""
        if self._value != self._value:
            self._value = x
        elif x == x and x != self._value:
            self._value = (self._rest * self._value) + (self._weight * x)
        return self._value
