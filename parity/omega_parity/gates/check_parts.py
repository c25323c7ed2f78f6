"""Do the checks that the gates of pytest do, as far as a plan goes, and sum them up by kind."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final, Self

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


class Elsewhere:
    """Another process that has the same sides and, from entering on, takes kinds from the end of the list."""

    def __init__(self, checks: Iterable[Check], extent: Extent, sides: Sides, kept: Path) -> None:
        self.left = deque(_kinds(checks))
        """What nobody has begun."""
        self._given = (extent, sides, kept)

    def __enter__(self) -> Self:
        self._open = ExitStack()
        pool = self._open.enter_context(ThreadPoolExecutor(1))
        other = self._open.enter_context(Beside())
        self._done = pool.submit(self._take, other)
        return self

    def __exit__(self, *_: object) -> None:
        self.left.clear()
        self._open.close()

    def done(self) -> dict[str, Done]:
        """Wait for what it did, by kind."""
        return self._done.result()

    def _take(self, other: Beside) -> dict[str, Done]:
        """Have the other process do what is left; where it dies, that speaks against the kind."""
        done: dict[str, Done] = {}
        for kind, group in _taken(self.left.pop):
            other.ask(do_kind, kind, tuple(one.name for one in group), *self._given)
            try:
                done[kind] = other.answer()
            except DiedError as why:
                against = (f"the process of the checks {why}",)
                done[kind] = Part(name=kind, items=0, comparisons=0, against=against), ()
        return done


def check_parts(
    checks: Iterable[Check],
    extent: Extent,
    sides: Sides,
    kept: Path,
    on_kind: OnKind,
    document: Document,
    elsewhere: Elsewhere | None = None,
) -> Iterator[Part]:
    """Yield a part per kind of check.

    Parameters
    ----------
    kept : Path
        Where counterexamples are kept.
    document : callable
        Is given the runs that differ.
    elsewhere : Elsewhere, optional
        Who took a share of the same checks, and goes on until both meet.
    """
    kinds = _kinds(checks)
    here: dict[str, Done] = {}
    for kind, group in _taken((deque(kinds) if elsewhere is None else elsewhere.left).popleft):
        on_kind(kind)
        here[kind] = _done(kind, group, Bench(sides, extent, kept))
    there = {} if elsewhere is None else elsewhere.done()
    for kind, _ in kinds:
        if kind in there:
            on_kind(kind)
        part, cases = there[kind] if kind in there else here[kind]
        examples: list[CaseVerdict] = []
        for case in cases:
            examples += documented(case, sides, document)
        yield replace(part, examples=tuple(examples))


def _kinds(checks: Iterable[Check]) -> list[Kind]:
    return [(kind, tuple(group)) for kind, group in groupby(checks, lambda one: one.kind)]


def _taken(take: Callable[[], Kind]) -> Iterator[Kind]:
    """Take from a list of which another thread takes too, until there is nothing left."""
    with suppress(IndexError):
        while True:
            yield take()


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
