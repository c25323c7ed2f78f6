"""Gate: generated input reaches every decile of every field, and a fault of one ulp in each is noticed."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks.bench import Bench, CheckFailedError
from omega_parity.gates.reach import REACH, REACH_RECORD, reach_lines, reaching_cases
from omega_parity.judge.reach import Reach
from omega_parity.judge.replay import report


@pytest.mark.rule("N-2", "L-1", "L-4", "H-1", "T-2", "T-6", "P-1", "P-4", "C-1", "C-2", "S-1", "S-2", "S-4")
def test_every_decile_is_drawn_and_a_fault_in_it_noticed(bench: Bench, request: pytest.FixtureRequest) -> None:
    reach = Reach()
    for case in reaching_cases():  # the same in every profile: it judges the generator
        try:
            bench.judge(case, reach.add)
        except CheckFailedError as error:
            why = f"{error}\n{report(case, bench.sides, found_by=REACH)}"
            break
    else:
        why = "\n".join(reach.against[:20])
    request.node.user_properties.append((REACH_RECORD, reach_lines(reach)))
    if why:
        pytest.fail(why, pytrace=False)
