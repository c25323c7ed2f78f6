"""Gate: tick mode, as runs over ticks and on both simulators."""

from __future__ import annotations

import pytest

from omega.contract.types import Variant
from omega_parity.gates.checks import ticks
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("E-17", "T-3", "P-4")
def test_runs_over_ticks(hold: Hold) -> None:
    hold(ticks.runs)


@pytest.mark.rule("E-17", "E-19", "H-1")
@pytest.mark.parametrize("variant", list(Variant))
def test_tick_by_tick(variant: Variant, hold: Hold) -> None:
    hold(ticks.tick_by_tick, variant)


@pytest.mark.rule("E-17", "E-19", "E-6")
@pytest.mark.parametrize("variant", list(Variant))
def test_ticks_and_bars_in_turn(variant: Variant, hold: Hold) -> None:
    hold(ticks.ticks_and_bars_in_turn, variant)


@pytest.mark.rule("E-17", "E-19", "X-4")
def test_wrong_use_is_refused_alike_and_changes_nothing(hold: Hold) -> None:
    hold(ticks.wrong_use)
