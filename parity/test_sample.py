"""Gate: the built-in sample through both sides, in both variants, by the strategy and by random signals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omega_parity.gates.checks import samples
from omega_parity.gates.plugin import Hold
from omega_parity.generate.cases import Case, full_cases
from omega_parity.generate.markets import sample_market
from omega_parity.judge.verdict import CaseVerdict

Judge = Callable[[Case], CaseVerdict]

CASES = {case.name: case for case in full_cases(sample_market())}


@pytest.mark.rule(
    "L-1", "L-2", "L-4", "H-1", "H-2", "E-1", "E-2", "E-3", "E-4", "E-5", "E-6", "E-7", "E-8", "E-9", "E-12"
)
@pytest.mark.rule("E-12", "C-1", "C-2", "S-2", "S-4", "P-1", "P-2", "P-3", "P-4", "P-5", "A-4", "A-8")
@pytest.mark.parametrize("name", CASES)
def test_sample(name: str, judge: Judge) -> None:
    judge(CASES[name])


@pytest.mark.rule("T-7", "T-8", "H-1")
def test_more_orders_than_sixteen_bits_count(hold: Hold) -> None:
    hold(samples.more_orders_than_sixteen_bits_count)


@pytest.mark.parametrize("seed", samples.SEEDS)
def test_other_samples(seed: int, hold: Hold) -> None:
    hold(samples.other_seeds, seed)


@pytest.mark.rule("G-4", "L-1a", "E-18")
@pytest.mark.parametrize("n", samples.LENGTHS)
def test_short_histories(n: int, hold: Hold) -> None:
    hold(samples.short_histories, n)
