from __future__ import annotations

import math

import pytest

from omega_reference.numbers import floor, maximum, minimum, quantize, remainder


@pytest.mark.rule("Q-N1")
@pytest.mark.parametrize(
    ("x", "expected"),
    [(1.5, 1.0), (-1.5, -2.0), (2.0, 2.0), (2.0**52 + 1, 2.0**52 + 1), (-1e300, -1e300), (math.inf, math.inf)],
)
def test_floor_is_the_largest_integer_not_above(x: float, expected: float) -> None:
    assert floor(x) == expected


@pytest.mark.rule("Q-N1")
def test_floor_keeps_the_sign_of_zero() -> None:
    assert math.copysign(1.0, floor(-0.0)) == -1.0
    assert math.copysign(1.0, floor(0.0)) == 1.0


@pytest.mark.rule("N-5")
@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [(0.125, 2, 0.12), (0.375, 2, 0.38), (2.675, 2, 2.67), (1.000005, 5, 1.00001), (1.1000049999, 5, 1.1)],
)
def test_quantize_rounds_the_exact_value_halves_to_even(x: float, digits: int, expected: float) -> None:
    assert quantize(x, digits) == expected


@pytest.mark.rule("N-5")
def test_quantize_keeps_the_sign_of_a_value_rounded_to_zero() -> None:
    assert math.copysign(1.0, quantize(-0.001, 2)) == -1.0


@pytest.mark.rule("Q-N5")
def test_quantize_returns_non_finite_values_unchanged() -> None:
    assert quantize(math.inf, 2) == math.inf
    assert math.isnan(quantize(math.nan, 2))


def test_maximum_and_minimum_keep_the_first_unless_the_second_wins() -> None:
    assert (maximum(1.0, 2.0), maximum(2.0, 1.0), minimum(1.0, 2.0), minimum(2.0, 1.0)) == (2.0, 2.0, 1.0, 1.0)
    assert maximum(1.0, math.nan) == minimum(1.0, math.nan) == 1.0


def test_remainder_is_never_negative() -> None:
    assert (remainder(7, 5), remainder(-1, 5)) == (2, 4)
