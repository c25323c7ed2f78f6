"""Gate: generated input reaches every decile of every field, and a fault of one ulp in each is noticed."""

from __future__ import annotations

import pytest

from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.reach import REACH_RECORD, reach_lines, reach_of, reaching_cases
from omega_parity.judge.replay import report


@pytest.mark.rule("N-2", "L-1", "L-4", "H-1", "T-2", "T-6", "P-1", "P-4", "C-1", "C-2", "S-1", "S-2", "S-4")
def test_every_decile_is_drawn_and_a_fault_in_it_noticed(sides: Sides, request: pytest.FixtureRequest) -> None:
    found = reach_of(reaching_cases(), sides)  # the same in every profile: it judges the generator
    request.node.user_properties.append(
        (RECORD, {**found.counts, "comparisons": found.comparisons, "set": "generated"})
    )
    request.node.user_properties.append((REACH_RECORD, reach_lines(found.reach)))
    if found.differing is not None:
        pytest.fail(report(found.differing, sides, found_by="reach"), pytrace=False)
    if found.reach.against:
        pytest.fail("\n".join(found.reach.against[:20]), pytrace=False)
