"""Probes: both implementations with rule counters and built-in faults, by which a gate proves itself.

``python -m omega_parity.selftest.probe`` lets every fault loose and prints what became of it; ``--reduce`` also
looks for the smallest case that notices each, ``--record`` writes which example noticed it, to be tried first next
time.
"""

from omega_parity.selftest.probe.native import NativeProbe, native_probe, why_no_probe
from omega_parity.selftest.probe.reference import ReferenceProbe
from omega_parity.selftest.probe.rules import CountedRule, RuleCounts, counted_rules
from omega_parity.selftest.probe.runner import (
    MIN_BY_GENERATED,
    Fate,
    Healthy,
    Killed,
    KillReport,
    SideName,
    Survived,
    count_hits,
    kills,
    run_saboteur,
)
from omega_parity.selftest.probe.saboteurs import QUICK, SABOTEURS, Saboteur
from omega_parity.selftest.probe.switches import SWITCHES

__all__ = [
    "MIN_BY_GENERATED",
    "QUICK",
    "SABOTEURS",
    "SWITCHES",
    "CountedRule",
    "Fate",
    "Healthy",
    "KillReport",
    "Killed",
    "NativeProbe",
    "ReferenceProbe",
    "RuleCounts",
    "Saboteur",
    "SideName",
    "Survived",
    "count_hits",
    "counted_rules",
    "kills",
    "native_probe",
    "run_saboteur",
    "why_no_probe",
]
