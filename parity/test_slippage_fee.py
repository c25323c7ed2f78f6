"""Gate: slippage and fee on their own, results and refusals alike."""

from __future__ import annotations

import pytest

from omega.contract.types import CommissionBasis, Variant
from omega_parity.gates.checks import costs
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("C-1", "C-2", "C-5", "N-6")
@pytest.mark.parametrize("variant", list(Variant))
def test_costs(variant: Variant, hold: Hold) -> None:
    hold(costs.one_by_one_and_in_batches, variant)


@pytest.mark.rule("C-3", "Q-C3", "C-5")
@pytest.mark.parametrize("basis", list(CommissionBasis))
def test_commissions(basis: CommissionBasis, hold: Hold) -> None:
    hold(costs.commissions_one_by_one_and_in_batches, basis)


@pytest.mark.rule("C-3", "Q-C3b", "X-1")
@pytest.mark.parametrize("basis", list(CommissionBasis))
def test_commissions_without_a_rate_are_refused_alike(basis: CommissionBasis, hold: Hold) -> None:
    hold(costs.commissions_without_a_rate, basis)


@pytest.mark.rule("C-1", "N-3")
def test_slippage_of_negative_zero_pips(hold: Hold) -> None:
    hold(costs.negative_zero_pips)


@pytest.mark.rule("C-5", "X-1")
@pytest.mark.parametrize("given", costs.REFUSED)
def test_costs_refuse_alike(given: object, hold: Hold) -> None:
    hold(costs.refused_arguments, given)
