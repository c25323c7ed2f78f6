"""Batches, updates and the door on both sides, over generated markets: the same bytes, the chain of single calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omega
from omega.compare.outcome import Failure
from omega.contract.batches import UPDATES
from omega.contract.errors import OmegaError
from omega.door import ExecutionSimulatorPython, ExecutionSimulatorRust
from omega.serve.planning import native_status
from omega_parity.drive.lockstep import LockStep
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.steps import bar_steps

CASES: Final = 20
BARS: Final = 24
LEAST: Final = {
    "modified": 40,
    "partially_closed": 5,
    "closed": 6,
    "cancelled": 4,
    "stop_side": 20,
    "target_side": 20,
    "no_match": 40,
    "part_below_min": 1,
    "not_positive": 2,
    "refused": 20,
}
"""What has to come of updates, or they are not drawn widely enough."""

pytestmark = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")


def drawn_updates(draw: random.Random, orders: int, live: list[int], price: float) -> pa.Table:
    """Some updates of orders there are and were, and of some that never were; levels around the price."""
    rows = []
    for _ in range(draw.choice((1, 1, 2, 5))):
        levels = [price * (1.0 + draw.choice((-1.0, 1.0)) * 10 ** draw.uniform(-5, -2)) for _ in range(2)]
        fraction = draw.choice((1.0, 0.5, 0.9, 0.1, 1e-9, draw.uniform(0.0, 1.0)))
        wild = draw.choice((0.0, -1.0, 1e-12, 1e13, float("nan"), float("inf")))
        rows.append(
            {
                "order_id": draw.choice((*live, draw.randint(1, orders))) if draw.random() < 0.98 else orders + 1,
                "stop_loss": draw.choice((None, levels[0], 1e-12 if draw.random() < 0.2 else levels[0])),
                "take_profit": draw.choice((None, None, levels[1])),
                "close_fraction": draw.choice((None, fraction)),
            }
        )
        if draw.random() < 0.03:
            rows[-1][draw.choice(("stop_loss", "take_profit", "close_fraction"))] = wild
    return pa.Table.from_pylist(rows, schema=UPDATES.schema)


@pytest.mark.rule("B-4", "Q-B4")
def test_updates_do_the_same_on_both_sides() -> None:
    draw, seen = random.Random(13), Counter[str]()
    for case in sample_cases(CASES, seed=13):
        if case.signals is None:
            continue
        pair, orders = LockStep(case.config), 0
        for step in bar_steps(case):
            bars, signals = step.rows(case)
            if signals is not None:
                outcome = pair.process_signals(bars, signals)
                orders += 0 if isinstance(outcome, Failure) else outcome["kind"].to_pylist().count("accepted")
                continue
            pair.evaluate_exits(bars)
            live: list[Any] = pair.reference.positions()["order_id"].to_pylist()
            if orders and draw.random() < (0.6 if live else 0.1):
                close: Any = bars["bid_close"].to_pylist()[-1]
                seen.update(kinds_of(pair.apply_updates(drawn_updates(draw, orders, live, close))))
    assert {name: seen[name] for name, least in LEAST.items() if seen[name] < least} == {}


def kinds_of(outcome: pa.Table | Failure) -> Iterator[str]:
    if isinstance(outcome, Failure):
        yield "refused"
        return
    for row in outcome.to_pylist():
        yield row["reason"] if row["kind"] == "rejected" else row["kind"]


@dataclass(frozen=True)
class Day:
    """What is done with a simulator: a configuration, and before each bar the signals and after it the updates."""

    config: dict[str, Any]
    signals: list[list[dict[str, Any]]]
    updates: list[list[dict[str, Any]]]


TABLE: Final = omega.sample_bars(BARS, backend="python").table if native_status().is_usable else None
PIPS: Final = st.sampled_from([2.0, 5.0, 15.0, 60.0, -10.0])


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Signals of every type for this bar and later ones, and updates of orders that there may be."""
    assert TABLE is not None
    config = {
        "symbol": "EURUSD",
        "timeframe": "M5",
        "variant": draw(st.sampled_from(["canonical", "v1"])),
        "costs": {"fee": {"per_million": 30.0}, "slippage": {"random_pips": draw(st.sampled_from([0.0, 0.7]))}},
        "max_positions_per_symbol": draw(st.sampled_from([None, 3])),
    }
    bars = TABLE.to_pylist()
    last = 0
    signals, updates = [], []
    for row in range(BARS):
        batch = []
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 4]))):
            last = max(last, row + draw(st.sampled_from([0, 0, 0, 1, 3])))
            batch.append(signal(draw, bars[min(last, BARS - 1)]))
        signals.append(batch)
        asked = draw(st.sampled_from([0, 0, 0, 1, 3]))
        updates.append([update(draw, bars[row]["bid_close"]) for _ in range(asked)])
    return Day(config, signals, updates)


def signal(draw: st.DrawFn, bar: dict[str, Any]) -> dict[str, Any]:
    """One signal at the bar's time."""
    way = draw(st.sampled_from(["long", "short"]))
    side, close = (1.0 if way == "long" else -1.0), bar["bid_close"]
    kind = draw(st.sampled_from(["entry", "entry", "entry", "exit", "modify"]))
    order_type = draw(st.sampled_from(["market", "limit", "stop"]))
    price = close + draw(st.sampled_from([-3.0, 0.0, 3.0])) * 1e-4
    entry = kind == "entry"
    return {
        "timestamp": bar["timestamp"],
        "symbol": draw(st.sampled_from(["EURUSD"] * 9 + ["GBPUSD"])),
        "signal_type": kind,
        "direction": draw(st.sampled_from([way, way, None])),
        "order_type": order_type if entry else None,
        "price": price if entry else None,
        "size": draw(st.sampled_from([None, 0.07, 0.5])) if entry else None,
        "stop_loss": draw(st.sampled_from([None, close - side * draw(PIPS) * 1e-4, -1.0])),
        "take_profit": draw(st.sampled_from([None, close + side * draw(PIPS) * 1e-4])),
        "magic_number": draw(st.integers(0, 1)),
        "trailing_distance": draw(st.sampled_from([None, 0.0003])) if entry else None,
        "fraction": draw(st.sampled_from([None, 0.5])) if kind == "exit" else None,
    }


def update(draw: st.DrawFn, close: float) -> dict[str, Any]:
    return {
        "order_id": draw(st.integers(1, 6)),
        "stop_loss": draw(st.sampled_from([None, close - draw(PIPS) * 1e-4])),
        "take_profit": draw(st.sampled_from([None, close + draw(PIPS) * 1e-4])),
        "close_fraction": draw(st.sampled_from([None, 0.5, 1.0])),
    }


def answered(work: Callable[[], object]) -> object:
    """What a call answers, or how it refuses."""
    try:
        return work()
    except OmegaError as error:
        return error.code, error.rule, error.column, error.row, error.value


@pytest.mark.rule("B-2", "B-3", "B-4", "B-6", "B-7")
@settings(max_examples=40)
@given(day=days())
def test_both_doors_answer_the_same_bytes(day: Day) -> None:
    doors = [door(day.config) for door in (ExecutionSimulatorPython, ExecutionSimulatorRust)]
    assert TABLE is not None
    for row in range(BARS):
        calls: list[Callable[[ExecutionSimulatorRust | ExecutionSimulatorPython], object]] = [
            lambda door, row=row: door.process_signals_batch(day.signals[row]),  # type: ignore[misc]
            lambda door, row=row: door.evaluate_exits(TABLE.slice(row, 1)),  # type: ignore[misc]
            lambda door, row=row: door.apply_updates(day.updates[row]),  # type: ignore[misc]
            lambda door: door.get_positions_arrow(),
            lambda door: door.state_hash,
        ]
        for call in calls:
            first, second = (answered(lambda door=door, call=call: call(door)) for door in doors)  # type: ignore[misc]
            assert first == second
    assert doors[0].metrics == doors[1].metrics


@pytest.mark.rule("B-2", "B-4", "E-19")
@settings(max_examples=25)
@given(day=days())
def test_batches_leave_the_chain_of_single_calls(day: Day) -> None:
    assert TABLE is not None
    batch, single = (omega.ExecutionSimulator(day.config, backend="rust") for _ in range(2))
    door = ExecutionSimulatorPython(day.config)
    waiting: list[dict[str, Any]] = []
    for row, bar in enumerate(TABLE.to_pylist()):
        batch.process_signals_batch(day.signals[row])
        waiting += day.signals[row]
        for given_signal in day.signals[row]:
            door.process_signal(given_signal)
        while waiting and waiting[0]["timestamp"] <= bar["timestamp"]:
            single.process_signals(bar, waiting.pop(0))
        single.evaluate_exits(bar)
        batch.evaluate_exits(TABLE.slice(row, 1))
        door.evaluate_exit(bar)
        assert batch.state_hash == single.state_hash == door.state_hash
        known = len({*batch.trades["order_id"].to_pylist(), *batch.positions()["order_id"].to_pylist()})
        asked = [one for one in day.updates[row] if one["order_id"] <= known and any(list(one.values())[1:])]
        batch.apply_updates(asked)
        for one in asked:
            single.apply_updates(one)
            door.apply_updates(one)
        assert batch.state_hash == single.state_hash == door.state_hash
    assert batch.trades.equals(single.trades)
    assert batch.metrics == single.metrics == door.metrics
