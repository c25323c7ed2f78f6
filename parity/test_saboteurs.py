"""Gate: every built-in fault, let loose on either side, is noticed; a gate that cannot fail proves nothing."""

from __future__ import annotations

import pytest

from omega.compare.compare import compare_outcomes
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import FAULTS_RECORD
from omega_parity.generate.sequences import sample_cases
from omega_parity.selftest.probe import (
    SABOTEURS,
    KillReport,
    NativeProbe,
    ReferenceProbe,
    count_hits,
    counted_rules,
    kills,
    native_probe,
    why_no_probe,
)

LEAST = 20
"""Faults that each side has to have."""
CASES = 150


@pytest.fixture(scope="module")
def probe() -> NativeProbe:
    """The Rust probe; without it nothing is proven, which is a failure and not a skip."""
    found = native_probe()
    if found is None:
        pytest.fail(f"kills: not measured: {why_no_probe()}", pytrace=False)
    return found


@pytest.mark.rule("X-3")
def test_every_saboteur_is_killed(probe: NativeProbe, request: pytest.FixtureRequest) -> None:
    report = kills(quick=False)
    assert isinstance(report, KillReport)
    request.node.user_properties.append((FAULTS_RECORD, report.lines()))
    if report.against:
        pytest.fail("\n".join(report.against), pytrace=False)
    assert len(report.killed) == 2 * len(SABOTEURS) >= 2 * LEAST
    assert len(report.switched_off) == len(counted_rules())


@pytest.mark.rule("H-1", "H-2")
def test_probes_without_a_fault_are_what_they_probe(
    probe: NativeProbe, sides: Sides, request: pytest.FixtureRequest
) -> None:
    compared = 0
    pairs = zip((ReferenceProbe().side(), probe.side()), sides, strict=True)
    for probed, original in pairs:
        for case in sample_cases(CASES, 1):
            outcomes = [observe(side, case.bars, case.signals, case.config).outcome for side in (original, probed)]
            comparison = compare_outcomes(*outcomes)
            assert comparison.is_identical, f"{probed.label}: {case.name}"
            compared += comparison.comparisons
    request.node.user_properties.append((RECORD, {"comparisons": compared}))


def test_every_rule_fires_and_both_sides_count_the_same(probe: NativeProbe) -> None:
    hits = count_hits(sample_cases(CASES, 2))
    assert hits is not None
    reference, rust = hits
    assert {rule for rule, count in reference.items() if count == 0} == set()
    differing = {rule for rule in reference if reference[rule] != rust[rule]}
    assert {rule for rule in differing if counted_rules()[rule].is_per_run} == set()
    assert all(rust[rule] > 0 for rule in differing)
