"""What the tools that measure hand over as evidence: figures by component."""

from __future__ import annotations

from typing import Any

from omega_parity.gates.verdict import Verdict


def verify_figures(verdict: Verdict, *, is_quick: bool) -> dict[str, dict[str, Any]]:
    """Return what `omega verify` found of each component, and its word for the whole."""
    return {
        one.name: {
            "verdict": "GO" if one.is_go else "NO-GO",
            "verdict_of_all": verdict.word,
            "is_quick": is_quick,
            "comparisons": one.comparisons,
            "values_differing": one.values_differing,
            "rules": one.rules,
            "rules_not_hit": one.rules - one.rules_hit,
            "faults": one.faults,
            "faults_survived": None if one.faults is None or one.killed is None else one.faults - one.killed,
        }
        for one in verdict.components
    }


def divergences(verdict: Verdict) -> list[dict[str, Any]]:
    """Return where the runs of `omega verify` part, the smallest case of each cause first."""
    cases = [cause.smallest for cause in verdict.causes]
    return [
        {"headline": case.divergence.headline, "rules": case.divergence.rules, "page": case.page, "replay": case.replay}
        for case in cases
        if case.divergence is not None
    ]


def figure_text(value: object) -> str:
    """Show a figure to a person: four digits after the point, a dash for what was not measured."""
    if isinstance(value, float):
        return str(round(value, 4))
    return "–" if value is None else str(value)
