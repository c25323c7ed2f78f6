"""Gate: rounding and random numbers, against Python and NumPy and each other."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import numbers
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("N-5")
def test_quantize_ten_million_values(hold: Hold) -> None:
    hold(numbers.rounded_values)


@pytest.mark.rule("N-6")
def test_philox_against_numpy_and_each_other(hold: Hold) -> None:
    hold(numbers.random_numbers)


@pytest.mark.rule("N-4")
@pytest.mark.parametrize("name", numbers.FUNCTIONS)
def test_transcendental_functions_of_both_sides(name: str, hold: Hold) -> None:
    hold(numbers.transcendental_functions, name)
