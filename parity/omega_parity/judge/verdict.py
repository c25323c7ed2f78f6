"""Decide: GO or NO-GO, per case and for the whole, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from omega.compare.compare import Comparison, compare_outcomes
from omega.compare.outcome import Outcome
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import Observation, Side
from omega_parity.generate.cases import Case
from omega_parity.judge.explain import Divergence
from omega_parity.judge.ownership import OWNERS, Counts, compared_by_component, owner_of_saboteur
from omega_parity.selftest.probe import KillReport, Survived

CROSSINGS_PER_RUN: Final = 2
"""Boundary crossings of an all-Rust run (L-2, L-4)."""

SCHEMA_VERSION: Final = 2
"""Of ``verdict.json``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseVerdict:
    """One case: what was compared, what differs, and whether it may go.

    Attributes
    ----------
    comparisons : int
        Values compared by type and bits.
    accepted, fills : int
        Orders accepted and opened.
    values_differing, bits_differing : int
        Both must be 0.
    crossings : int
        Boundary crossings of the candidate, the proof that Rust really ran.
    closed_by : dict
        Closed trades by reason.
    equity : tuple of float
        At most 120 points of the reference's equity curve, account currency, for the report.
    compared, differing : mapping
        Values compared, and those that differ, by the component that owns the field.
    against : tuple of str
        Everything that speaks against a GO; empty for a GO.
    page : str
        Where its divergence is drawn, relative to the report; empty without one.
    replay : tuple of str
        Commands that replay it on each side.
    """

    case: str
    data_hash: str
    bars: int
    events: int
    fills: int
    trades: int
    closed_by: dict[str, int]
    comparisons: int
    values_differing: int
    bits_differing: int
    crossings: int
    seconds: tuple[float, float]
    accepted: int = 0
    equity: tuple[float, ...] = ()
    compared: Counts = field(default_factory=dict)
    differing: Counts = field(default_factory=dict)
    against: tuple[str, ...] = ()
    divergence: Divergence | None = None
    page: str = ""
    replay: tuple[str, ...] = ()

    @property
    def is_go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against

    def as_data(self) -> dict[str, object]:
        """JSON form; durations are left out, so that equal runs give equal files."""
        return {
            "case": self.case,
            "verdict": "GO" if self.is_go else "NO-GO",
            "against": list(self.against),
            "data_hash": self.data_hash,
            "bars": self.bars,
            "events": self.events,
            "accepted": self.accepted,
            "fills": self.fills,
            "trades": self.trades,
            "closed_by": self.closed_by,
            "comparisons": self.comparisons,
            "values_differing": self.values_differing,
            "bits_differing": self.bits_differing,
            "crossings": self.crossings,
            "divergence": None if self.divergence is None else self.divergence.as_data(),
            "page": self.page or None,
            "replay": list(self.replay),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Evidence of many small inputs, shown as one: golden cases, generated sequences, calls.

    Attributes
    ----------
    name : str
        What they are, as in ``golden cases``.
    items : int
        How many there were.
    compared, differing : mapping
        Values compared, and those that differ, by component.
    examples : tuple of CaseVerdict
        Those that differ, as far as they are shown one by one.
    """

    name: str
    items: int
    comparisons: int
    compared: Counts = field(default_factory=dict)
    differing: Counts = field(default_factory=dict)
    bars: int = 0
    events: int = 0
    fills: int = 0
    trades: int = 0
    bits_differing: int = 0
    crossings: int = 0
    against: tuple[str, ...] = ()
    examples: tuple[CaseVerdict, ...] = ()

    @property
    def is_go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "part": self.name,
            "verdict": "GO" if self.is_go else "NO-GO",
            "against": list(self.against),
            "items": self.items,
            **{name: getattr(self, name) for name in _SUMMED},
            "examples": [example.as_data() for example in self.examples],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHits:
    """How many rules of a component are counted, how many of them fired on both sides, and which did not."""

    rules: int = 0
    hit: int = 0
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentVerdict:
    """One component of a wave: what was compared, which of its rules fired, which faults in it were noticed.

    Attributes
    ----------
    rules_hit, rules : int
        Of the rules that are counted for it.
    killed, faults : int or None
        Of the built-in faults let loose in it; None where that was not measured.
    """

    name: str
    wave: int
    flag: str
    comparisons: int
    values_differing: int
    rules_hit: int
    rules: int
    killed: int | None
    faults: int | None
    against: tuple[str, ...] = ()

    @property
    def is_go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "component": self.name,
            "wave": self.wave,
            "flag": self.flag,
            "verdict": "GO" if self.is_go else "NO-GO",
            "against": list(self.against),
            "comparisons": self.comparisons,
            "values_differing": self.values_differing,
            "rules_hit": self.rules_hit,
            "rules": self.rules,
            "killed": self.killed,
            "faults": self.faults,
        }


_SUMMED: Final = ("bars", "events", "fills", "trades", "comparisons", "bits_differing", "crossings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over all cases and parts."""

    cases: int
    bars: int
    events: int
    fills: int
    trades: int
    comparisons: int
    bits_differing: int
    crossings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All evidence of one call, the environment it was gathered in, and the answer.

    Attributes
    ----------
    kills : KillReport or None
        What became of the built-in faults; None if that was not measured.
    kills_missing : str
        Why the kills were not measured; empty if they were.
    """

    cases: tuple[CaseVerdict, ...]
    parts: tuple[Part, ...] = ()
    components: tuple[ComponentVerdict, ...] = ()
    kills: KillReport | None = None
    kills_missing: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What a reader has to know besides, such as a variant that could not run."""

    @property
    def totals(self) -> Totals:
        """Sums over all cases and parts."""
        evidence = (*self.cases, *self.parts)
        sums = {name: sum(getattr(one, name) for one in evidence) for name in _SUMMED}
        return Totals(cases=len(self.cases) + sum(part.items for part in self.parts), **sums)

    @property
    def divergent(self) -> tuple[CaseVerdict, ...]:
        """Cases with a divergence that is explained, those of the parts among them."""
        shown = (*self.cases, *(example for part in self.parts for example in part.examples))
        return tuple(case for case in shown if case.divergence is not None)

    @property
    def against(self) -> tuple[str, ...]:
        """Everything that speaks against a GO; comparing nothing does, and not measuring the kills."""
        against = [] if self.totals.comparisons else ["nothing was compared"]
        against += [f"{case.case}: {why}" for case in self.cases for why in case.against]
        against += [f"{part.name}: {why}" for part in self.parts for why in part.against]
        if self.kills_missing:
            against.append(self.kills_text)
        elif self.kills is not None:
            against += self.kills.against
        against += [f"{one.name}: {why}" for one in self.components for why in one.against]
        return tuple(dict.fromkeys(against))

    @property
    def kills_text(self) -> str:
        """What became of the built-in faults, in a line; empty if none was to be let loose."""
        if self.kills_missing:
            return f"kills: not measured: {self.kills_missing}"
        return "" if self.kills is None else f"kills: {str(self.kills).removeprefix('saboteurs: ')}"

    @property
    def is_go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        totals = self.totals
        return {
            "schema": SCHEMA_VERSION,
            "verdict": "GO" if self.is_go else "NO-GO",
            "against": list(self.against),
            "notes": list(self.notes),
            "totals": {name: getattr(totals, name) for name in totals.__slots__},
            "components": [one.as_data() for one in self.components],
            "kills": None if self.kills is None else self.kills.as_data(),
            "cases": [case.as_data() for case in self.cases],
            "parts": [part.as_data() for part in self.parts],
            "environment": self.environment,
            "flags": self.flags,
        }


def judge_component(
    name: str,
    evidence: Iterable[CaseVerdict | Part],
    *,
    rules: RuleHits,
    kills: KillReport | None,
    kills_missing: str,
) -> ComponentVerdict:
    """Judge one component by its share of the evidence, its rules, and the faults let loose in it."""
    owner = OWNERS[name]
    shares = [(one.compared.get(name, 0), one.differing.get(name, 0)) for one in evidence]
    compared, differing = (sum(column) for column in zip((0, 0), *shares, strict=True))
    fates = [] if kills is None else [fate for fate in kills.fates if owner_of_saboteur(fate.saboteur) == name]
    survivors = [str(fate) for fate in fates if isinstance(fate, Survived)]
    against = [] if compared else ["nothing was compared"]
    against += [f"{differing:,} values differ"] if differing else []
    against += [*rules.against, *survivors]
    against += ["kills: not measured"] if kills_missing else []
    return ComponentVerdict(
        name=name,
        wave=owner.component.wave,
        flag=owner.component.flag,
        comparisons=compared,
        values_differing=differing,
        rules_hit=rules.hit,
        rules=rules.rules,
        killed=None if kills is None else len(fates) - len(survivors),
        faults=None if kills is None else len(fates),
        against=tuple(against),
    )


def decide(
    case: Case, sides: tuple[Side, Side], seen: tuple[Observation, Observation]
) -> tuple[CaseVerdict, Comparison]:
    """Judge what both sides did with one case; the divergence is explained by the caller."""
    reference, candidate = seen
    comparison = compare_outcomes(reference.outcome, candidate.outcome)
    output = reference.outcome if isinstance(reference.outcome, RunOutput) else None
    closed_by = closing_reasons(output)
    compared, differing = compared_by_component(
        comparison, (reference.outcome, candidate.outcome), is_strategy=case.signals is None
    )
    verdict = CaseVerdict(
        case=case.name,
        data_hash=case.data_hash,
        bars=0 if output is None else len(output.chain),
        events=0 if output is None else output.events.num_rows,
        accepted=0 if output is None else _count(output, "accepted"),
        fills=0 if output is None else _count(output, "opened"),
        trades=0 if output is None else output.trades.num_rows,
        closed_by=closed_by,
        comparisons=comparison.comparisons,
        values_differing=comparison.values_differing,
        bits_differing=comparison.bits_differing,
        crossings=candidate.crossings,
        seconds=(reference.seconds, candidate.seconds),
        equity=() if output is None else _thinned(output),
        compared=compared,
        differing=differing,
        against=(
            *_against_comparison(comparison),
            *_against_outcome(reference.outcome),
            *_against_conduct(sides, seen),
            *(() if output is None else _against_evidence(case, output, closed_by)),
        ),
    )
    return verdict, comparison


def closing_reasons(output: RunOutput | None) -> dict[str, int]:
    """Count closed trades by reason, in order of the reason's name."""
    reasons = [] if output is None else output.trades.column("reason").to_pylist()
    return dict(sorted(Counter(str(reason) for reason in reasons).items()))


def _count(output: RunOutput, kind: str) -> int:
    return output.events.column("kind").to_pylist().count(kind)


def _thinned(output: RunOutput, points: int = 120) -> tuple[float, ...]:
    column = output.equity.column("equity")
    rows = sorted({index * (len(column) - 1) // (points - 1) for index in range(points)}) if len(column) else []
    return tuple(float(point) for point in column.to_numpy()[rows])


def _against_comparison(comparison: Comparison) -> tuple[str, ...]:
    if comparison.comparisons == 0:
        return ("nothing was compared",)
    if not comparison.differences:
        return ()
    names = ", ".join(difference.name for difference in comparison.differences[:4])
    more = len(comparison.differences) - 4
    fields = names + (f" and {more} more fields" if more > 0 else "")
    return (f"{comparison.values_differing:,} values ({comparison.bits_differing:,} bits) differ: {fields}",)


def _against_outcome(reference: Outcome) -> tuple[str, ...]:
    return () if isinstance(reference, RunOutput) else (f"the reference did not run: {reference}",)


def _against_conduct(sides: tuple[Side, Side], seen: tuple[Observation, Observation]) -> tuple[str, ...]:
    against = [
        f"{side.label} changed the tables it was given"
        for side, observation in zip(sides, seen, strict=True)
        if not observation.inputs_unchanged
    ]
    for side, observation in zip(sides, seen, strict=True):
        if side.crossings is None or not isinstance(observation.outcome, RunOutput):
            continue
        if observation.crossings == 0:
            against.append(f"{side.label} did not run: its boundary was never crossed")
        elif observation.crossings != CROSSINGS_PER_RUN:
            against.append(
                f"{side.label} crossed the boundary {observation.crossings} times instead of {CROSSINGS_PER_RUN}"
            )
    return tuple(against)


def _against_evidence(case: Case, output: RunOutput, closed_by: dict[str, int]) -> tuple[str, ...]:
    """Refuse a run in which too little happened to prove anything."""
    floors = case.floors
    found = {"trades": (output.trades.num_rows, floors.trades), "fills": (_count(output, "opened"), floors.fills)}
    found.update({reason: (closed_by.get(reason, 0), least) for reason, least in floors.closed_by.items()})
    return tuple(
        f"too little happened: {name} {count} < {least}" for name, (count, least) in found.items() if count < least
    )
