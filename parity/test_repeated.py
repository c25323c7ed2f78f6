"""Gate: runs that are long, that start at the same time, and that are one of thousands in a process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

import pytest

from omega.compare.compare import compare_outcomes, merge
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import observe
from omega_parity.drive.repeated import run_again, run_at_once
from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import sample_case, sample_cases

THREADS = 4
CASES = 24
RUNS = 5_200
"""More than 5,000, and on each side."""

SMALL_BARS = 3

Record = Callable[[int], None]


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    return lambda compared: request.node.user_properties.append((RECORD, {"comparisons": compared}))


@pytest.fixture(scope="module")
def small(sides: Sides) -> Case:
    """The beginning of the first generated case in which something fills that soon."""
    for case in sample_cases(200, seed=1):
        if case.signals is not None:
            bars = case.bars.slice(0, SMALL_BARS)
            due = bisect_right(times_of(case.signals), times_of(bars)[-1])
            config = replace(case.config, close_at_end=True, start=None)
            begun = replace(case, bars=bars, signals=case.signals.slice(0, due), config=config)
            if sides[1].engine.run(begun.bars, begun.signals, begun.config).trades.num_rows > 0:
                return begun
    pytest.fail("no generated case fills that soon", pytrace=False)


@pytest.mark.rule("L-4", "H-2")
@pytest.mark.parametrize("which", [0, 1], ids=["reference", "rust"])
def test_runs_at_the_same_time(which: int, sides: Sides, record: Record) -> None:
    """What threads make of the same cases is what the other side makes of each alone."""
    cases = [case for index in range(CASES) if (case := sample_case(3, index)).bars.num_rows <= 300]
    alone = [observe(sides[1 - which], case.bars, case.signals, case.config).outcome for case in cases]
    found = run_at_once(sides[which], cases, THREADS)
    pairs = [pair for outcomes in found.outcomes for pair in zip(alone, outcomes, strict=True)]
    whole = merge([compare_outcomes(*pair) for pair in pairs])
    record(whole.comparisons)
    assert not whole.differences, f"{sides[which].label}: {whole.differences[0]}"
    assert found.overlaps > THREADS, "no two runs were under way at the same time"
    assert all(isinstance(outcome, RunOutput) for outcome in alone)


@pytest.mark.rule("L-4", "H-2")
def test_thousands_of_runs_in_one_process(small: Case, sides: Sides, record: Record) -> None:
    """The last run gives what the first gave, on each side, and both sides the same."""
    last = []
    for side in sides:
        outcome, differing = run_again(side, small, RUNS)
        assert differing is None, f"{side.label}: run {differing} of {small.name} differs from the first"
        last.append(outcome)
    comparison = compare_outcomes(*last)
    record(comparison.comparisons + 2 * RUNS)
    assert not comparison.differences, comparison.differences[0]
