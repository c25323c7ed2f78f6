"""Both sides against a third opinion that shares nothing with them but the contract (``opinion.py``).

Decisions, prices and sizes are equal, amounts within 1e-9 of their scale. What it cannot decide as doubles do stands in
``test_known_differences.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from omega_parity.generate.markets import (
    market_data_folder,
    market_set_names,
    real_market,
    required_market_data,
    sample_market,
)

from . import cases
from .cases import Input
from .comparing import compare
from .detailed import detailed
from .foreign import foreign
from .managed import managed
from .ticked import ticked

BACKENDS: Final = ("python", "rust")

SOURCES: Final[dict[str, tuple[Callable[[], Iterator[Input]], int]]] = {
    "golden": (cases.golden, 70_000),
    "generated": (lambda: cases.generated(220), 450_000),
    "generated, by the strategy": (lambda: cases.generated(25, by_strategy=True), 60_000),
    "odd numbers": (lambda: cases.odd(90), 180_000),
    "another currency, ruin and margin": (lambda: foreign(200), 400_000),
    "managed": (lambda: managed(150), 1_500_000),
    "ticks": (lambda: ticked(120), 250_000),
    "detail bars": (lambda: detailed(160), 250_000),
    "sample, signals": (lambda: iter([cases.over_market(sample_market(), 1)]), 250_000),
    "sample, the strategy": (lambda: iter([cases.by_strategy(sample_market(), 1)]), 250_000),
}
"""Where runs come from, and how many values of both sides they must at least compare."""

IN_TOTAL: Final = 1_000_000


FOLDER: Final = market_data_folder()

REAL_SETS: Final = () if FOLDER is None else market_set_names()
"""Real bars are no part of a checkout."""

ON_REAL_BARS: Final = 30_000


def differences(run: Input) -> tuple[int, list[str]]:
    """Run both sides and the third opinion; return how many values were compared, and which differ.

    A run with a decision within rounding of its threshold is left out: one of the strategy, or about ruin or margin.
    """
    opinion = run.opinion()
    if opinion.close_calls or (opinion.strategy is not None and opinion.strategy.close_calls):
        return 0, []
    compared, found = 0, []
    for backend in BACKENDS:
        comparison = compare(run.result(backend), opinion)
        compared += comparison.compared
        found += [f"{run.name} {backend} {difference}" for difference in comparison.differences]
    return compared, found


def agree(runs: Iterator[Input], at_least: int) -> None:
    compared = 0
    for run in runs:
        count, found = differences(run)
        assert not found, "\n".join(found[:20])
        compared += count
    assert compared >= at_least


def test_enough_is_compared() -> None:
    assert sum(least for _, least in SOURCES.values()) >= IN_TOTAL


@pytest.mark.rule("N-6", "N-8", "C-1", "C-2", "S-1", "S-2", "S-4", "E-1", "E-2", "E-3", "E-4", "E-5", "E-6", "E-7")
@pytest.mark.rule("C-6", "E-21", "E-17", "Q-E17", "Q-E17c", "E-22", "Q-E22", "Q-E22b")
@pytest.mark.rule("E-8", "E-9", "E-10", "E-11", "E-12", "E-18", "P-1", "P-2", "P-3", "P-4", "P-5", "A-4", "L-1", "T-8")
@pytest.mark.parametrize("source", [*SOURCES, *(pytest.param(name, marks=pytest.mark.market) for name in REAL_SETS)])
def test_both_sides_are_right_by_a_third(source: str) -> None:
    if source in SOURCES:
        runs, at_least = SOURCES[source]
        agree(runs(), at_least)
    else:
        assert FOLDER is not None
        agree(iter([cases.over_market(real_market(FOLDER, source), 1, 300)]), ON_REAL_BARS)


def test_real_bars_are_there_where_they_are_demanded() -> None:
    required_market_data()
    assert (REAL_SETS != ()) is (FOLDER is not None)
