"""The lock-step driver: own inputs for each side, every outcome compared, stop at the first difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis.stateful import run_state_machine_as_test

from omega.compare.outcome import Failure
from omega.contract.types import BelowMin, EngineConfig, SizingMode, Variant
from omega_parity.drive.invariants import Invariants
from omega_parity.drive.lockstep import DivergedError, LockStep, drive
from omega_parity.drive.stateful import SimulatorMachine
from omega_parity.gates.search import SearchPlan
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.steps import Step, bar_steps
from omega_reference.execution.steps import ExecutionSimulator
from omega_reference.terms import symbol_terms
from omega_reference.worth import value_at


def _faulty(config: EngineConfig) -> ExecutionSimulator:
    return ExecutionSimulator(replace(config, pip_buffer_factor=config.pip_buffer_factor + 4.0))


HEALTHY = (ExecutionSimulator, ExecutionSimulator)
FAULTY = (ExecutionSimulator, _faulty)


def _cases(n: int) -> Iterator[Case]:
    for case in sample_cases(n, seed=2):
        if case.signals is not None:
            last = times_of(case.bars)[-1]
            kept = [row for row, time in enumerate(times_of(case.signals)) if time <= last]
            yield replace(case, signals=case.signals.take(kept), config=replace(case.config, start=None))


def test_equal_sides_stay_equal() -> None:
    case = next(_cases(5))
    driven = drive(case, makers=HEALTHY)
    assert driven.divergence is None
    assert driven.operations == len(list(bar_steps(case)))
    assert driven.comparisons > 5 * driven.operations


@pytest.mark.rule("E-19")
def test_the_first_difference_stops_the_drive() -> None:
    driven = next(one for case in _cases(60) if (one := drive(case, makers=FAULTY)).divergence is not None)
    divergence = driven.divergence
    assert divergence is not None
    assert divergence.number == driven.operations
    assert divergence.before == driven.final
    assert divergence.operation.startswith("evaluate_exits of bars")
    text = divergence.text()
    assert f"operation {divergence.number}, " in text
    assert "before, on both sides: cash " in text
    assert len(text.splitlines()) <= 25


class _Recording:
    """A simulator that remembers where the tables it was given lie."""

    def __init__(self, config: EngineConfig) -> None:
        self._inner = ExecutionSimulator(config)
        self.given: list[pa.Table] = []

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        self.given.append(bars)
        return self._inner.evaluate_exits(bars)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _address(table: pa.Table) -> int:
    chunk: Any = table.column("bid_open").chunk(0)
    address: int = chunk.buffers()[1].address
    return address


def test_each_side_gets_copies_of_its_own() -> None:
    case = next(_cases(5))
    made: list[_Recording] = []

    def maker(config: EngineConfig) -> _Recording:
        made.append(_Recording(config))
        return made[-1]

    pair = LockStep(case.config, (maker, maker))
    pair.evaluate_exits(case.bars)
    assert len({_address(table) for table in (case.bars, made[0].given[0], made[1].given[0])}) == 3


def test_an_error_is_an_outcome() -> None:
    case = next(_cases(5))
    pair = LockStep(case.config, HEALTHY)
    before = pair.state
    outcome = pair.evaluate_exits(case.bars.slice(0, 0))
    assert isinstance(outcome, Failure)
    assert pair.state == before


class _Silent(ExecutionSimulator):
    """Swallows what it should refuse."""

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        return super().evaluate_exits(bars) if bars.num_rows else pa.table({})


def test_an_error_on_one_side_only_is_a_difference() -> None:
    case = next(_cases(5))
    pair = LockStep(case.config, (ExecutionSimulator, _Silent))
    with pytest.raises(DivergedError, match="operation 0, nothing to do: the outcome differs"):
        pair.evaluate_exits(case.bars.slice(0, 0), "nothing to do")


def test_steps_say_what_they_do() -> None:
    assert str(Step(bars=(3, 4))) == "evaluate_exits of bars 3"
    assert str(Step(bars=(3, 9))) == "evaluate_exits of bars 3 to 8"
    assert str(Step(bars=(3, 4), signals=(1, 4))) == "process_signals of rows 1 to 3 in bar 3"
    assert str(Step(bars=(3, 4), signals=(1, 1))) == "process_signals of rows none in bar 3"


@pytest.mark.rule("E-20")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seq": 1}, "event 1 follows -1"),
        ({"kind": "opened"}, "order 1 is opened, which was None"),
        ({"order_id": 2}, "order ids have a gap before 2"),
    ],
)
def test_a_broken_log_is_noticed(change: dict[str, Any], words: str) -> None:
    event = {"seq": 0, "timestamp": 0, "kind": "accepted", "order_id": 1, "size": None, "fee": None, "result": None}
    invariants = Invariants(next(_cases(5)).config)
    with pytest.raises(AssertionError, match=words):
        invariants.add(pa.Table.from_pylist([{**event, **change}]))


@pytest.mark.rule("E-20")
@pytest.mark.parametrize(
    ("row", "cash", "words"),
    [
        ({}, 1.0, "cash is 1.0, the log says"),
        ({"order_id": 2}, None, "not those of the log"),
        ({"status": "pending"}, None, "order 1 is pending"),
        ({"size": 0.0}, None, "order 1 has size 0.0"),
        ({"entry_time": 9}, None, "triggered before its entry"),
        ({"size": 9.0}, None, "order 1 has lots of its own"),
        ({"order_price": 9.0}, None, "more lots than its raw size"),
    ],
)
def test_positions_that_contradict_the_log_are_noticed(row: dict[str, Any], cash: float | None, words: str) -> None:
    found = next(case.config for case in _cases(60) if case.config.variant is Variant.CANONICAL)
    config = replace(found, below_min=BelowMin.REJECT, sizing_mode=SizingMode.RISK)
    invariants = Invariants(config)
    rows = [("accepted", 0), ("opened", 1)]
    blank = {"timestamp": 0, "order_id": 1, "size": 1.0, "fee": None, "result": None}
    invariants.add(pa.Table.from_pylist([{**blank, "kind": kind, "seq": seq} for kind, seq in rows]))
    position = {"order_id": 1, "status": "open", "size": 1.0, "entry_time": 0, "trigger_time": 0}
    risk = value_at(symbol_terms(config).worth, 2.0, 0)  # one lot over a distance of 1
    levels = {"order_price": 2.0, "initial_stop_loss": 1.0, "risk_per_trade": risk, "signal_row": 0}
    balance = config.initial_balance if cash is None else cash
    with pytest.raises(AssertionError, match=words):
        invariants.check(balance, pa.Table.from_pylist([{**position, **levels, **row}]), [None])


def test_the_state_machine_finds_a_fault() -> None:
    class Machine(SimulatorMachine):
        makers = FAULTY

    settings = SearchPlan(profile="default", examples=300, seed=None).settings()
    with pytest.raises(DivergedError, match="differs"):
        run_state_machine_as_test(Machine, settings=settings)
    assert Machine.last is not None
    case, steps = Machine.last.counterexample()
    assert drive(case, steps, FAULTY).divergence is not None
    assert len(steps) <= 4
    assert case.signals is not None
    assert case.signals.num_rows == 1
    assert {row for step in steps for row in range(*step.bars)} == set(range(case.bars.num_rows))
    assert (case.config.fee_per_million, case.config.risk_fraction) == (0.0, None)
