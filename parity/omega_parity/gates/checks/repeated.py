"""Runs that start at the same time, and runs that are one of thousands in a process."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import Final

from omega.compare.compare import compare_outcomes, merge
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import observe
from omega_parity.drive.repeated import run_again, run_at_once
from omega_parity.gates.checks.bench import Bench, CheckFailedError, check
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import sample_case, sample_cases

SIDES: Final = (0, 1)

_THREADS: Final = 4
_CASES: Final = 24
_MOST_BARS: Final = 300
_LEAST_CASES: Final = 8
_RUNS: Final = 5_200
"""More than 5,000, and on each side."""
_LEAST_RUNS: Final = 260
_SMALL_BARS: Final = 3


@check("repeated runs", "event_engine", SIDES)
def at_the_same_time(bench: Bench, which: int) -> None:
    """What threads make of the same cases is what the other side makes of each alone."""
    indices = range(bench.extent.few(_CASES, _LEAST_CASES))
    cases = [case for index in indices if (case := sample_case(3, index)).bars.num_rows <= _MOST_BARS]
    side, other = bench.sides[which], bench.sides[1 - which]
    alone = [observe(other, case.bars, case.signals, case.config).outcome for case in cases]
    found = run_at_once(side, cases, _THREADS)
    pairs = [pair for outcomes in found.outcomes for pair in zip(alone, outcomes, strict=True)]
    bench.settle(merge([compare_outcomes(*pair) for pair in pairs]), about=f"{side.label} in {_THREADS} threads")
    bench.require(found.overlaps > _THREADS, "no two runs were under way at the same time")
    bench.require(all(isinstance(outcome, RunOutput) for outcome in alone), "a generated case was refused")


@check("repeated runs", "event_engine")
def thousands_in_one_process(bench: Bench) -> None:
    """The last run gives what the first gave, on each side, and both sides the same."""
    small, runs = _small(bench), bench.extent.few(_RUNS, _LEAST_RUNS)
    last = []
    for side in bench.sides:
        outcome, differing = run_again(side, small, runs)
        bench.require(differing is None, f"{side.label}: run {differing} of {small.name} differs from the first")
        bench.count(runs)
        last.append(outcome)
    bench.settle(compare_outcomes(*last), about=small.name)


def _small(bench: Bench) -> Case:
    """Return the beginning of the first generated case in which something fills that soon."""
    for case in sample_cases(200, seed=1):
        if case.signals is not None:
            bars = case.bars.slice(0, _SMALL_BARS)
            due = bisect_right(times_of(case.signals), times_of(bars)[-1])
            config = replace(case.config, close_at_end=True, start=None)
            begun = replace(case, bars=bars, signals=case.signals.slice(0, due), config=config)
            if bench.sides[1].engine.run(begun.bars, begun.signals, begun.config).trades.num_rows > 0:
                return begun
    raise CheckFailedError("no generated case fills that soon")
