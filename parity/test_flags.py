"""Gate: every combination of component flags gives the same run."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import flags
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("F-4", "Q-F4")
def test_every_combination_of_a_run(hold: Hold) -> None:
    hold(flags.every_combination_of_a_run)


@pytest.mark.rule("F-4", "E-17")
def test_every_combination_over_ticks(hold: Hold) -> None:
    hold(flags.every_combination_over_ticks)


@pytest.mark.rule("F-4", "E-19")
def test_every_combination_step_by_step(hold: Hold) -> None:
    hold(flags.every_combination_step_by_step)
