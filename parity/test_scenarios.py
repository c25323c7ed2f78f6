"""Gate: each scenario of the strategy, on the sample and on real bars, through both sides and variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.checks import scenarios
from omega_parity.gates.checks.market import SETS
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("A-3", "A-5", "A-6", "A-7", "A-8", "A-9", "A-10", "G-2", "G-3")
@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_each_scenario_trades_alike(scenario: int, hold: Hold) -> None:
    hold(scenarios.on_the_sample, scenario)


@pytest.mark.rule("A-3", "A-5", "A-6", "A-7", "A-8", "A-9", "G-2", "G-3")
def test_generated_parameters_and_bars(hold: Hold) -> None:
    hold(scenarios.generated)


@pytest.mark.market
@pytest.mark.rule("A-3", "A-5", "A-6", "A-7", "A-9")
@pytest.mark.parametrize("name", SETS)
def test_each_scenario_trades_alike_on_real_bars(name: str, market_folder: Path, hold: Hold) -> None:
    hold(scenarios.on_real_bars, name)
