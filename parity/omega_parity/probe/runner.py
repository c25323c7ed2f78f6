"""Prove that the comparison can fail: let every built-in fault loose on one side, and see whether it is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from omega_parity.cases import Case
from omega_parity.compare import Comparison, compare_outcomes
from omega_parity.observe import Side, observe
from omega_parity.outcome import Outcome
from omega_parity.probe.examples import GENERATED_CASES, QUICK_CASES, examples, is_generated
from omega_parity.probe.native import NativeProbe, native_probe
from omega_parity.probe.reference import ReferenceProbe
from omega_parity.probe.rules import RuleCounts
from omega_parity.probe.saboteurs import QUICK, SABOTEURS
from omega_parity.probe.switches import REFERENCE_FAULTS, SWITCHES
from omega_parity.reduce import reduce_case
from omega_parity.sides import reference_side

SideName = Literal["reference", "rust"]
SIDES: Final[tuple[SideName, ...]] = get_args(SideName)

MIN_BY_GENERATED: Final = 15
"""Faults of each side that have to die by generated input alone."""

_REDUCTION_ATTEMPTS: Final = 400
_PER_LINE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A fault that was noticed.

    Attributes
    ----------
    by : str
        The field that gave it away, as in ``events.price``.
    example : str
        Name of the case.
    after_examples : int
        How many cases it took, this one included.
    by_generated : bool
        Whether the case came from the generator.
    reduced : tuple of int or None
        Bars and signals of the smallest case that still notices it, where one was looked for.
    """

    side: SideName
    saboteur: str
    by: str
    example: str
    after_examples: int
    by_generated: bool
    reduced: tuple[int, int] | None = None

    def __str__(self) -> str:
        size = "" if self.reduced is None else f"; {self.reduced[0]} bars and {self.reduced[1]} signals suffice"
        return f"{self.side} {self.saboteur}: {self.by} after {self.after_examples} ({self.example}){size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """A fault that nothing noticed: the gate has a hole."""

    side: SideName
    saboteur: str
    after_examples: int

    def __str__(self) -> str:
        what = REFERENCE_FAULTS[self.saboteur].what
        return f"{self.side} {self.saboteur}: SURVIVED {self.after_examples} examples ({what})"


Fate = Killed | Survived


@dataclass(frozen=True, slots=True, kw_only=True)
class KillReport:
    """What became of the faults that were let loose.

    Attributes
    ----------
    fates : tuple of Fate
        Of the saboteurs, on both sides.
    switched_off : tuple of Fate
        Of the rules, each switched off in the reference; not looked at in a quick report.
    """

    fates: tuple[Fate, ...]
    is_quick: bool
    switched_off: tuple[Fate, ...] = ()

    @property
    def killed(self) -> tuple[Killed, ...]:
        """The saboteurs that were noticed."""
        return tuple(fate for fate in self.fates if isinstance(fate, Killed))

    @property
    def survivors(self) -> tuple[Survived, ...]:
        """The saboteurs, and the rules switched off, that were not."""
        return tuple(fate for fate in (*self.fates, *self.switched_off) if isinstance(fate, Survived))

    @property
    def against(self) -> tuple[str, ...]:
        """Everything that speaks against a GO."""
        against = [str(survivor) for survivor in self.survivors]
        if not self.fates:
            against.append("no saboteur was let loose")
        if not self.is_quick:
            against += [
                f"only {count} saboteurs of {side} die by generated input, {MIN_BY_GENERATED} have to"
                for side in SIDES
                if (count := self._by_generated(side)) < MIN_BY_GENERATED
            ]
        return tuple(against)

    def __str__(self) -> str:
        """One line: ``saboteurs: killed 60/60 (…)``."""
        killed = {side: sum(fate.side == side for fate in self.killed) for side in SIDES}
        total = {side: sum(fate.side == side for fate in self.fates) for side in SIDES}
        sides = "; ".join(
            f"{side} {killed[side]}/{total[side]}, {self._by_generated(side)} by generated input alone"
            for side in SIDES
        )
        noticed = sum(isinstance(fate, Killed) for fate in self.switched_off)
        rules = "" if self.is_quick else f"; rules switched off: noticed {noticed}/{len(self.switched_off)}"
        return f"saboteurs: killed {len(self.killed)}/{len(self.fates)} ({sides}){rules}"

    def lines(self) -> list[str]:
        """Return the summary: the one line, then how many examples each fault took, and the survivors by name."""
        took: dict[str, list[str]] = {}
        for fate in (*self.fates, *self.switched_off):
            took.setdefault(fate.saboteur, []).append(str(fate.after_examples) if isinstance(fate, Killed) else "-")
        texts = [f"{name} {'/'.join(counts)}" for name, counts in took.items()]
        rows = [f"  {' · '.join(texts[first : first + _PER_LINE])}" for first in range(0, len(texts), _PER_LINE)]
        return [str(self), "examples until noticed (reference/Rust; - never):", *rows, *map(str, self.survivors)]

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "killed": len(self.killed),
            "total": len(self.fates),
            "by_generated": {side: self._by_generated(side) for side in SIDES},
            "rules_switched_off": len(self.switched_off),
            "survivors": [f"{fate.side}/{fate.saboteur}" for fate in self.survivors],
            "kills": [
                {
                    "side": fate.side,
                    "saboteur": fate.saboteur,
                    "by": fate.by,
                    "example": fate.example,
                    "after_examples": fate.after_examples,
                }
                for fate in self.killed
            ],
        }

    def _by_generated(self, side: SideName) -> int:
        return sum(fate.side == side and fate.by_generated for fate in self.killed)


@dataclass(slots=True)
class Healthy:
    """The sides without a fault, and what they made of each case; asked for a case once."""

    probe: NativeProbe
    _outcomes: dict[tuple[SideName, str], Outcome] = field(default_factory=dict)

    def outcome(self, side: SideName, case: Case) -> Outcome:
        """Return what the healthy ``side`` makes of ``case``, whose name identifies it."""
        key = (side, case.name)
        if key not in self._outcomes:
            self._outcomes[key] = self.run(side, case)
        return self._outcomes[key]

    def run(self, side: SideName, case: Case) -> Outcome:
        """Run the healthy ``side``; Rust is not while a fault acts in its probe."""
        return _run(reference_side() if side == "reference" else self.probe.side(), case)


def kills(quick: bool, *, is_reduced: bool = False) -> KillReport | None:
    """Let the faults loose on both sides, one by one.

    Parameters
    ----------
    quick : bool
        A handful of them on alternating sides; else all on both sides, and each counted rule switched off besides.
    is_reduced : bool
        Whether to look for the smallest case that notices each saboteur; slow.

    Returns
    -------
    KillReport or None
        None when the probe module is missing or stale; :func:`omega_parity.probe.why_no_probe` says why.
    """
    probe = native_probe()
    if probe is None:
        return None
    healthy = Healthy(probe)
    if quick:
        chosen = [(SIDES[index % len(SIDES)], name) for index, name in enumerate(QUICK)]
        cases = list(examples(QUICK_CASES))
    else:
        chosen = [(side, name) for side in SIDES for name in SABOTEURS]
        cases = list(examples(GENERATED_CASES))
    fates = tuple(run_saboteur(side, name, cases, healthy, is_reduced=is_reduced) for side, name in chosen)
    generated = [case for case in cases if is_generated(case)]
    switched_off = () if quick else tuple(run_saboteur("reference", name, generated, healthy) for name in SWITCHES)
    return KillReport(fates=fates, is_quick=quick, switched_off=switched_off)


def run_saboteur(
    side: SideName, name: str, cases: Iterable[Case], healthy: Healthy, *, is_reduced: bool = False
) -> Fate:
    """Let one fault act on one side and compare with the other, healthy one, case by case, until it is noticed.

    Parameters
    ----------
    side : {"reference", "rust"}
        The side that has the fault.
    cases : iterable of Case
        With names of their own; where both healthy sides differ, the fault is not to blame and the gate is red anyway.
    healthy : Healthy
        Shared by the calls, so that healthy sides run each case once.
    is_reduced : bool
        Whether to look for a smallest case, which is never kept.
    """
    other: SideName = "rust" if side == "reference" else "reference"
    count = 0
    with _faulty(side, name, healthy.probe) as faulty:
        for case in cases:
            count += 1
            comparison = compare_outcomes(_run(faulty, case), healthy.outcome(other, case))
            if comparison.differences:
                return Killed(
                    side=side,
                    saboteur=name,
                    by=_given_away_by(comparison),
                    example=case.name,
                    after_examples=count,
                    by_generated=is_generated(case),
                    reduced=_reduced(case, faulty, other, healthy) if is_reduced else None,
                )
    return Survived(side=side, saboteur=name, after_examples=count)


def count_hits(cases: Iterable[Case]) -> tuple[RuleCounts, RuleCounts] | None:
    """Run ``cases`` on both healthy probes and return how often each rule fired, the reference first.

    None when the probe module cannot be used.
    """
    probe = native_probe()
    if probe is None:
        return None
    reference = ReferenceProbe()
    sides = (reference.side(), probe.side())
    probe.reset_counts()
    for case in cases:
        for side in sides:
            _run(side, case)
    return reference.rule_counts(), probe.rule_counts()


@contextmanager
def _faulty(side: SideName, name: str, probe: NativeProbe) -> Iterator[Side]:
    if side == "reference":
        yield ReferenceProbe(name).side()
        return
    with probe.sabotaged(name):
        yield probe.side()


def _run(side: Side, case: Case) -> Outcome:
    return observe(side, case.bars, case.signals, case.config).outcome


def _given_away_by(comparison: Comparison) -> str:
    """Name the first field that differs; the chain differs with whatever it covers, and is named where it is alone."""
    fields = [difference.name for difference in comparison.differences]
    return next((name for name in fields if not name.startswith("chain.")), fields[0])


def _reduced(case: Case, faulty: Side, other: SideName, healthy: Healthy) -> tuple[int, int]:
    def is_noticed(smaller: Case) -> bool:
        return bool(compare_outcomes(_run(faulty, smaller), healthy.run(other, smaller)).differences)

    smallest = reduce_case(case, is_noticed, attempts=_REDUCTION_ATTEMPTS)
    return smallest.bars.num_rows, 0 if smallest.signals is None else smallest.signals.num_rows
