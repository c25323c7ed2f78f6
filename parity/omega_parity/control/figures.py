"""What the tools that measure hand over as evidence: figures by component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from omega_parity.gates.verdict import Verdict

_TIMED_AS: Final = {"runs": ("event_engine", "strategy")}
"""Whose speed a suite of benchmarks shows, where its name is no component's."""


def verify_figures(verdict: Verdict, *, is_quick: bool) -> dict[str, dict[str, Any]]:
    """Return what `omega verify` found of each component, and its word for the whole."""
    return {
        one.name: {
            "verdict": "GO" if one.is_go else "NO-GO",
            "verdict_of_all": verdict.word,
            "is_quick": is_quick,
            "comparisons": one.comparisons,
            "values_differing": one.values_differing,
            "rules_not_hit": one.rules - one.rules_hit,
            "faults": one.faults,
            "faults_survived": None if one.faults is None or one.killed is None else one.faults - one.killed,
        }
        for one in verdict.components
    }


def bench_figures(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the smallest ratio of the reference's median to Rust's, by component."""
    medians: dict[tuple[str, str, Any], dict[str, float]] = {}
    for row in rows:
        if row["side"] in ("python", "rust"):
            medians.setdefault((row["component"], row["benchmark"], row["size"]), {})[row["side"]] = row["median_ms"]
    found: dict[str, dict[str, Any]] = {}
    for (suite, _, _), sides in medians.items():
        if len(sides) == 2:
            for component in _TIMED_AS.get(suite, (suite,)):
                own = found.setdefault(component, {"benchmarks": 0, "smallest_ratio": float("inf")})
                own["benchmarks"] += 1
                own["smallest_ratio"] = min(own["smallest_ratio"], sides["python"] / sides["rust"])
    return found
