from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omega_reference.indicators.windows import window_std, window_sum
from omega_reference.numbers import floor, quantize

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.rule("N-5")
@example(2.5, 0)
@example(1.000005, 5)
@given(st.floats(-1e12, 1e12), st.integers(0, 8))
def test_quantize_is_the_nearest_double_of_the_exact_decimal(x: float, digits: int) -> None:
    with localcontext() as context:
        context.prec = 1200
        exact = Decimal(x).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    assert quantize(x, digits) == float(exact)
    assert math.copysign(1.0, quantize(x, digits)) == math.copysign(1.0, x)


@pytest.mark.rule("Q-N1")
@given(FINITE)
def test_floor_is_exact(x: float) -> None:
    assert floor(x) == x or Fraction(floor(x)) == x // 1


@pytest.mark.rule("N-7")
@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.integers(1, 9))
def test_window_sums_stay_within_their_bound(values: list[float], window: int) -> None:
    sums = window_sum(values, window)
    assert len(sums) == len(values)
    for row in range(window - 1, len(values)):
        rows = [Fraction(x) for x in values[row - window + 1 : row + 1]]
        allowed = 4 * window * Fraction(1, 2**53) * sum(abs(x) for x in rows)
        assert abs(Fraction(sums[row]) - sum(rows)) <= allowed


@pytest.mark.rule("N-7")
@given(st.lists(st.integers(0, 50), min_size=2, max_size=40), st.integers(2, 9), st.sampled_from([0.0, 1.1, 1e9]))
def test_windowed_variances_stay_within_their_bound(steps: list[int], window: int, offset: float) -> None:
    values = [offset + step / 1024 for step in steps]
    stds = window_std(values, window)
    for row in range(window - 1, len(values)):
        rows = [Fraction(x) for x in values[row - window + 1 : row + 1]]
        mean = sum(rows, Fraction()) / window
        variance = sum(((x - mean) * (x - mean) for x in rows), Fraction()) / (window - 1)
        assert abs(Fraction(stds[row]) * Fraction(stds[row]) - variance) <= variance * Fraction(1, 10**12)


@pytest.mark.rule("N-7")
@given(st.lists(st.floats(0.5, 2.0), min_size=3, max_size=40), st.integers(2, 9), st.data())
def test_a_row_reaches_only_the_windows_that_contain_it(values: list[float], window: int, data: st.DataObject) -> None:
    hole = data.draw(st.integers(0, len(values) - 1))
    holed = [*values[:hole], math.nan, *values[hole + 1 :]]
    for series in (window_sum, window_std):
        for row, (before, after) in enumerate(zip(series(values, window), series(holed, window), strict=True)):
            if row < window - 1 or hole <= row < hole + window:
                assert math.isnan(after)
            else:
                assert after == before
