"""Gate: both simulators under any order of calls, with the invariants of E-20 after every one."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from omega_parity.drive.lockstep import driven_apart
from omega_parity.drive.stateful import SimulatorMachine
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import Search
from omega_parity.golden.kept import folder_to_write, keep
from omega_parity.judge.replay import replay_hint

MACHINES = 100
"""Per 1,000 sequences."""


@pytest.mark.rule("E-19", "E-20", "X-2", "X-4", "T-7", "T-8")
def test_any_order_of_calls(search: Search, request: pytest.FixtureRequest) -> None:
    class Machine(SimulatorMachine):
        """Counts for this test only."""

    plan = search.plan
    if plan.seed is not None:
        hypothesis.seed(plan.seed)(Machine)
    broken = ""
    try:
        run_state_machine_as_test(Machine, settings=plan.settings(max(5, MACHINES * plan.examples // 1_000)))
    except AssertionError as error:
        broken = str(error)
    if broken:
        assert Machine.last is not None
        case, steps = Machine.last.counterexample()
        broken = driven_apart(case, steps) or broken
        place = keep(case, broken, found_by="stateful", steps=steps, folder=folder_to_write())
        pytest.fail(f"{broken}\n{replay_hint(place)}", pytrace=False)
    request.node.user_properties.append((RECORD, {"comparisons": Machine.comparisons}))
    assert Machine.comparisons > 0
