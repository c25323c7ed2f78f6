"""Gate: both simulators step by step in lock-step, and batch against single."""

from __future__ import annotations

import pytest

from omega.contract.types import Variant
from omega_parity.gates.checks import simulators
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("E-19", "H-1", "L-1a")
@pytest.mark.parametrize("variant", list(Variant))
def test_lock_step(variant: Variant, hold: Hold) -> None:
    hold(simulators.in_lock_step, variant)


@pytest.mark.rule("R-1", "Q-R1", "R-2")
@pytest.mark.parametrize("variant", list(Variant))
def test_resumed_after_every_call(variant: Variant, hold: Hold) -> None:
    hold(simulators.resumed_after_every_call, variant)


@pytest.mark.rule("E-19")
@pytest.mark.parametrize("variant", list(Variant))
def test_batch_is_single(variant: Variant, hold: Hold) -> None:
    hold(simulators.batch_is_single, variant)


@pytest.mark.rule("E-19", "L-1a", "X-4")
def test_wrong_use_is_refused_alike_and_changes_nothing(hold: Hold) -> None:
    hold(simulators.wrong_use)


@pytest.mark.rule("E-19", "X-4")
def test_a_bar_that_got_signals_is_remembered(hold: Hold) -> None:
    hold(simulators.a_bar_that_got_signals_is_remembered)


@pytest.mark.rule("E-15", "E-19")
def test_what_waits_acts_in_the_next_bar(hold: Hold) -> None:
    hold(simulators.what_waits_acts_in_the_next_bar)
