from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from omega_reference.indicators.atr import atr
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.ema import ema
from omega_reference.indicators.sma import sma
from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.zscore import zscore

NAN = math.nan


def same(actual: Sequence[float], expected: Sequence[float]) -> bool:
    return [x if x == x else None for x in actual] == [x if x == x else None for x in expected]


@pytest.mark.rule("I-1")
def test_sma_by_hand() -> None:
    assert same(sma([1.0, 2.0, 6.0, 1.0], 3), [NAN, NAN, 3.0, 3.0])


@pytest.mark.rule("I-2", "Q-I2")
def test_ema_by_hand() -> None:
    assert ema([4.0, 8.0, 8.0, 0.0], 3) == [4.0, 6.0, 7.0, 3.5]


@pytest.mark.rule("I-2")
def test_ema_starts_at_the_first_value_and_holds_over_missing_ones() -> None:
    assert same(ema([NAN, 4.0, NAN, 8.0], 3), [NAN, 4.0, 4.0, 6.0])


@pytest.mark.rule("I-2")
@pytest.mark.parametrize("x", [1.1, 0.1, 1 / 3, 123.456789])
@pytest.mark.parametrize("period", [2, 3, 7, 30])
def test_ema_of_a_constant_does_not_drift(x: float, period: int) -> None:
    assert ema([x] * 500, period) == [x] * 500


@pytest.mark.rule("I-6")
def test_true_range_takes_the_largest_of_three() -> None:
    high, low, close = [5.0, 9.0, 4.0, 6.0], [3.0, 8.0, 3.0, 2.0], [4.0, 8.0, 3.0, 5.0]
    assert true_range(high, low, close) == [2.0, 5.0, 5.0, 4.0]


@pytest.mark.rule("I-6")
def test_a_missing_close_before_leaves_high_less_low_and_a_missing_high_is_undefined() -> None:
    assert same(true_range([5.0, 9.0, NAN], [3.0, 8.0, 1.0], [NAN, 8.0, 1.0]), [2.0, 1.0, NAN])


@pytest.mark.rule("I-6", "Q-I6")
def test_atr_starts_with_a_mean_and_smooths_after() -> None:
    assert same(atr([2.0, 4.0, 6.0, 9.0], [0.0] * 4, [0.0] * 4, 3), [NAN, NAN, 4.0, (4.0 * 2.0 + 9.0) / 3.0])


@pytest.mark.rule("I-6")
def test_atr_skips_missing_ranges() -> None:
    assert same(atr([2.0, NAN, 4.0, NAN, 9.0], [0.0] * 5, [0.0] * 5, 2), [NAN, NAN, 3.0, 3.0, 6.0])


@pytest.mark.rule("I-8", "Q-I8")
def test_bollinger_bands_by_hand() -> None:
    upper, mid, lower = bollinger([1.0, 3.0, 5.0], 3, 2.0)
    assert (upper[2], mid[2], lower[2]) == (7.0, 3.0, -1.0)
    assert math.isnan(upper[1])


@pytest.mark.rule("I-11")
def test_zscore_by_hand_and_undefined_without_deviation() -> None:
    z = zscore([1.0, 2.0, 5.0, 8.0], [0.0, 0.0, 2.0, 5.0], 2)
    assert same(z, [NAN, 2.0 / math.sqrt(0.5), 3.0 / math.sqrt(0.5), NAN])


@pytest.mark.rule("Q-I11")
def test_the_first_zscore_around_a_rolling_mean_stands_at_row_2w_minus_2() -> None:
    close = [float(row * row % 7) for row in range(12)]
    z = zscore(close, sma(close, 4), 4)
    assert [math.isnan(x) for x in z] == [row < 6 for row in range(12)]
