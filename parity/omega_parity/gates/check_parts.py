"""Do the checks that the gates of pytest do, as far as a plan goes, and sum them up by kind."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Final

from omega_parity.drive.sides import Sides
from omega_parity.gates.checks.bench import Bench, Check, CheckFailedError, Extent, LeftOutError
from omega_parity.gates.evidence import Document, documented
from omega_parity.gates.provenance import CHECKOUT
from omega_parity.gates.surroundings import end_running
from omega_parity.gates.verdict import Part
from omega_parity.judge.verdict import CaseVerdict

MOST_SHOWN: Final = 3
"""Failures of one kind that are told; the others are counted."""

_POLL_SECONDS: Final = 0.02

OnKind = Callable[[str], None]


def check_parts(
    checks: Iterable[Check], extent: Extent, sides: Sides, kept: Path, on_kind: OnKind, document: Document
) -> Iterator[Part]:
    """Yield a part per kind of check; kinds that wait for other processes are begun before the others.

    Parameters
    ----------
    kept : Path
        Where counterexamples are kept.
    document : callable
        Is given the runs that differ.
    """
    kinds = [(kind, tuple(group)) for kind, group in groupby(checks, lambda one: one.kind)]
    with ThreadPoolExecutor(1) as pool:
        begun = {
            kind: pool.submit(_part, kind, group, Bench(sides, extent, kept), document)
            for kind, group in kinds
            if all(one.is_elsewhere for one in group)
        }
        try:
            for kind, group in kinds:
                on_kind(kind)
                bench = Bench(sides, extent, kept)
                yield begun[kind].result() if kind in begun else _part(kind, group, bench, document)
        except BaseException:  # Ctrl-C: the pool would wait for all that the other processes have to do
            for work in begun.values():
                while not (work.cancel() or work.done()):
                    end_running()
                    time.sleep(_POLL_SECONDS)
            raise


def _part(kind: str, checks: tuple[Check, ...], bench: Bench, document: Document) -> Part:
    against: list[str] = []
    left_out: list[str] = []
    done: Counter[str] = Counter()
    examples: list[CaseVerdict] = []
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
                if error.case is not None and len(examples) < MOST_SHOWN:
                    examples += documented(error.case, bench.sides, document)
            except Exception as error:  # a check that breaks down is no check that holds
                against.append(f"{one.name}: {type(error).__name__}: {error}")
            done[one.name] += 1
    if len(against) > MOST_SHOWN:
        against[MOST_SHOWN:] = [f"{len(against) - MOST_SHOWN} more of {done.total()} calls"]
    return Part(
        name=kind,
        items=done.total(),
        comparisons=bench.counts["comparisons"],
        compared=dict(bench.compared),
        differing=dict(bench.differing),
        against=tuple(against),
        examples=tuple(examples),
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
