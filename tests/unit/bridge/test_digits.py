"""Decimals of whole columns: rounded to the bit as round() does it, and counted as a reader of the numbers would."""

from __future__ import annotations

import numpy as np
import pytest

from omega.data.digits import quantized, shown_digits


@pytest.mark.rule("N-5", "Q-G1c")
def test_a_column_is_rounded_as_its_numbers_are() -> None:
    random = np.random.default_rng(20)
    plain = random.uniform(-3000.0, 3000.0, 20_000)
    halves = (random.integers(0, 10**7, 20_000) + 0.5) / 10.0 ** random.integers(1, 6, 20_000)
    special = np.array([0.0, -0.0, -1e-9, 2.0**51 + 0.5, 1e300, np.inf, -np.inf, 2.675, 0.125, 1.000005])
    for values in (plain, halves, special):
        for digits in (0, 1, 2, 3, 5, 8):
            expected = np.array([round(value, digits) if np.isfinite(value) else value for value in values.tolist()])
            assert (quantized(values, digits).view(np.int64) == expected.view(np.int64)).all()
    assert np.isnan(quantized(np.array([np.nan]), 5)[0])


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize(
    ("prices", "digits"),
    [
        ([2031.0, 150.0], 0),
        ([1.1, 1.10], 1),
        ([1.07214, 1.1], 5),
        ([151.234, 0.1 + 0.2], 8),
        ([1e-9], 8),
        ([np.nan, np.inf], 0),
        ([], 0),
    ],
)
def test_digits_are_those_of_the_shortest_form(prices: list[float], digits: int) -> None:
    assert shown_digits([np.array(prices)]) == digits


def test_five_digits_are_seen_at_every_price() -> None:
    prices = np.arange(1, 300_000) / 100_000.0
    assert shown_digits([prices]) == 5
    assert shown_digits([np.array([1.0]), prices]) == 5


@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_are_rounded_without_a_warning() -> None:
    values = np.array([1e308, -1.7e308, np.inf])
    assert list(quantized(values, 5)) == list(values)
    assert shown_digits([np.array([1e308, 0.1])]) == 8
