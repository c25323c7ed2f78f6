"""Gate: what was ever found, and generated sequences, through both sides."""

from __future__ import annotations

import contextlib

import hypothesis
import pytest
from hypothesis import given

from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import FIGURES_RECORD, CounterexampleError, Search, shortfalls
from omega_parity.generate.cases import Case
from omega_parity.generate.strategies import cases
from omega_parity.golden.kept import case_folders
from omega_parity.judge.replay import replay_all, replay_hint


@pytest.mark.replayed_first
@pytest.mark.rule("H-2")
def test_regressions(sides: Sides, request: pytest.FixtureRequest) -> None:
    """What was ever found stays found."""
    folders = case_folders()
    replayed = replay_all(folders, sides)
    counts = {"comparisons": sum(one.comparisons for one in replayed)}
    request.node.user_properties.append((RECORD, counts))
    pairs = zip(folders, replayed, strict=True)
    red = [f"{one.name}: {one.difference}\n{replay_hint(folder)}" for folder, one in pairs if one.difference]
    if red:
        others = f"\nand {len(red) - 1} more of {len(folders)} regressions" if len(red) > 1 else ""
        pytest.fail(f"{red[0]}{others}", pytrace=False)


@pytest.mark.rule("N-2", "L-1", "L-1a", "L-4", "H-1", "H-2", "P-1", "P-2", "P-3", "P-4", "P-5", "C-1", "C-2", "T-8")
@pytest.mark.rule("E-1", "E-2", "E-3", "E-4", "E-5", "E-6", "E-7", "E-8", "E-9", "E-10", "E-12", "E-18")
@pytest.mark.rule("S-1", "S-2", "S-4", "S-5", "A-3", "A-4", "A-8")
def test_sequences(search: Search, request: pytest.FixtureRequest) -> None:
    found: list[Case] = []

    @search.plan.settings()
    @given(cases())
    def look(case: Case) -> None:
        found[:] = [case]
        search.judge(case)

    if search.plan.seed is not None:
        look = hypothesis.seed(search.plan.seed)(look)
    with contextlib.suppress(CounterexampleError):
        look()
        found.clear()
    if found:
        search.fail(found[0], "generated")
    figures = search.tally.figures()
    request.node.user_properties.append((FIGURES_RECORD, figures))
    missed = shortfalls(figures, search.plan.examples)
    if missed:
        pytest.fail(f"the search proves too little: {'; '.join(missed)}", pytrace=False)
