"""Gate: both simulators under any order of calls, with the invariants of E-20 after every one."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import orders
from omega_parity.gates.plugin import Hold
from omega_parity.gates.search import MACHINE_RECORD


@pytest.mark.rule("E-19", "E-20", "X-2", "X-4", "T-7", "T-8")
def test_any_order_of_calls(hold: Hold) -> None:
    hold(orders.any_order)


@pytest.mark.rule("E-19", "E-20", "R-1", "B-4")
def test_rules_are_met_alike(hold: Hold, request: pytest.FixtureRequest) -> None:
    hold(orders.rules_met)
    lines = [f"{rule} {reference:,} / {rust:,}" for rule, (reference, rust) in orders.MET.items()]
    request.node.user_properties.append((MACHINE_RECORD, ["hits on the reference / in Rust", ", ".join(lines)]))


@pytest.mark.rule("E-19", "H-1", "L-1a", "T-7")
def test_operation_by_operation(hold: Hold) -> None:
    hold(orders.operation_by_operation)
