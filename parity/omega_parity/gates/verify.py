"""From what the user asked for to a verdict on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega_parity.gates.call_checks import CallCheck, check_calls
from omega_parity.gates.environment import describe_environment, describe_flags
from omega_parity.generate.cases import Case, Floors, Market, full_cases, market_cases, quick_cases
from omega_parity.generate.markets import file_market, sample_market
from omega_parity.generate.reduce import reduce_case
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.case import GOLDEN_FOLDER, REGRESSIONS, CaseCheck, case_folders, check_case, load_case
from omega_parity.golden.regressions import case_folders as regression_folders
from omega_parity.golden.regressions import differs, keep, replay_all, replay_commands
from omega_parity.judge.ownership import OWNERS, Counts, owner_named, owner_of_rule, owner_of_saboteur
from omega_parity.judge.runner import Sides, run_case
from omega_parity.judge.verdict import CaseVerdict, Part, RuleHits, Verdict, judge_component
from omega_parity.report.divergence import draw, scene_of
from omega_parity.report.junit import junit
from omega_parity.report.verdict import render
from omega_parity.selftest.probe import (
    SABOTEURS,
    Healthy,
    KillReport,
    RuleCounts,
    count_hits,
    counted_rules,
    kills,
    native_probe,
    run_saboteur,
    why_no_probe,
)
from omega_parity.selftest.probe.examples import examples
from omega_parity.selftest.probe.runner import SIDES
from omega_parity.selftest.rules import RuleSlice, judge_rules

SEQUENCES: Final = 300
QUICK_SEQUENCES: Final = 100
MOST_EXAMPLES: Final = 3
"""Divergences of one part that are reduced, kept and drawn; the search ends with them."""

_QUICK_FAULTS: Final = 5
_REDUCTION_ATTEMPTS: Final = 300
_USER_FLOORS: Final = Floors(fills=1)
"""Random signals fill on any market; how often the strategy trades on it is not for us to demand."""

OnStep = Callable[[str, int], None]
"""Called with what is being done and how much of it, in bars."""

STEP_BARS: Final = 30_000
"""What a step that is no case counts for in a progress bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one call does.

    Attributes
    ----------
    components : tuple of str
        Components to judge.
    sequences : int
        Generated cases.
    golden : tuple of Path
        Folders of golden cases.
    regressions : tuple of Path
        Folders of kept counterexamples.
    notes : tuple of str
        What could not be run.
    """

    components: tuple[str, ...]
    cases: tuple[Case, ...]
    sequences: int
    golden: tuple[Path, ...] = ()
    regressions: tuple[Path, ...] = ()
    is_quick: bool = False
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> dict[str, int]:
        """What is done in which order, and its length in bars."""
        parts = ("golden cases", "generated sequences", "calls", "rules", "faults")
        return {**{case.name: case.bars.num_rows for case in self.cases}, **dict.fromkeys(parts, STEP_BARS)}

    @property
    def is_whole(self) -> bool:
        """Whether all components are judged."""
        return set(self.components) == set(OWNERS)


def make_plan(
    paths: Iterable[Path], *, is_quick: bool, component: str | None = None, symbol: str | None = None
) -> Plan:
    """Choose the cases of the sample and of the user's files, the golden cases and the length of the search.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT for an unknown component; as :func:`omega_parity.generate.markets.file_market`.
    """
    owners = tuple(OWNERS.values()) if component is None else (owner_named(component),)
    markets = [file_market(path, symbol) for path in paths]
    runs = any(owner.runs_in_cases for owner in owners)
    cases = _cases(markets, is_quick=is_quick) if runs else []
    folders = {folder for owner in owners for folder in owner.golden}
    found = case_folders(GOLDEN_FOLDER)[0] if GOLDEN_FOLDER.is_dir() else []
    notes = [_note(market) for market in markets if market.instrument is None]
    if not GOLDEN_FOLDER.is_dir():
        notes.append("golden cases: not replayed, they lie in the checkout only")
    return Plan(
        components=tuple(owner.name for owner in owners),
        cases=tuple(cases),
        sequences=(QUICK_SEQUENCES if is_quick else SEQUENCES) if runs else 0,
        golden=tuple(path for path in found if path.parent.name in folders),
        regressions=tuple(regression_folders(GOLDEN_FOLDER / REGRESSIONS)) if runs else (),
        is_quick=is_quick,
        notes=tuple(notes),
    )


def examine(plan: Plan, sides: Sides, out: Path, on_step: OnStep | None = None) -> Verdict:
    """Gather the evidence of ``plan`` and decide; divergences are drawn and kept below ``out``.

    Raises
    ------
    OmegaError
        IO_ERROR when ``out`` cannot be written.
    """
    tell = on_step or (lambda _name, _bars: None)
    cases = tuple(_examined(case, sides, out, tell) for case in plan.cases)
    tell("golden cases", 0)
    parts = [_golden_part(plan, sides, out), _regression_part(plan, sides)]
    tell("generated sequences", 0)
    parts.append(_generated_part(plan, sides, out))
    tell("calls", 0)
    calls = [check for name in plan.components if (check := check_calls(name, is_quick=plan.is_quick))]
    parts.append(_call_part(calls))
    tell("rules", 0)
    hits = count_hits(sample_cases(plan.sequences)) if plan.sequences else None
    tell("faults", 0)
    report, missing = _let_loose(plan)
    evidence: tuple[CaseVerdict | Part, ...] = (*cases, *parts)
    return Verdict(
        cases=cases,
        parts=tuple(part for part in parts if part.items),
        components=tuple(
            judge_component(
                name,
                evidence,
                rules=_rule_hits(name, plan, calls, hits),
                kills=report,
                kills_missing=missing,
            )
            for name in plan.components
        ),
        kills=report,
        kills_missing=missing,
        environment=describe_environment(),
        flags=describe_flags(),
        notes=plan.notes,
    )


def make_folder(folder: Path) -> None:
    """Make the folder of a report, before the work that fills it.

    Raises
    ------
    OmegaError
        IO_ERROR when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write ``verdict.html``, ``verdict.json`` and ``junit.xml``; return the path of the page.

    Raises
    ------
    OmegaError
        IO_ERROR when the folder cannot be written.
    """
    page = folder / "verdict.html"
    make_folder(folder)
    try:
        page.write_text(render(verdict), encoding="utf-8")
        (folder / "verdict.json").write_text(json.dumps(verdict.as_data(), indent=1) + "\n", encoding="utf-8")
        (folder / "junit.xml").write_text(junit(verdict), encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from None
    return page


def _unwritable(folder: Path, error: OSError) -> Exception:
    reason = f"cannot write the report: {error.strerror}"
    return omega_error(ErrorCode.IO_ERROR, reason, column="out", value=str(folder))


def _cases(markets: Iterable[Market], *, is_quick: bool) -> list[Case]:
    sample = sample_market()
    cases = list(quick_cases(sample) if is_quick else full_cases(sample))
    for market in markets:
        cases += market_cases(market, strategy_floors=Floors(), signal_floors=_USER_FLOORS)
    return cases


def _note(market: Market) -> str:
    return f"{market.name}: no specification of {market.symbol} is known, so only variant v1 ran (S-5)"


def _examined(case: Case, sides: Sides, out: Path, tell: OnStep) -> CaseVerdict:
    verdict = run_case(case, sides, lambda running, done: tell(running.name, done))
    return verdict if verdict.divergence is None else _documented(_cut(case, verdict, sides), case, verdict, sides, out)


def _cut(case: Case, verdict: CaseVerdict, sides: Sides) -> Case:
    """Leave out the bars after the first diverging one, where the rest still differs."""
    assert verdict.divergence is not None
    if verdict.divergence.bar is None or case.config.start is not None:
        return case
    shorter = replace(case, bars=case.bars.slice(0, verdict.divergence.bar + 1).combine_chunks())
    return shorter if differs(shorter, sides) else case


def _documented(kept: Case, shown: Case, verdict: CaseVerdict, sides: Sides, out: Path) -> CaseVerdict:
    """Keep a divergent case as files, draw its page, and say how it is replayed."""
    assert verdict.divergence is not None
    folder = out / "divergences"
    try:
        place = keep(kept, "; ".join(verdict.against), found_by=_slug(verdict.case), folder=folder)
        commands = replay_commands(place)
        page = folder / f"{place.name}.html"
        page.write_text(draw(verdict.divergence, scene_of(shown, sides, verdict.divergence), commands), "utf-8")
    except OSError as error:
        raise _unwritable(out, error) from None
    return replace(verdict, page=f"{folder.name}/{page.name}", replay=commands)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _golden_part(plan: Plan, sides: Sides, out: Path) -> Part:
    """Replay the golden cases; where the sides differ from each other, a page shows it."""
    checks = [(folder, check_case(folder, sides)) for folder in plan.golden]
    compared: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    shown: list[CaseVerdict] = []
    for folder, check in checks:
        owner = next(owner.name for owner in OWNERS.values() if folder.parent.name in owner.golden)
        compared[owner] += check.comparisons
        differing[owner] += len(check.problems)
        if check.problems and len(shown) < MOST_EXAMPLES:
            shown += _golden_example(folder, sides, out)
    return Part(
        name="golden cases",
        items=len(checks),
        comparisons=sum(check.comparisons for _, check in checks),
        compared=compared,
        differing=differing,
        bits_differing=sum(one.bits_differing for one in shown),
        against=tuple(f"{check.name}: {why}" for _, check in checks for why in _why_red(check)),
        examples=tuple(shown),
    )


def _why_red(check: CaseCheck) -> tuple[str, ...]:
    return check.problems if check.problems or check.is_green else ("nothing was compared",)


def _golden_example(folder: Path, sides: Sides, out: Path) -> Iterator[CaseVerdict]:
    golden = load_case(folder)
    case = Case(
        name=f"golden/{golden.name}",
        bars=golden.bars,
        signals=golden.signals,
        config=golden.config,
        data_hash=golden.data_hash,
        floors=Floors(),
    )
    verdict = run_case(case, sides)
    if verdict.divergence is not None:
        yield _documented(case, case, verdict, sides, out)


def _regression_part(plan: Plan, sides: Sides) -> Part:
    replayed = replay_all(plan.regressions, sides)
    red = [f"{one.name}: {one.difference}" for one in replayed if one.difference]
    comparisons = sum(one.comparisons for one in replayed)
    return Part(
        name="regressions",
        items=len(replayed),
        comparisons=comparisons,
        compared={"execution": comparisons},
        differing={"execution": len(red)},
        against=tuple(red),
    )


def _generated_part(plan: Plan, sides: Sides, out: Path) -> Part:
    """Run generated sequences until enough of them differ; those are reduced, kept and drawn."""
    verdicts: list[CaseVerdict] = []
    shown: list[CaseVerdict] = []
    against: list[str] = []
    for case in sample_cases(plan.sequences):
        verdict = run_case(case, sides)
        verdicts.append(verdict)
        against += [f"{verdict.case}: {why}" for why in verdict.against]
        if verdict.divergence is not None:
            shown.append(_reduced(case, sides, out))
        if len(against) >= MOST_EXAMPLES:
            against.append(f"stopped after {len(verdicts)} of {plan.sequences} sequences")
            break
    sums = {
        name: sum(getattr(one, name) for one in verdicts)
        for name in ("comparisons", "bits_differing", "bars", "events", "fills", "trades", "crossings")
    }
    return Part(
        name="generated sequences",
        items=len(verdicts),
        compared=_added(one.compared for one in verdicts),
        differing=_added(one.differing for one in verdicts),
        against=tuple(against),
        examples=tuple(shown),
        **sums,
    )


def _reduced(case: Case, sides: Sides, out: Path) -> CaseVerdict:
    smallest = reduce_case(case, lambda one: differs(one, sides), attempts=_REDUCTION_ATTEMPTS)
    return _documented(smallest, smallest, run_case(smallest, sides), sides, out)


def _added(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _call_part(calls: Iterable[CallCheck]) -> Part:
    checks = tuple(calls)
    return Part(
        name="call by call",
        items=len(checks),
        comparisons=sum(check.comparison.comparisons for check in checks),
        compared={check.component: check.comparison.comparisons for check in checks},
        differing={check.component: check.comparison.values_differing for check in checks},
        bits_differing=sum(check.comparison.bits_differing for check in checks),
        against=tuple(f"{check.component}: {check.first}" for check in checks if check.first is not None),
    )


def _rule_hits(
    component: str, plan: Plan, calls: Iterable[CallCheck], hits: tuple[RuleCounts, RuleCounts] | None
) -> RuleHits:
    """Count the rules of a component that fired on both sides, in a run or in a call, and name the others."""
    called = {
        rule: check.comparison.comparisons for check in calls if check.component == component for rule in check.rules
    }
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


def _let_loose(plan: Plan) -> tuple[KillReport | None, str]:
    """Let the faults of the judged components loose; the reason if the probe cannot be used."""
    if plan.is_whole:
        report = kills(plan.is_quick)
        return report, why_no_probe() if report is None else ""
    chosen = [(side, name) for side in SIDES for name in SABOTEURS if owner_of_saboteur(name) in plan.components]
    probe = native_probe()
    if not chosen or probe is None:
        return None, why_no_probe()
    healthy, cases = Healthy(probe), list(examples())
    chosen = chosen[:: max(1, len(chosen) // _QUICK_FAULTS)] if plan.is_quick else chosen
    fates = tuple(run_saboteur(side, name, cases, healthy) for side, name in chosen)
    return KillReport(fates=fates, is_quick=True), ""
