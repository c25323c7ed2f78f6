"""Threads (L-6): many simulators side by side give the bits of one after the other, one simulator takes one call."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode
from omega.door import ExecutionSimulatorPython, ExecutionSimulatorRust
from omega.serve.planning import native_status

from .batches import CONFIG, buy, candle, table_of
from .refusals import refused

needs_native = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")
SIDES = ["python", pytest.param("rust", marks=needs_native)]
DOORS = [ExecutionSimulatorPython, pytest.param(ExecutionSimulatorRust, marks=needs_native)]
BARS = 60
SIMULATORS = 8


class _Held:
    """A table that is handed out when it may be, so that a call stands still inside of itself."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.is_asked, self.may_go_on = threading.Event(), threading.Event()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        self.is_asked.set()
        assert self.may_go_on.wait(60)
        return self._table.__arrow_c_stream__()  # type: ignore[no-untyped-call]


def _walk(seed: int) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Candles with a signal in every third, another walk for each seed."""
    draw, price, steps = random.Random(seed), 1.1, []
    for row in range(BARS):
        opened, price = price, round(price + draw.uniform(-0.002, 0.002), 5)
        high, low = round(max(opened, price) + 0.0005, 5), round(min(opened, price) - 0.0005, 5)
        stop = round(low - 0.001, 5)
        signals = [buy(row, stop_loss=stop, take_profit=round(high + 0.001, 5))] if row % 3 == 0 else []
        steps.append((candle(row, (opened, high, low, price)), signals))
    return steps


def _played(make: Any, seed: int) -> tuple[bytes, bytes]:
    """The last digest and what was said on the way."""
    simulator, answers = make(), []
    for bar, signals in _walk(seed):
        if signals:
            simulator.process_signals_batch(signals)
        answers.append(repr(simulator.evaluate_exits(bar)))
    return simulator.state_hash, "".join(answers).encode()


@pytest.mark.rule("L-6")
@pytest.mark.parametrize("side", SIDES)
def test_simulators_in_threads_are_those_of_one_after_the_other(side: str) -> None:
    def make() -> Any:
        return omega.ExecutionSimulator(CONFIG, backend=side)

    alone = [_played(make, seed) for seed in range(SIMULATORS)]
    with ThreadPoolExecutor(SIMULATORS) as pool:
        together = list(pool.map(lambda seed: _played(make, seed), range(SIMULATORS)))
    assert together == alone
    assert len({digest for digest, _ in alone}) == SIMULATORS


@pytest.mark.rule("L-6", "B-6")
@pytest.mark.parametrize("door", DOORS)
def test_doors_in_threads_are_those_of_one_after_the_other(door: Any) -> None:
    alone = [_played(lambda: door(CONFIG), seed) for seed in range(SIMULATORS)]
    with ThreadPoolExecutor(SIMULATORS) as pool:
        together = list(pool.map(lambda seed: _played(lambda: door(CONFIG), seed), range(SIMULATORS)))
    assert together == alone


@pytest.mark.rule("Q-L6")
@pytest.mark.parametrize("side", SIDES)
def test_a_call_beside_another_is_refused_and_neither_changes_the_other(side: str) -> None:
    simulator, single = (omega.ExecutionSimulator(CONFIG, backend=side) for _ in range(2))
    signals = table_of([buy(0)])
    held = _Held(signals)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(simulator.process_signals, candle(0), held)
        assert held.is_asked.wait(60)
        calls = {
            "evaluate_exits": lambda: simulator.evaluate_exits(candle(0)),
            "process_signals": lambda: simulator.process_signals(candle(0), []),
            "process_signals_batch": lambda: simulator.process_signals_batch(signals),
            "apply_updates": lambda: simulator.apply_updates({"order_id": 1, "close_fraction": 1.0}),
            "on_tick": lambda: simulator.on_tick({"timestamp": 0, "bid": 1.1, "ask": 1.1}),
            "close_all": simulator.close_all,
            "finish": simulator.finish,
            "snapshot": simulator.snapshot,
            "positions": simulator.positions,
            "trades": lambda: simulator.trades,
            "metrics": lambda: simulator.metrics,
            "cash": lambda: simulator.cash,
            "state_hash": lambda: simulator.state_hash,
        }
        for name, call in calls.items():
            error = refused(call)
            assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_STATE, "Q-L6", "simulator"), name
        held.may_go_on.set()
        handed = under_way.result(60)
    assert handed.equals(single.process_signals(candle(0), signals))
    for one in (simulator, single):
        one.evaluate_exits(candle(0))
    assert (simulator.state_hash, simulator.waiting) == (single.state_hash, 0)


@pytest.mark.rule("Q-L6")
@pytest.mark.parametrize("door", DOORS)
def test_a_door_refuses_a_call_beside_another(door: Any) -> None:
    simulator = door(CONFIG)
    held = _Held(table_of([candle(0)]))
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(simulator.evaluate_exits, held)
        assert held.is_asked.wait(60)
        for call in (lambda: simulator.evaluate_exits(candle(0)), simulator.get_positions_arrow, simulator.finish):
            error = refused(call)
            assert (error.code, error.rule) == (ErrorCode.INVALID_STATE, "Q-L6")
        held.may_go_on.set()
        under_way.result(60)
    assert simulator.evaluate_exit(candle(1)) == []


@pytest.mark.rule("Q-L6")
@pytest.mark.parametrize("side", SIDES)
def test_a_refused_call_gives_the_turn_back(side: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=side)
    refused(lambda: simulator.process_signals(candle(0), [{"symbol": "EURUSD"}]))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(simulator.evaluate_exits, candle(0)).result(60).num_rows == 0
