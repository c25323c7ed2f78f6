"""Gate: generated sequences through both sides, over generated bars and over windows of real ones."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given

from omega_parity.drive.lockstep import drive, driven_apart
from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import FIGURES_RECORD, CounterexampleError, Search, shortfalls
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.markets import market_set_names, real_market
from omega_parity.generate.reduce import reduce_case
from omega_parity.generate.sequences import window_cases
from omega_parity.generate.steps import bar_steps
from omega_parity.generate.strategies import cases, sample_cases
from omega_parity.golden.kept import case_folders, folder_to_write, keep
from omega_parity.judge.replay import replay_all, replay_hint

DRIVEN = 40
"""Sequences per 1,000 that are also driven operation by operation, which is much slower than a run."""
WINDOWS = 50
"""Windows per real bar set, per 1,000 sequences."""


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


@pytest.mark.market
@pytest.mark.rule("T-2", "E-3", "E-6", "L-4")
@pytest.mark.parametrize("name", market_set_names())
def test_windows_of_real_bars(name: str, market_folder: Path, search: Search) -> None:
    windows = max(1, WINDOWS * search.plan.examples // 1_000)
    for case in window_cases(real_market(market_folder, name), windows, search.plan.seed or 0):
        with contextlib.suppress(CounterexampleError):
            search.judge(case)
            continue
        search.fail(case, f"window-{name}")
    assert search.tally.counts["fills"] >= windows


@pytest.mark.rule("E-19", "H-1", "L-1a", "T-7")
def test_operation_by_operation(search: Search, request: pytest.FixtureRequest) -> None:
    """Both simulators stay equal after every call, and end where the run ends."""
    compared = 0
    for case in sample_cases(max(4, DRIVEN * search.plan.examples // 1_000), search.plan.seed or 0):
        if case.signals is None:
            continue
        case = _for_simulators(case)
        driven = drive(case)
        compared += driven.comparisons
        if driven.divergence is not None:
            smallest = reduce_case(case, lambda one: bool(driven_apart(one)))
            why, steps = driven_apart(smallest), tuple(bar_steps(smallest))
            place = keep(smallest, why, found_by="driven", steps=steps, folder=folder_to_write())
            pytest.fail(f"{case.name}: {why}\n{replay_hint(place)}", pytrace=False)
        run = search.sides[0].engine.run(case.bars, case.signals, case.config)
        assert driven.final["hash"] == run.chain[-1].as_py(), case.name
        assert driven.final["equity"] == run.metrics["final_equity"], case.name
    request.node.user_properties.append((RECORD, {"comparisons": compared}))
    assert compared > 0


def _for_simulators(case: Case) -> Case:
    """What a run does besides its simulator is left out: warm-up, signals after the end, closing at the end."""
    assert case.signals is not None
    last = times_of(case.bars)[-1]
    handed = [row for row, time in enumerate(times_of(case.signals)) if time <= last]
    config = replace(case.config, start=None, close_at_end=False)
    return replace(case, signals=case.signals.take(handed), config=config)
