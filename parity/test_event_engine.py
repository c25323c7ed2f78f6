"""Gate: what a run refuses, and sizing through whole runs."""

from __future__ import annotations

import pytest

from omega.contract.types import Variant
from omega_parity.gates.checks import refusals
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("S-1", "S-2", "S-4", "E-1")
@pytest.mark.parametrize("label", refusals.INSTRUMENTS)
def test_sizing(label: str, hold: Hold) -> None:
    hold(refusals.sizing, label)


@pytest.mark.rule("E-5", "Q-T2c")
def test_bars_of_another_symbol_are_no_bars_of_the_run(hold: Hold) -> None:
    hold(refusals.bars_of_another_symbol)


@pytest.mark.rule("T-2", "L-1", "X-1")
def test_bad_bars_are_refused_by_runs_alike(hold: Hold) -> None:
    hold(refusals.broken_bars)


@pytest.mark.rule("T-6", "T-9", "Q-T1", "L-1a", "X-1", "X-2")
def test_bad_signals_are_refused_alike(hold: Hold) -> None:
    hold(refusals.broken_signals)


@pytest.mark.rule("T-6", "T-8a")
def test_optional_columns_may_be_missing(hold: Hold) -> None:
    hold(refusals.optional_columns_may_be_missing)


@pytest.mark.rule("A-1", "G-4", "S-1", "S-5", "X-1")
def test_bad_runs_are_refused_alike(hold: Hold) -> None:
    hold(refusals.broken_configurations)


@pytest.mark.rule("C-1", "Q-C1b", "X-1")
@pytest.mark.parametrize("variant", list(Variant))
def test_slippage_that_reaches_the_lowest_price_is_refused_alike(variant: Variant, hold: Hold) -> None:
    hold(refusals.slippage_that_reaches_the_lowest_price, variant)


@pytest.mark.rule("C-6", "Q-C6", "Q-C6c", "Q-E19", "X-1")
def test_rates_that_do_not_reach_a_bar_are_refused_alike(hold: Hold) -> None:
    hold(refusals.rates_that_do_not_reach)
