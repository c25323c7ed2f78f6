"""Prove that the comparison can fail: let every built-in fault loose on one side, and see whether it is noticed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from omega_parity.generate.calls import BARS_LEAST, CallCase
from omega_parity.generate.reduce import reduce_case, reduce_steps
from omega_parity.selftest.probe.examples import Example, Pool, is_generated, makers, recorded_noticed
from omega_parity.selftest.probe.native import NativeProbe, native_probe
from omega_parity.selftest.probe.reference import ReferenceProbe
from omega_parity.selftest.probe.rules import RuleCounts
from omega_parity.selftest.probe.saboteurs import QUICK, SABOTEURS
from omega_parity.selftest.probe.seen import OriginalReference, Seen, Subject, compare_seen, given_away_by, see
from omega_parity.selftest.probe.switches import REFERENCE_FAULTS, SWITCHES

SideName = Literal["reference", "rust"]
SIDES: Final[tuple[SideName, ...]] = get_args(SideName)

MIN_BY_GENERATED: Final = 15
"""Faults of each side that have to die by generated input alone."""

_REDUCTION_ATTEMPTS: Final = 400
_PER_LINE: Final = 3
_TOOK: Final = "examples until noticed, the recorded one first (reference/Rust; - never):"
_WIDTH: Final = 79


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
    def noticed(self) -> tuple[Killed, ...]:
        """The saboteurs, and the rules switched off, that were noticed; those of the reference first."""
        return tuple(fate for fate in (*self.fates, *self.switched_off) if isinstance(fate, Killed))

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
        """Return the summary: the one line, how many examples each fault took, and the survivors by name."""
        took: dict[str, list[str]] = {}
        for fate in (*self.fates, *self.switched_off):
            took.setdefault(fate.saboteur, []).append(str(fate.after_examples) if isinstance(fate, Killed) else "-")
        texts = [f"{name} {'/'.join(counts)}" for name, counts in took.items()]
        rows = [f"  {' · '.join(texts[first : first + _PER_LINE])}" for first in range(0, len(texts), _PER_LINE)]
        head = textwrap.wrap(str(self), _WIDTH, subsequent_indent="  ")
        return [
            *head,
            _TOOK,
            *rows,
            *map(str, self.survivors),
        ]

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
    """The sides without a fault, and what they made of each example; asked for an example once."""

    probe: NativeProbe
    _seen: dict[tuple[SideName, str], Seen] = field(default_factory=dict)
    _fired: dict[str, frozenset[str]] = field(default_factory=dict)

    def seen(self, side: SideName, example: Example) -> Seen:
        """Return what the healthy ``side`` makes of ``example``, whose name identifies it."""
        key = (side, example.name)
        if key not in self._seen:
            self._seen[key] = self.see(side, example)
        return self._seen[key]

    def fires(self, rule: str, example: Example) -> bool:
        """Whether a rule decided anything in ``example``, as Rust counts it; elsewhere nobody can miss it."""
        if example.name not in self._fired:
            self.probe.reset_counts()
            self._seen["rust", example.name] = self.see("rust", example)
            self._fired[example.name] = frozenset(rule for rule, hits in self.probe.rule_counts().items() if hits)
        return rule in self._fired[example.name]

    def agree(self, example: Example) -> bool:
        """Whether both sides make the same of ``example`` without any fault."""
        return not compare_seen(self.seen("reference", example), self.seen("rust", example)).differences

    def see(self, side: SideName, example: Example) -> Seen:
        """Try the healthy ``side``; Rust is not while a fault acts in its probe."""
        return see(OriginalReference() if side == "reference" else self.probe, example)


def kills(quick: bool, *, is_reduced: bool = False) -> KillReport | None:
    """Let the faults loose on both sides, one by one.

    Parameters
    ----------
    quick : bool
        A handful of them; else all, and each counted rule switched off besides.
    is_reduced : bool
        Whether to look for the smallest case that notices each saboteur; slow.

    Returns
    -------
    KillReport or None
        None when the probe module is missing or stale; :func:`omega_parity.selftest.probe.why_no_probe` says why.
    """
    probe = native_probe()
    if probe is None:
        return None
    healthy = Healthy(probe)
    pool = Pool(tuple(makers()), recorded_noticed())
    # A fault of both sides dies by the same example: Rust, the fast one, finds it, and the reference tries it first.
    chosen = [(side, name) for name in (QUICK if quick else SABOTEURS) for side in reversed(SIDES)]
    fates = [tried(side, name, pool, healthy, is_reduced=is_reduced) for side, name in chosen]
    fates.sort(key=lambda fate: SIDES.index(fate.side))
    return KillReport(
        fates=tuple(fates), is_quick=quick, switched_off=() if quick else tuple(_switched_off(pool, healthy))
    )


def _switched_off(pool: Pool, healthy: Healthy) -> Iterator[Fate]:
    """Switch each counted rule off in the reference, and try the generated examples in which it fires."""
    for name, switch in SWITCHES.items():
        fitting = (one for one in pool.examples_for(name) if is_generated(one) and healthy.fires(switch.rule, one))
        yield run_saboteur("reference", name, fitting, healthy)


def tried(side: SideName, name: str, pool: Pool, healthy: Healthy, *, is_reduced: bool = False) -> Fate:
    """Let one fault loose on a pool of examples, which learns which of them noticed it."""
    fate = run_saboteur(side, name, pool.examples_for(name), healthy, is_reduced=is_reduced)
    if isinstance(fate, Killed):
        pool.noticed(fate.example)
    return fate


def run_saboteur(
    side: SideName, name: str, cases: Iterable[Example], healthy: Healthy, *, is_reduced: bool = False
) -> Fate:
    """Let one fault act on one side and compare with the other, healthy one, case by case, until it is noticed.

    Parameters
    ----------
    side : {"reference", "rust"}
        The side that has the fault.
    cases : iterable of Example
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
            comparison = compare_seen(see(faulty, case), healthy.seen(other, case))
            if comparison.differences:
                return Killed(
                    side=side,
                    saboteur=name,
                    by=given_away_by(comparison),
                    example=case.name,
                    after_examples=count,
                    by_generated=is_generated(case),
                    reduced=_reduced(case, faulty, other, healthy) if is_reduced else None,
                )
    return Survived(side=side, saboteur=name, after_examples=count)


def count_hits(cases: Iterable[Example]) -> tuple[RuleCounts, RuleCounts] | None:
    """Let both healthy probes see ``cases`` and return how often each rule fired, the reference first.

    None when the probe module cannot be used.
    """
    probe = native_probe()
    if probe is None:
        return None
    reference = ReferenceProbe()
    probe.reset_counts()
    for case in cases:
        for subject in (reference, probe):
            see(subject, case)
    return reference.rule_counts(), probe.rule_counts()


@contextmanager
def _faulty(side: SideName, name: str, probe: NativeProbe) -> Iterator[Subject]:
    if side == "reference":
        yield ReferenceProbe(name)
        return
    with probe.sabotaged(name):
        yield probe


def _reduced(example: Example, faulty: Subject, other: SideName, healthy: Healthy) -> tuple[int, int]:
    """Return bars and signals of the smallest example that still notices the fault."""

    def is_noticed(smaller: Example) -> bool:
        return bool(compare_seen(see(faulty, smaller), healthy.see(other, smaller)).differences)

    if isinstance(example, CallCase):
        rows = range(example.bars.num_rows)
        kept = reduce_steps(rows, lambda some: len(some) >= BARS_LEAST and is_noticed(_with_bars(example, some)))
        return len(kept), 0
    smallest = reduce_case(example, is_noticed, attempts=_REDUCTION_ATTEMPTS)
    return smallest.bars.num_rows, 0 if smallest.signals is None else smallest.signals.num_rows


def _with_bars(example: CallCase, rows: Sequence[int]) -> CallCase:
    return replace(example, bars=example.bars.take(list(rows)))
