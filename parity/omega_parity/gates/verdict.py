"""The answer to a whole call: GO or NO-GO, by case, by part and by component, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from omega_parity.judge.ownership import OWNERS, Counts, owner_of_rule
from omega_parity.judge.reach import Reach
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.selftest.ownership import owner_of_saboteur
from omega_parity.selftest.probe import KillReport, Survived

SCHEMA_VERSION: Final = 3
"""Of ``verdict.json``."""


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
    whole : int
        How many the gates of pytest do; 0 where they count otherwise.
    calls : mapping
        How often each check of it was done.
    left_out : tuple of str
        What could not be done here, and why.
    reach : Reach or None
        What its runs drew of every range, where that was counted.
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
    whole: int = 0
    calls: Counts = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    reach: Reach | None = None

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
            "whole": self.whole or None,
            "left_out": list(self.left_out),
            **{name: getattr(self, name) for name in _SUMMED},
            "examples": [example.as_data() for example in self.examples],
            **({} if self.reach is None else {"reach": self.reach.as_data()}),
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

    @property
    def is_only_differing(self) -> bool:
        """Whether nothing but values that differ speaks against it."""
        return self.values_differing > 0 and self.against == (_differ(self.values_differing),)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The smallest of the cases that part in the same rule, event and field, and the names of the others."""

    smallest: CaseVerdict
    others: tuple[str, ...]

    @property
    def others_text(self) -> str:
        """How many others there are, and their names as far as a line goes."""
        named = ", ".join(self.others[:_MOST_OTHERS]) + (", …" if len(self.others) > _MOST_OTHERS else "")
        return f"{len(self.others)} more cases part there: {named}" if self.others else ""


_MOST_OTHERS: Final = 3

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
    missing: tuple[str, ...] = ()
    """What is recorded and was not there; speaks against a GO."""
    skipped: tuple[str, ...] = ()
    """What the gates of pytest do and this call did not, by choice."""
    is_partial: bool = False
    """Whether the call was told to judge a part only."""

    @property
    def totals(self) -> Totals:
        """Sums over all cases and parts."""
        evidence = (*self.cases, *self.parts)
        sums = {name: sum(getattr(one, name) for one in evidence) for name in _SUMMED}
        return Totals(cases=len(self.cases) + sum(part.items for part in self.parts), **sums)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Where the runs part, the smallest case first; cases that part in the same rule, event and field are one."""
        shown = (*self.cases, *(example for part in self.parts for example in part.examples))
        causes: dict[str, list[CaseVerdict]] = {}
        for case in sorted(shown, key=lambda one: one.size):
            if case.divergence is not None:
                causes.setdefault(case.divergence.cause, []).append(case)
        return tuple(Cause(smallest=first, others=tuple(one.case for one in rest)) for first, *rest in causes.values())

    @property
    def inheriting(self) -> frozenset[str]:
        """Components whose values differ only because another's do, as far as the rules to read first tell."""
        rules = (one.smallest.divergence.rules.partition(",")[0] for one in self.causes if one.smallest.divergence)
        origins = {owner_of_rule(rule) for rule in rules if rule}
        if not origins or "" in origins:
            return frozenset()
        return frozenset(one.name for one in self.components if one.is_only_differing and one.name not in origins)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the gates of pytest do and this call did not, by choice or because it could not."""
        return (*self.skipped, *(f"{part.name}: {why}" for part in self.parts for why in part.left_out))

    @property
    def word(self) -> str:
        """GO, NO-GO, or PARTIAL: nothing speaks against the part that was judged."""
        if self.against:
            return "NO-GO"
        return "PARTIAL" if self.is_partial else "GO"

    @property
    def against(self) -> tuple[str, ...]:
        """Everything that speaks against a GO; comparing nothing does, and not measuring the kills."""
        against = [] if self.totals.comparisons else ["nothing was compared"]
        against += self.missing
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
        """Whether all of it was judged, and nothing speaks against it."""
        return self.word == "GO"

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        totals = self.totals
        return {
            "schema": SCHEMA_VERSION,
            "verdict": self.word,
            "against": list(self.against),
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "totals": {name: getattr(totals, name) for name in totals.__slots__},
            "components": [one.as_data() for one in self.components],
            "kills": None if self.kills is None else self.kills.as_data(),
            "cases": [case.as_data() for case in self.cases],
            "parts": [part.as_data() for part in self.parts],
            "environment": self.environment,
            "flags": self.flags,
        }


def _differ(count: int) -> str:
    return f"{count:,} values differ"


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
    against += [_differ(differing)] if differing else []
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
