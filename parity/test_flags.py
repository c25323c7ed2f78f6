"""Gate: every combination of component flags gives the same run."""

from __future__ import annotations

import pytest

from omega.flags.registry import ENGINE_COMPONENTS, SIMULATOR_COMPONENTS
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


@pytest.mark.rule("Q-F4")
def test_the_ways_of_serving_by_hand() -> None:
    def letters(names: tuple[str, ...]) -> list[str]:
        return ["".join(side[0] for side in one.values()) for one in flags.combinations(names)]

    # Slippage and fee, indicators, portfolio; the loop, the simulator and the strategy in Rust only with all of them.
    assert letters(ENGINE_COMPONENTS) == ["pppppp", "prpppp", "rppppp", "rprppp", "rrpppp", "rrrppp", "rrrrrr"]
    assert letters(SIMULATOR_COMPONENTS) == ["ppp", "rpp", "rrp", "rrr"]
