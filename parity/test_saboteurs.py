"""Gate: every built-in fault, let loose on either side, is noticed; a gate that cannot fail proves nothing."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import probes
from omega_parity.gates.plugin import Hold
from omega_parity.gates.search import FAULTS_RECORD
from omega_parity.selftest.probe import (
    SABOTEURS,
    KillReport,
    NativeProbe,
    counted_rules,
    kills,
    native_probe,
    why_no_probe,
)

LEAST = 20
"""Faults that each side has to have."""


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
def test_probes_without_a_fault_are_what_they_probe(hold: Hold) -> None:
    hold(probes.healthy_probes)


def test_every_rule_fires_and_both_sides_count_the_same(hold: Hold) -> None:
    hold(probes.rules_counted_alike)
