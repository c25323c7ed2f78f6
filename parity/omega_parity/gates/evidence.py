"""The evidence of many small inputs: golden cases, regressions, generated sequences, calls, rules, faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from omega_parity.drive.sides import Sides
from omega_parity.gates.plan import Plan
from omega_parity.gates.reach import REACH, made_cases
from omega_parity.gates.verdict import Part, RuleHits
from omega_parity.generate.cases import Case
from omega_parity.golden.case import load_case
from omega_parity.golden.check import CaseCheck, check_case
from omega_parity.judge.ownership import Counts, owner_of_rule
from omega_parity.judge.reach import Reach
from omega_parity.judge.replay import replay_all
from omega_parity.judge.run_case import OnSeen, run_case
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.selftest.ownership import owner_of_saboteur
from omega_parity.selftest.probe import (
    SABOTEURS,
    Healthy,
    KillReport,
    RuleCounts,
    counted_rules,
    kills,
    native_probe,
    why_no_probe,
)
from omega_parity.selftest.probe.examples import Pool, makers, recorded_noticed
from omega_parity.selftest.probe.runner import SIDES, tried
from omega_parity.selftest.rules import RuleSlice, judge_rules

GOLDEN_CASES: Final = "golden cases"
REGRESSIONS: Final = "regressions"
SEQUENCES: Final = "generated sequences"
"""Names of parts of a verdict."""

MOST_EXAMPLES: Final = 3
"""Divergences of one part that are reduced, kept and drawn; the search ends with them."""

_QUICK_FAULTS: Final = 5

Document = Callable[[Case, CaseVerdict], CaseVerdict]
"""Reduces a case that differs, keeps and draws what is left of it, and says in the verdict where that lies."""


def golden_part(plan: Plan, sides: Sides, document: Document) -> Part:
    """Replay the golden cases; where the sides differ from each other, a page shows it."""
    checks = [(folder, check_case(folder, sides)) for folder in plan.golden]
    compared: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    shown: list[CaseVerdict] = []
    for folder, check in checks:
        owner = folder.parent.name
        compared[owner] += check.comparisons
        differing[owner] += len(check.problems)
        if check.problems and len(shown) < MOST_EXAMPLES:
            shown += _golden_example(folder, sides, document)
    return Part(
        name=GOLDEN_CASES,
        items=len(checks),
        comparisons=sum(check.comparisons for _, check in checks),
        compared=compared,
        differing=differing,
        bits_differing=sum(one.bits_differing for one in shown),
        against=(*plan.strays, *(f"{check.name}: {why}" for _, check in checks for why in _why_red(check))),
        examples=tuple(shown),
    )


def _why_red(check: CaseCheck) -> tuple[str, ...]:
    return check.problems if check.problems or check.is_green else ("nothing was compared",)


def _golden_example(folder: Path, sides: Sides, document: Document) -> Iterator[CaseVerdict]:
    golden = load_case(folder).as_case()
    yield from documented(replace(golden, name=f"golden/{golden.name}"), sides, document)


def documented(case: Case, sides: Sides, document: Document) -> Iterator[CaseVerdict]:
    """Run a case again, and yield its verdict with its divergence kept and drawn, if it has one."""
    verdict = run_case(case, sides)
    if verdict.divergence is not None:
        yield document(case, verdict)


def regression_part(plan: Plan, sides: Sides) -> Part:
    """Replay the kept counterexamples."""
    replayed = replay_all(plan.regressions, sides)
    red = [f"{one.name}: {one.difference}" for one in replayed if one.difference]
    comparisons = sum(one.comparisons for one in replayed)
    return Part(
        name=REGRESSIONS,
        items=len(replayed),
        comparisons=comparisons,
        compared={"execution_simulator": comparisons},
        differing={"execution_simulator": len(red)},
        against=tuple(red),
    )


def reach_part(sides: Sides, document: Document, reach: Reach) -> Part:
    """Run what is made to reach every range; ``reach`` knows already what the generated sequences drew."""
    part = generated_part(REACH, tuple(made_cases()), sides, document, reach.add)
    return replace(part, against=part.against or reach.against, reach=reach)


def generated_part(
    name: str, cases: Collection[Case], sides: Sides, document: Document, on_seen: OnSeen | None = None
) -> Part:
    """Run generated cases until enough of them differ; those are reduced, kept and drawn."""
    verdicts: list[CaseVerdict] = []
    shown: list[CaseVerdict] = []
    against: list[str] = []
    for case in cases:
        verdict = run_case(case, sides, on_seen=on_seen)
        verdicts.append(verdict)
        against += [f"{verdict.case}: {why}" for why in verdict.against]
        if verdict.divergence is not None:
            shown.append(document(case, verdict))
        if len(against) >= MOST_EXAMPLES:
            against.append(f"stopped after {len(verdicts)} of {len(cases)} cases")
            break
    sums = {
        name: sum(getattr(one, name) for one in verdicts)
        for name in ("comparisons", "bits_differing", "bars", "events", "fills", "trades", "crossings")
    }
    return Part(
        name=name,
        items=len(verdicts),
        compared=_added(one.compared for one in verdicts),
        differing=_added(one.differing for one in verdicts),
        against=tuple(against),
        examples=tuple(shown),
        **sums,
    )


def _added(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def rule_hits(
    component: str, plan: Plan, parts: Iterable[Part], hits: tuple[RuleCounts, RuleCounts] | None
) -> RuleHits:
    """Count the rules of a component that fired on both sides, in a run or in a check's calls, and name the others."""
    done = {f"{part.name}: {name}": count for part in parts for name, count in part.calls.items()}
    called: Counter[str] = Counter()
    for check in plan.checks:
        if check.component == component:
            called.update(dict.fromkeys(check.rules, done.get(f"{check.kind}: {check.name}", 0)))
    counted = {rule for rule in counted_rules() if owner_of_rule(rule) == component} if plan.sequences else set()
    rules = len({*called, *counted})
    if hits is None and counted:
        return RuleHits(
            rules=rules, hit=rules - len(counted), against=(f"hits of {len(counted)} rules were not measured",)
        )
    sides = hits or ({}, {})
    own = [{rule: side.get(rule, 0) + called.get(rule, 0) for rule in {*counted, *called}} for side in sides]
    every = RuleSlice(rules=(), counted=tuple(own[0]), not_counted={})
    against = judge_rules(every, {}, (own[0], own[1])).against
    return RuleHits(rules=rules, hit=rules - len(against), against=against)


def let_loose(plan: Plan) -> tuple[KillReport | None, str]:
    """Let the faults of the judged components loose; the reason if the probe cannot be used."""
    if plan.is_whole:
        report = kills(plan.is_quick)
        return report, why_no_probe() if report is None else ""
    chosen = [(side, name) for side in SIDES for name in SABOTEURS if owner_of_saboteur(name) in plan.components]
    probe = native_probe()
    if not chosen or probe is None:
        return None, why_no_probe()
    healthy, pool = Healthy(probe), Pool(tuple(makers()), recorded_noticed())
    chosen = chosen[:: max(1, len(chosen) // _QUICK_FAULTS)] if plan.is_quick else chosen
    fates = tuple(tried(side, name, pool, healthy) for side, name in chosen)
    return KillReport(fates=fates, is_quick=True), ""
