"""RSI, MACD, ROC, DMI and the Kalman mean: by hand, and in fractions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest

from omega_reference.indicators.dmi import dmi
from omega_reference.indicators.kalman_mean import kalman_mean
from omega_reference.indicators.kalman_zscore import kalman_zscore
from omega_reference.indicators.macd import macd
from omega_reference.indicators.roc import roc
from omega_reference.indicators.rsi import rsi
from omega_reference.indicators.windows import window_std

NAN = math.nan
CLOSE = [1.25 + ((row * row * 37) % 101) / 1024.0 for row in range(200)]


def same(actual: Sequence[float], expected: Sequence[float]) -> bool:
    return [x if x == x else None for x in actual] == [x if x == x else None for x in expected]


def near(found: float, exact: Fraction) -> bool:
    return abs(Fraction(found) - exact) <= Fraction(1, 10**12) * max(abs(exact), Fraction(1, 1000))


@pytest.mark.rule("I-3", "Q-I3")
def test_rsi_by_hand() -> None:
    # a = 1/2; gains 2, 1, 1/2, losses 0, 1/2, 1/4.
    assert same(rsi([1.0, 3.0, 2.0, 2.0], 2), [NAN, 100.0, 100.0 - 100.0 / 3.0, 100.0 - 100.0 / 3.0])


@pytest.mark.rule("I-3", "Q-I3")
def test_rsi_of_a_constant_is_undefined_and_of_a_rise_a_hundred() -> None:
    assert same(rsi([2.0] * 4, 3), [NAN] * 4)
    assert same(rsi([1.0, 2.0, 3.0], 3), [NAN, 100.0, 100.0])
    assert same(rsi([3.0, 2.0, 1.0], 3), [NAN, 0.0, 0.0])


@pytest.mark.rule("Q-I3")
def test_a_missing_close_takes_two_changes_from_the_rsi() -> None:
    assert same(rsi([1.0, 3.0, NAN, 9.0, 8.0], 2), [NAN, 100.0, 100.0, 100.0, 100.0 - 100.0 / 3.0])


@pytest.mark.rule("I-3")
@pytest.mark.parametrize("period", [1, 2, 3, 14])
def test_rsi_in_fractions(period: int) -> None:
    found = rsi(CLOSE, period)
    gain = loss = None
    for row in range(1, len(CLOSE)):
        change = Fraction(CLOSE[row]) - Fraction(CLOSE[row - 1])
        up, down = max(change, Fraction(0)), max(-change, Fraction(0))
        gain = up if gain is None else gain + (up - gain) / period
        loss = down if loss is None else loss + (down - loss) / period
        if gain + loss:
            assert near(found[row], 100 * gain / (gain + loss)), row


@pytest.mark.rule("I-5", "Q-I", "Q-I5")
def test_roc_by_hand() -> None:
    assert same(roc([2.0, 4.0, 3.0, 0.0, 1.0, NAN], 2), [NAN, NAN, 50.0, -100.0, (-2.0 / 3.0) * 100.0, NAN])
    assert same(roc([0.0, 1.0], 1), [NAN, NAN])
    assert same(roc([1.0, 2.0], 3), [NAN, NAN])


@pytest.mark.rule("I-4", "Q-I4")
def test_macd_by_hand_and_over_a_missing_close() -> None:
    # The fast average is the price itself, the slow one and the signal have a = 1/2.
    line, signal, histogram = macd([NAN, 2.0, 4.0, NAN, 8.0], 1, 3, 3)
    assert same(line, [NAN, 0.0, 1.0, 1.0, 2.5])
    assert same(signal, [NAN, 0.0, 0.5, 0.5, 1.5])
    assert same(histogram, [NAN, 0.0, 0.5, 0.5, 1.0])


@pytest.mark.rule("I-7", "Q-I7")
def test_dmi_by_hand() -> None:
    # TR 2, 2, 2.5; +DM 0, 1, 0; −DM 0, 0, 1; a = 1/2: sTR 2, 2, 2.25.
    plus, minus, adx = dmi([2.0, 3.0, 2.5], [0.0, 1.0, 0.0], [1.0, 2.0, 1.0], 2)
    assert plus == [0.0, 25.0, 25.0 / 2.25]
    assert minus == [0.0, 0.0, 50.0 / 2.25]
    dx = (abs(plus[2] - minus[2]) / (plus[2] + minus[2])) * 100.0
    assert same(adx, [NAN, 100.0, 0.5 * 100.0 + 0.5 * dx])


@pytest.mark.rule("Q-I7")
def test_equal_moves_are_none_and_a_bar_without_a_high_changes_nothing() -> None:
    plus, minus, adx = dmi([2.0, 3.0], [1.0, 0.0], [1.0, 1.0], 2)
    assert (plus, minus) == ([0.0, 0.0], [0.0, 0.0])
    assert same(adx, [NAN, NAN])
    lines = dmi([2.0, 3.0, NAN, 9.0], [0.0, 1.0, 0.0, 8.0], [1.0, 2.0, 1.0, 8.0], 1)
    assert all(series[2] == series[1] for series in lines)
    assert (lines[0][3], lines[1][3]) == (0.0, 0.0)


@pytest.mark.rule("Q-I7")
def test_a_bar_without_a_range_has_no_direction() -> None:
    assert all(same(series, [NAN, NAN]) for series in dmi([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], 3))


@pytest.mark.rule("I-10", "Q-I10")
def test_kalman_mean_by_hand() -> None:
    # R = 1, Q = 2: P⁻ = 3, K = 3/4.
    assert same(kalman_mean([NAN, 4.0, 8.0, NAN, 7.0], 1.0, 2.0), [NAN, 4.0, 7.0, 7.0, 7.0])
    assert kalman_mean([4.0, 8.0], 2.0, 1.0)[1] != 7.0


@pytest.mark.rule("I-10")
@pytest.mark.parametrize(("r", "q"), [(0.01, 1.0), (1.0, 0.015625), (0.5, 0.0)])
def test_kalman_mean_in_fractions(r: float, q: float) -> None:
    close = CLOSE[:40]
    found = kalman_mean(close, r, q)
    x, p = Fraction(close[0]), Fraction(r)
    for row in range(1, len(close)):
        p += Fraction(q)
        gain = p / (p + Fraction(r))
        x, p = x + gain * (Fraction(close[row]) - x), (1 - gain) * p
        assert near(found[row], x), row


@pytest.mark.rule("I-11", "Q-I11")
def test_kalman_zscore_is_that_of_the_distance() -> None:
    found = kalman_zscore(CLOSE, 9, 0.5, 0.25)
    distances = [x - mean for x, mean in zip(CLOSE, kalman_mean(CLOSE, 0.5, 0.25), strict=True)]
    stds = window_std(distances, 9)
    assert all(math.isnan(z) for z in found[:8])
    assert found[8:] == [d / std for d, std in zip(distances[8:], stds[8:], strict=True)]
