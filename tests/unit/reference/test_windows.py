from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_reference.indicators.windows import window_mean, window_std, window_sum

EPSILON = Fraction(1, 2**53)


def noise(rows: int, center: float, width: float) -> list[float]:
    generator = random.Random(11)
    return [center + width * generator.uniform(-1.0, 1.0) for _ in range(rows)]


def nan_rows(values: Sequence[float]) -> list[int]:
    return [row for row, x in enumerate(values) if math.isnan(x)]


@pytest.mark.rule("N-7")
def test_sums_by_hand() -> None:
    sums = window_sum([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], 3)
    assert nan_rows(sums) == [0, 1]
    assert sums[2:] == [7.0, 14.0, 28.0, 56.0, 112.0]


@pytest.mark.rule("Q-N7")
def test_a_window_is_suffix_plus_prefix_in_that_order() -> None:
    x = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert window_sum(x, 3)[3] == (0.2 + 0.3) + 0.4
    assert window_sum(x, 3)[4] == 0.3 + (0.4 + 0.5)
    assert window_sum(x, 3)[5] == (0.4 + 0.5) + 0.6


@pytest.mark.rule("N-7")
def test_deviations_by_hand() -> None:
    stds = window_std([1.0, 2.0, 3.0, 7.0], 2)
    assert nan_rows(stds) == [0]
    assert stds[1:] == [math.sqrt(0.5), math.sqrt(0.5), math.sqrt(8.0)]


@pytest.mark.rule("N-7")
@pytest.mark.parametrize("window", [2, 3, 7, 10])
def test_a_missing_value_reaches_exactly_the_windows_that_contain_it(window: int) -> None:
    values = [float(row * row) for row in range(40)]
    values[17] = math.nan
    expected = [*range(window - 1), *range(17, 17 + window)]
    assert nan_rows(window_sum(values, window)) == expected
    assert nan_rows(window_std(values, window)) == expected


@pytest.mark.rule("N-7")
@pytest.mark.parametrize("window", [1, 2, 20, 100, 333])
@pytest.mark.parametrize(("center", "width"), [(1.1, 1e-5), (1e9, 1.0), (0.0, 1.0)])
def test_sums_stay_within_the_bound_of_exact_arithmetic(window: int, center: float, width: float) -> None:
    values = noise(2000, center, width)
    exact = [Fraction(x) for x in values]
    sums = window_sum(values, window)
    for row in range(window - 1, len(values), 37):
        rows = exact[row - window + 1 : row + 1]
        allowed = 4 * window * EPSILON * sum(abs(x) for x in rows)
        assert abs(Fraction(sums[row]) - sum(rows)) <= allowed


@pytest.mark.rule("N-7")
@pytest.mark.parametrize("window", [2, 20, 100, 333])
@pytest.mark.parametrize(("center", "width"), [(1.1, 1e-5), (1e9, 1.0), (0.0, 1.0)])
def test_variances_stay_within_the_bound_of_exact_arithmetic(window: int, center: float, width: float) -> None:
    values = noise(2000, center, width)
    exact = [Fraction(x) for x in values]
    stds = window_std(values, window)
    for row in range(window - 1, len(values), 41):
        rows = exact[row - window + 1 : row + 1]
        mean = sum(rows, Fraction()) / window
        variance = sum(((x - mean) * (x - mean) for x in rows), Fraction()) / (window - 1)
        assert abs(Fraction(stds[row]) * Fraction(stds[row]) - variance) <= variance * Fraction(1, 10**12)


@pytest.mark.rule("Q-N7")
def test_a_series_shorter_than_the_window_is_undefined() -> None:
    assert nan_rows(window_mean([1.0, 2.0], 3)) == [0, 1]
    assert nan_rows(window_std([1.0, 2.0], 3)) == [0, 1]
    assert window_sum([], 3) == window_std([], 3) == []


@pytest.mark.rule("Q-N7")
def test_windows_too_small_are_refused() -> None:
    with pytest.raises(OmegaError) as caught:
        window_sum([1.0], 0)
    assert caught.value.code is ErrorCode.OUT_OF_BOUNDS
    with pytest.raises(OmegaError):
        window_std([1.0], 1)


@pytest.mark.rule("Q-N7")
def test_the_last_row_of_a_block_is_its_own_prefix() -> None:
    values = noise(6, 1.1, 1e-5)
    mean = m2 = 0.0
    for k, x in enumerate(values[3:], 1):
        d = (x - values[3]) - mean
        mean += d * (1.0 / k)
        m2 += d * ((x - values[3]) - mean)
    assert window_std(values, 3)[5] == math.sqrt(m2 / 2)


@pytest.mark.rule("Q-N7")
def test_a_window_over_two_blocks_is_merged_from_suffix_and_prefix() -> None:
    a, b, c = 1.1, 1.10003, 1.10001
    mean = (a - b) * 0.5
    m2 = (a - b) * ((a - b) - mean)
    delta = (0.0 - mean) + (c - b)
    assert window_std([9.0, a, b, c, 1.0, 1.0], 3)[3] == math.sqrt(((m2 + 0.0) + (delta * delta) * (2 / 3)) / 2)
