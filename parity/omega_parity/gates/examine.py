"""From a plan to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from omega_parity.drive.sides import Sides
from omega_parity.gates.check_parts import Elsewhere, check_parts
from omega_parity.gates.environment import describe_environment, describe_flags
from omega_parity.gates.evidence import (
    SEQUENCES,
    Document,
    generated_part,
    golden_part,
    reach_part,
    regression_part,
    rule_hits,
)
from omega_parity.gates.plan import SELF_TEST, Plan
from omega_parity.gates.provenance import foreign_parts
from omega_parity.gates.reach import REACH
from omega_parity.gates.self_test import Findings, SelfTest
from omega_parity.gates.shortfalls import shortfalls, skipped
from omega_parity.gates.verdict import Part, Verdict, judge_component
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases
from omega_parity.judge.reach import Reach
from omega_parity.judge.run_case import run_case
from omega_parity.judge.verdict import CaseVerdict

KEPT: Final = "omega-report/divergences"

OnStep = Callable[[str, int], None]
"""Called with what is being done and how much of it, in bars."""


def examine(
    plan: Plan,
    sides: Sides,
    document: Document,
    on_step: OnStep | None = None,
    kept: Path = Path(KEPT),
    *,
    is_shared: bool = False,
) -> Verdict:
    """Gather the evidence of ``plan`` and decide.

    Parameters
    ----------
    document : callable
        Is given what differs.
    kept : Path
        Where the checks keep counterexamples.
    is_shared : bool
        Whether another process takes its share of the checks.
    """
    tell = on_step or (lambda _name, _bars: None)
    with SelfTest(plan) as beside, ExitStack() as opened:
        elsewhere = Elsewhere(plan.checks, plan.extent, sides, kept) if is_shared else None
        if elsewhere is not None:
            opened.enter_context(elsewhere)
        cases = tuple(_examined(case, sides, document, tell) for case in plan.cases)
        parts = _parts(plan, sides, document, tell)
        parts += check_parts(plan.checks, plan.extent, sides, kept, lambda kind: tell(kind, 0), document, elsewhere)
        tell(SELF_TEST, 0)
        return _decided(plan, cases, parts, beside.findings())


def _parts(plan: Plan, sides: Sides, document: Document, tell: OnStep) -> list[Part]:
    """Replay what is kept, and run what is generated."""
    tell("golden cases", 0)
    parts = [golden_part(plan, sides, document), regression_part(plan, sides)]
    tell(SEQUENCES, 0)
    sequences, reach = tuple(sample_cases(plan.sequences)), Reach()
    parts.append(generated_part(SEQUENCES, sequences, sides, document, reach.add if plan.has_reach else None))
    if plan.has_reach:
        tell(REACH, 0)
        parts.append(reach_part(sides, document, reach))
    return parts


def _decided(
    plan: Plan,
    cases: tuple[CaseVerdict, ...],
    parts: list[Part],
    found: Findings,
) -> Verdict:
    """Judge each component by all the evidence, and put the verdict together."""
    report, missing = found.kills, found.kills_missing
    rules = {name: rule_hits(name, plan, parts, found.hits) for name in plan.components}
    evidence: tuple[CaseVerdict | Part, ...] = (*cases, *parts)
    return Verdict(
        cases=cases,
        parts=tuple(part for part in parts if part.items or part.against or part.left_out),
        components=tuple(
            judge_component(name, evidence, rules=rules[name], kills=report, kills_missing=missing)
            for name in plan.components
        ),
        kills=report,
        kills_missing=missing,
        environment=describe_environment(),
        flags=describe_flags(),
        notes=plan.notes,
        missing=(*plan.missing, *foreign_parts(), *shortfalls(plan, parts, report)),
        skipped=(*plan.skipped, *skipped(plan, parts, report)),
        is_partial=not plan.is_whole,
    )


def _examined(case: Case, sides: Sides, document: Document, tell: OnStep) -> CaseVerdict:
    verdict = run_case(case, sides, lambda running, done: tell(running.name, done))
    return verdict if verdict.divergence is None else document(case, verdict)
