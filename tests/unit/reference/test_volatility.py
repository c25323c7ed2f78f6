"""Choppiness, GARCH and clusters of volatility: by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from omega_reference.indicators.choppiness import choppiness
from omega_reference.indicators.garch_volatility import GarchTerms, constant_term, garch_volatility
from omega_reference.indicators.kalman_garch_zscore import kalman_garch_zscore
from omega_reference.indicators.vol_cluster import cluster_centres, move_centres, nearest, quantile, vol_cluster
from omega_reference.transcendental import ln

NAN = math.nan
TERMS = GarchTerms(alpha=0.25, beta=0.5, omega=4.0, log_returns=False, scale=8.0, min_periods=0, floor=0.0)


def same(actual: Sequence[float], expected: Sequence[float]) -> bool:
    return [x if x == x else None for x in actual] == [x if x == x else None for x in expected]


@pytest.mark.rule("I-9", "Q-I9")
def test_choppiness_by_hand() -> None:
    # Ranges 1 and 1 within 1: log10(2) / log10(2). Then 1 and 9 within 10: log10(1).
    assert same(choppiness([2.0, 2.0, 11.0], [1.0, 1.0, 10.0], [1.5, 2.0, 10.5], 2), [NAN, 100.0, 0.0])


@pytest.mark.rule("Q-I9")
def test_choppiness_needs_a_range_and_every_row_of_its_window() -> None:
    assert same(choppiness([1.0] * 4, [1.0] * 4, [1.0] * 4, 2), [NAN] * 4)
    found = choppiness([2.0, 3.0, NAN, 4.0, 5.0, 6.0], [1.0] * 6, [1.5] * 6, 2)
    assert [math.isnan(x) for x in found] == [True, False, True, True, False, False]


@pytest.mark.rule("I-12", "Q-I12")
def test_garch_by_hand() -> None:
    # Returns 8, −4, 8 with μ = 8: the shocks before the rows are –, 0, −12.
    second = 4.0 + 0.5 * 1e-6
    third = (4.0 + 0.25 * 144.0) + 0.5 * second
    expected = [NAN, math.sqrt(1e-6) / 8.0, math.sqrt(second) / 8.0, math.sqrt(third) / 8.0]
    assert same(garch_volatility([1.0, 2.0, 1.0, 2.0], TERMS), expected)


@pytest.mark.rule("Q-I12")
def test_garch_waits_for_min_periods_after_the_first_return() -> None:
    first = math.sqrt(1e-6) / 8.0
    found = garch_volatility([NAN, 1.0, 2.0, NAN, 2.0, 2.0], replace(TERMS, min_periods=2))
    assert same(found[:5], [NAN, NAN, NAN, NAN, first])
    assert found[5] == math.sqrt(4.0 + 0.5 * 1e-6) / 8.0


@pytest.mark.rule("I-12")
def test_garch_is_undefined_where_the_weights_add_up_to_one_and_has_a_floor() -> None:
    assert same(garch_volatility([1.0, 2.0, 1.0], replace(TERMS, alpha=0.5)), [NAN] * 3)
    assert garch_volatility([1.0, 2.0], replace(TERMS, floor=16.0))[1] == 2.0


@pytest.mark.rule("Q-I12")
def test_garch_takes_logarithms_and_has_a_constant_term_of_its_own() -> None:
    terms = replace(TERMS, log_returns=True, omega=None, beta=0.0)
    e = 8.0 * ln(0.5) - 8.0 * ln(2.0)
    expected = math.sqrt(1e-6 * 0.75 + 0.25 * (e * e)) / 8.0
    assert garch_volatility([1.0, 2.0, 1.0, 1.0], terms)[3] == expected
    assert constant_term(replace(TERMS, omega=None, alpha=0.5)) == 1e-6 * 1e-6


@pytest.mark.rule("I-13", "Q-I13")
def test_kalman_garch_zscore_by_hand() -> None:
    # Kalman mean 7 at 8; the floor of 2 makes the volatility 1/2.
    terms = GarchTerms(alpha=0.0, beta=0.0, omega=None, log_returns=True, scale=4.0, min_periods=0, floor=2.0)
    assert same(kalman_garch_zscore([4.0, 8.0, NAN], 1.0, 2.0, terms), [NAN, (8.0 - 7.0) / (8.0 * 0.5), NAN])
    assert same(kalman_garch_zscore([4.0, 0.0], 1.0, 2.0, replace(terms, log_returns=False)), [NAN, NAN])


@pytest.mark.rule("I-16", "Q-I16")
def test_clusters_by_hand() -> None:
    # Quantiles 1/3 and 2/3 of 1, 2, 9, 10 are 2 and 9; their means 1.5 and 9.5 stay.
    assert cluster_centres([1.0, 2.0, 9.0, 10.0], 2) == [1.5, 9.5]
    assert same(vol_cluster([1.0, 2.0, 9.0, 10.0, 1.5], 4, 2, log=False), [NAN, NAN, NAN, 1.0, 0.0])


@pytest.mark.rule("Q-I16")
def test_quantiles_are_linear_between_two_values() -> None:
    assert [quantile([1.0, 2.0, 4.0], q) for q in (0.0, 0.25, 0.75, 1.0)] == [1.0, 1.5, 3.0, 4.0]


@pytest.mark.rule("I-16")
def test_a_tie_goes_to_the_lower_centre_and_an_empty_cluster_stays() -> None:
    assert nearest([1.0, 3.0], 2.0) == 0
    assert move_centres([1.0, 2.0], [1.0, 9.0]) == [1.5, 9.0]


@pytest.mark.rule("I-16")
def test_there_are_no_more_clusters_than_distinct_values() -> None:
    assert cluster_centres([3.0, 3.0, NAN, 3.0], 3) == [3.0]
    assert cluster_centres([3.0, 5.0, 3.0], 5) == [3.0, 5.0]


@pytest.mark.rule("I-16")
def test_only_positive_values_have_a_logarithm() -> None:
    assert same(vol_cluster([1.0, 0.0, -1.0, 4.0], 2, 2, log=True), [NAN, NAN, NAN, 0.0])
    assert same(vol_cluster([1.0, math.inf], 1, 2, log=False), [0.0, NAN])
