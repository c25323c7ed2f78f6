"""Do the checks that the gates of pytest do, as far as a plan goes, and sum them up by kind."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

from omega_parity.drive.sides import Sides
from omega_parity.gates.beside import Beside, DiedError
from omega_parity.gates.checks import CHECKS
from omega_parity.gates.checks.bench import Bench, Check, CheckFailedError, Extent, LeftOutError
from omega_parity.gates.evidence import Document, documented
from omega_parity.gates.provenance import CHECKOUT
from omega_parity.gates.verdict import Part
from omega_parity.generate.cases import Case
from omega_parity.judge.verdict import CaseVerdict

MOST_SHOWN: Final = 3
"""Failures of one kind that are told; the others are counted."""

OnKind = Callable[[str], None]
Kind = tuple[str, tuple[Check, ...]]
Done = tuple[Part, tuple[Case, ...]]
"""What a kind came to, and the runs that differ."""


def check_parts(
    checks: Iterable[Check],
    extent: Extent,
    sides: Sides,
    kept: Path,
    on_kind: OnKind,
    document: Document,
    *,
    is_shared: bool = False,
) -> Iterator[Part]:
    """Yield a part per kind of check.

    Parameters
    ----------
    kept : Path
        Where counterexamples are kept.
    document : callable
        Is given the runs that differ.
    is_shared : bool
        Whether another process, which has the same sides, takes kinds from the end of the list until both meet.
    """
    kinds = [(kind, tuple(group)) for kind, group in groupby(checks, lambda one: one.kind)]
    for part, cases in (_shared if is_shared else _one_by_one)(kinds, extent, sides, kept, on_kind):
        examples: list[CaseVerdict] = []
        for case in cases:
            examples += documented(case, sides, document)
        yield replace(part, examples=tuple(examples))


def _one_by_one(kinds: list[Kind], extent: Extent, sides: Sides, kept: Path, on_kind: OnKind) -> Iterator[Done]:
    for kind, group in kinds:
        on_kind(kind)
        yield _done(kind, group, Bench(sides, extent, kept))


def _shared(kinds: list[Kind], extent: Extent, sides: Sides, kept: Path, on_kind: OnKind) -> Iterator[Done]:
    left = deque(kinds)
    with ThreadPoolExecutor(1) as pool, Beside() as other:
        elsewhere = pool.submit(_elsewhere, other, left, (extent, sides, kept))
        here: dict[str, Done] = {}
        for kind, group in _taken(left.popleft):
            on_kind(kind)
            here[kind] = _done(kind, group, Bench(sides, extent, kept))
        there = elsewhere.result()
    for kind, _ in kinds:
        if kind in there:
            on_kind(kind)
        yield here[kind] if kind in here else there[kind]


def _taken(take: Callable[[], Kind]) -> Iterator[Kind]:
    """Take from a list of which another thread takes too, until there is nothing left."""
    with suppress(IndexError):
        while True:
            yield take()


def _elsewhere(other: Beside, left: deque[Kind], given: tuple[Extent, Sides, Path]) -> dict[str, Done]:
    """Have the other process do what is left, last kinds first; where it dies, that speaks against the kind."""
    done: dict[str, Done] = {}
    for kind, group in _taken(left.pop):
        other.ask(do_kind, kind, tuple(one.name for one in group), *given)
        try:
            done[kind] = other.answer()
        except DiedError as why:
            done[kind] = Part(name=kind, items=0, comparisons=0, against=(f"the process of the checks {why}",)), ()
    return done


def do_kind(kind: str, names: tuple[str, ...], extent: Extent, sides: Sides, kept: Path) -> Done:
    """Do the checks of a kind by their names."""
    return _done(kind, tuple(CHECKS[f"{kind}: {name}"] for name in names), Bench(sides, extent, kept))


def _done(kind: str, checks: tuple[Check, ...], bench: Bench) -> Done:
    against: list[str] = []
    left_out: list[str] = []
    done: Counter[str] = Counter()
    cases: list[Case] = []
    for one in checks:
        for parameter in one.calls(bench.extent):
            try:
                one(bench, *parameter)
            except LeftOutError as error:
                is_fine = CHECKOUT is None or error.is_declared
                (left_out if is_fine else against).append(str(error))
                continue
            except CheckFailedError as error:
                against.append(f"{one.name}: {error}")
                if error.case is not None and len(cases) < MOST_SHOWN:
                    cases.append(error.case)
            except Exception as error:  # a check that breaks down is no check that holds
                against.append(f"{one.name}: {type(error).__name__}: {error}")
            done[one.name] += 1
    if len(against) > MOST_SHOWN:
        against[MOST_SHOWN:] = [f"{len(against) - MOST_SHOWN} more of {done.total()} calls"]
    part = Part(
        name=kind,
        items=done.total(),
        comparisons=bench.counts["comparisons"],
        compared=dict(bench.compared),
        differing=dict(bench.differing),
        against=tuple(against),
        whole=sum(len(one.parameters) or 1 for one in checks),
        calls=dict(done),
        left_out=tuple(left_out),
        bars=bench.counts["bars"],
        events=bench.counts["events"],
        fills=bench.counts["fills"],
        trades=bench.counts["trades"],
        crossings=bench.counts["crossings"],
        bits_differing=bench.counts["bits_differing"],
    )
    return part, tuple(cases)
