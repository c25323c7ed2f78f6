"""Gate: what lies in the ranges of T-10 stays finite on both sides, what lies outside is refused alike."""

from __future__ import annotations

import pytest

from omega.contract.types import Variant
from omega_parity.gates.checks import money
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("T-10", "Q-T10", "P-2", "P-3", "P-5")
@pytest.mark.parametrize("variant", list(Variant))
def test_money_in_its_ranges_stays_finite(variant: Variant, hold: Hold) -> None:
    hold(money.in_its_ranges_stays_finite, variant)


@pytest.mark.rule("T-10", "Q-T10", "X-1")
@pytest.mark.parametrize("variant", list(Variant))
def test_tables_outside_the_ranges_are_refused_alike(variant: Variant, hold: Hold) -> None:
    hold(money.outside_its_ranges_is_refused, variant)


@pytest.mark.rule("T-10", "T-8")
@pytest.mark.parametrize("variant", list(Variant))
def test_a_computed_nan_is_not_taken_for_null(variant: Variant, hold: Hold) -> None:
    hold(money.a_computed_nan_is_not_null, variant)
