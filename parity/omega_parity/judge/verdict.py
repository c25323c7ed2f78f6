"""Decide about one case: GO or NO-GO, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from omega.compare.compare import Comparison, compare_outcomes
from omega.compare.outcome import Outcome
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import Observation, Side
from omega_parity.generate.cases import Case
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.ownership import Counts, compared_by_component

CROSSINGS_PER_RUN: Final = 2
"""Boundary crossings of an all-Rust run (L-2, L-4)."""


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
    replay : str
        The command that replays it on both sides; empty without one.
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
    replay: str = ""
    size: tuple[int, int] = (0, 0)
    """Bars and signals of the case that its divergence was reduced to."""

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
            "replay": self.replay or None,
        }


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
