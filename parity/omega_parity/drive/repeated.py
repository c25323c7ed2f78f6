"""Runs of one side at the same time, and again and again in one process: what one leaves behind, another may find."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Final

from omega.compare.outcome import Outcome
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import Side, capture, fresh_copy
from omega_parity.generate.cases import Case

_TABLES: Final = ("chain", "trades", "events", "equity", "positions")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """What threads made of the same cases.

    Attributes
    ----------
    outcomes : tuple
        By thread, in the order of the cases.
    overlaps : int
        Runs that began before a run of another thread had ended.
    """

    outcomes: tuple[tuple[Outcome, ...], ...]
    overlaps: int


_Timed = tuple[Outcome, float, float]


def run_at_once(side: Side, cases: Sequence[Case], threads: int) -> AtOnce:
    """Run all cases in each of some threads that start together, each with another case first."""
    start = Barrier(threads)

    def run_all(thread: int) -> list[_Timed]:
        turned = [*cases[thread:], *cases[:thread]]
        start.wait()
        done = [_timed(side, case) for case in turned]
        return [*done[len(cases) - thread :], *done[: len(cases) - thread]]

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(run_all, range(threads)))
    return AtOnce(
        outcomes=tuple(tuple(outcome for outcome, _, _ in one) for one in found),
        overlaps=_overlaps([(began, ended) for one in found for _, began, ended in one]),
    )


def _timed(side: Side, case: Case) -> _Timed:
    bars, signals = fresh_copy(case.bars), None if case.signals is None else fresh_copy(case.signals)
    began = time.perf_counter()
    outcome = capture(lambda: side.engine.run(bars, signals, case.config))
    return outcome, began, time.perf_counter()


def _overlaps(spans: list[tuple[float, float]]) -> int:
    count, latest = 0, -1.0
    for began, ended in sorted(spans):
        count += began < latest
        latest = max(latest, ended)
    return count


def run_again(side: Side, case: Case, times: int) -> tuple[Outcome, int | None]:
    """Run one case many times; return the last outcome, and which run was the first to differ from run 0.

    The chain of a run holds the bits of its state bar by bar (H-1); the tables are compared besides.
    """
    first = capture(lambda: side.engine.run(case.bars, case.signals, case.config))
    outcome = first
    for run in range(1, times):
        outcome = capture(lambda: side.engine.run(case.bars, case.signals, case.config))
        if not _equal(first, outcome):
            return outcome, run
    return outcome, None


def _equal(one: Outcome, other: Outcome) -> bool:
    if not isinstance(one, RunOutput) or not isinstance(other, RunOutput):
        return one == other
    return all(getattr(one, name).equals(getattr(other, name)) for name in _TABLES) and (
        repr(one.metrics) == repr(other.metrics)
    )
