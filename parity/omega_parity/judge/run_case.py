"""Give each case to both sides, compare, explain, decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from omega.compare.outcome import Outcome
from omega.contract.protocols import OnProgress
from omega_parity.drive.observe import observe
from omega_parity.drive.replay import replay_to
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.judge.explain import explain
from omega_parity.judge.hints import Clues
from omega_parity.judge.verdict import CaseVerdict, decide

OnCase = Callable[[Case, int], None]
"""Called with the running case and how many of its bars the reference has done."""


OnSeen = Callable[[Case, Outcome, Outcome], None]
"""Called with a case and what both sides made of it, the reference first."""


def run_case(case: Case, sides: Sides, on_case: OnCase | None = None, on_seen: OnSeen | None = None) -> CaseVerdict:
    """Run one case on both sides, each with inputs of its own, and judge it."""
    on_progress: OnProgress | None = None
    if on_case is not None:
        on_case(case, 0)
        on_progress = partial(_report, on_case, case)
    reference = observe(sides[0], case.bars, case.signals, case.config, on_progress, case.detail)
    candidate = observe(sides[1], case.bars, case.signals, case.config, detail=case.detail)
    if on_seen is not None:
        on_seen(case, reference.outcome, candidate.outcome)
    verdict, comparison = decide(case, sides, (reference, candidate))
    divergence = explain(
        case.name,
        case.bars,
        reference.outcome,
        candidate.outcome,
        comparison,
        replay=partial(replay_to, case, sides),
        labels=(sides[0].label, sides[1].label),
        clues=Clues(case.config, case.signals),
    )
    return replace(verdict, divergence=divergence)


def _report(on_case: OnCase, case: Case, done: int, _total: int) -> None:
    on_case(case, done)
