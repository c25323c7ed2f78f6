"""One fault planted in a copy of the reference turns the verdict red at the bar where it first shows."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from types import FunctionType, ModuleType

import pyarrow as pa
import pytest

from omega.contract.protocols import CheckedBars, OnProgress, RunOutput
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.observe import Side
from omega_parity.generate.cases import Case, Floors, signals_case
from omega_parity.generate.markets import sample_market
from omega_parity.judge.run_case import run_case
from omega_reference.engine import Engine
from omega_reference.execution import exits, hits, pending, walk

FAULTS: dict[str, tuple[ModuleType, str, str, str, set[str]]] = {
    "< for <= at the stop": (hits, "find_hits", "<= (position.stop_reach", "< (position.stop_reach", {"E-6"}),
    "mid for bid": (walk, "is_stopped", "return bid <=", "return (bid + ask) / 2.0 <=", {"E-6"}),
    "sides swapped": (walk, "is_entered", "return ask <= price", "return bid <= price", {"E-3"}),
    "wrong extreme first": (walk, "low_first", "return down < up", "return up < down", {"E-7"}),
}


class _Faulty:
    """The reference, with one function rewritten while it runs."""

    def __init__(self, module: ModuleType, function: str, right: str, wrong: str) -> None:
        self._name = function
        self._right = getattr(module, function)
        self._fault = _rewritten(self._right, right, wrong)

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        users = [user for user in (hits, walk, exits, pending) if hasattr(user, self._name)]
        for user in users:
            setattr(user, self._name, self._fault)
        try:
            return Engine().run(bars, signals, config, on_progress)
        finally:
            for user in users:
                setattr(user, self._name, self._right)


def _rewritten(function: FunctionType, right: str, wrong: str) -> Callable[..., object]:
    source = inspect.getsource(function)
    assert right in source, "the reference changed: plant the fault anew"
    namespace = dict(function.__globals__)
    exec(compile(source.replace(right, wrong), "<fault>", "exec"), namespace)
    rewritten: Callable[..., object] = namespace[function.__name__]
    return rewritten


@pytest.fixture(scope="module")
def case() -> Case:
    return signals_case(sample_market(n=6_000), Variant.CANONICAL, seed=1, floors=Floors(fills=500))


def _first_bar_with_other_events(case: Case, faulty: _Faulty) -> int:
    """Found the slow way, without the comparator: bar by bar over plain Python rows."""
    logs = [engine.run(case.bars, case.signals, case.config).events.to_pylist() for engine in (Engine(), faulty)]
    for bar, time in enumerate(case.bars["timestamp"].to_pylist()):
        rows = [[row for row in log if row["timestamp"] == time] for log in logs]
        if rows[0] != rows[1]:
            return bar
    raise AssertionError("the fault never showed")


@pytest.mark.rule("E-6", "E-3", "E-7", "H-2")
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(case: Case, name: str) -> None:
    module, function, right, wrong, rules = FAULTS[name]
    faulty = _Faulty(module, function, right, wrong)
    sides = (Side(label="reference", engine=Engine()), Side(label="faulty", engine=faulty))
    verdict = run_case(case, sides)
    assert not verdict.is_go
    assert verdict.divergence is not None
    assert verdict.divergence.bar == _first_bar_with_other_events(case, faulty)
    assert rules <= set(verdict.divergence.rules.split(", "))
    assert verdict.divergence.fields[0].field in ("event", "known_at", "kind", "price", "reason", "order_id")


def test_without_a_fault_it_is_go(case: Case) -> None:
    sides = (Side(label="reference", engine=Engine()), Side(label="again", engine=Engine()))
    assert run_case(replace(case), sides).is_go
