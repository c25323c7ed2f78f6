"""The execution simulator through the public API, Arrow in and out included."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import SIGNALS
from omega.data.ipc import packed
from omega.door import ExecutionSimulatorPython, ExecutionSimulatorRust

COUNT = 1_000
STEP = 300_000_000
SINGLE = 20_000
CONFIG = {"symbol": "EURUSD", "timeframe": "M5", "on_ruin": "continue", "costs": {"fee": {"per_million": 30.0}}}


def _bar(bars: omega.Bars, row: int) -> pa.Table:
    return bars.table.slice(row, 1)


def _signals(bar: pa.Table) -> pa.Table:
    """1,000 market longs on one bar; every second one has a stop that the falling bar will reach."""
    row = bar.to_pylist()[0]
    stops = [row["bid_low"] - (0.0050 if index % 2 else 0.0500) for index in range(COUNT)]
    columns: dict[str, Any] = {
        "timestamp": [row["timestamp"]] * COUNT,
        "symbol": ["EURUSD"] * COUNT,
        "signal_type": ["entry"] * COUNT,
        "direction": ["long"] * COUNT,
        "order_type": ["market"] * COUNT,
        "stop_loss": stops,
        "take_profit": [row["ask_high"] + 0.1] * COUNT,
        "magic_number": list(range(COUNT)),
    }
    arrays = [pa.array(columns.get(field.name, [None] * COUNT), field.type) for field in SIGNALS]
    return pa.Table.from_arrays(arrays, schema=SIGNALS)


@pytest.fixture(scope="module")
def single_bars() -> list[dict[str, Any]]:
    return omega.sample_bars(SINGLE, seed=7).table.to_pylist()


def _falling(bar: pa.Table) -> pa.Table:
    """The same bar, 100 pips lower: below half of the stops and above the others."""
    row = bar.to_pylist()[0]
    moved = {name: value - 0.0100 if name not in ("timestamp", "volume") else value for name, value in row.items()}
    return pa.Table.from_pylist([moved], schema=bar.schema)


@pytest.fixture(scope="module")
def bars() -> omega.Bars:
    return omega.sample_bars(100, seed=7)


def _opened(bars: omega.Bars, side: str) -> omega.ExecutionSimulator:
    simulator = omega.ExecutionSimulator(CONFIG, backend=side)
    bar = _bar(bars, 10)
    simulator.process_signals(bar, _signals(bar))
    return simulator


def _assert_equal(bars: omega.Bars, last: pa.Table, closed: int) -> None:
    outcomes = []
    for side in ("python", "rust"):
        simulator = _opened(bars, side)
        events = simulator.evaluate_exits(last)
        assert events.num_rows == closed
        outcomes.append((events.to_pylist(), simulator.state_hash))
    assert outcomes[0] == outcomes[1]


@pytest.mark.benchmark(group="1,000 signals processed")
def test_process_signals(benchmark: Any, bars: omega.Bars, side: str) -> None:
    bar = _bar(bars, 10)
    signals = _signals(bar)
    _assert_equal(bars, _bar(bars, 11), closed=0)
    benchmark.extra_info.update(size=COUNT, unit="signals", side=side)
    benchmark.pedantic(
        lambda simulator: simulator.process_signals(bar, signals),
        setup=lambda: ((omega.ExecutionSimulator(CONFIG, backend=side),), {}),
        rounds=50 if side == "rust" else 10,
        warmup_rounds=2,
    )


def _door(side: str) -> Any:
    return (ExecutionSimulatorRust if side == "rust" else ExecutionSimulatorPython)(CONFIG)


@pytest.mark.benchmark(group="1,000 signals as Arrow IPC bytes, taken")
def test_process_signals_batch(benchmark: Any, bars: omega.Bars, side: str) -> None:
    content = packed(_signals(_bar(bars, 10)))
    assert len({_door(one).process_signals_batch(content) for one in ("python", "rust")}) == 1
    assert _door(side).backend == side
    benchmark.extra_info.update(size=COUNT, unit="signals", side=side)
    benchmark.pedantic(
        lambda door: door.process_signals_batch(content),
        setup=lambda: ((_door(side),), {}),
        rounds=50 if side == "rust" else 10,
        warmup_rounds=2,
    )


@pytest.mark.benchmark(group="1,000 signals as Arrow IPC bytes, taken and processed")
def test_signals_through_the_door(benchmark: Any, bars: omega.Bars, side: str) -> None:
    bar = _bar(bars, 10)
    content, candle = packed(_signals(bar)), bar.to_pylist()[0]

    def both(door: Any) -> tuple[bytes, bytes]:
        return door.process_signals_batch(content), door.evaluate_exits(candle)

    assert both(_door("python")) == both(_door("rust"))
    benchmark.extra_info.update(size=COUNT, unit="signals", side=side)
    benchmark.pedantic(both, setup=lambda: ((_door(side),), {}), rounds=50 if side == "rust" else 10, warmup_rounds=2)


@pytest.mark.benchmark(group="1,000 open positions, none closing")
def test_evaluate_exits_none_closing(benchmark: Any, bars: omega.Bars, side: str) -> None:
    last = _bar(bars, 11)
    _assert_equal(bars, last, closed=0)
    benchmark.extra_info.update(size=COUNT, unit="positions", side=side)
    benchmark.pedantic(
        lambda simulator: simulator.evaluate_exits(last),
        setup=lambda: ((_opened(bars, side),), {}),
        rounds=50 if side == "rust" else 10,
        warmup_rounds=2,
    )


@pytest.mark.benchmark(group="1,000 open positions, half closing")
def test_evaluate_exits_half_closing(benchmark: Any, bars: omega.Bars, side: str) -> None:
    last = _falling(_bar(bars, 11))
    _assert_equal(bars, last, closed=COUNT // 2)
    benchmark.extra_info.update(size=COUNT, unit="positions", side=side)
    benchmark.pedantic(
        lambda simulator: simulator.evaluate_exits(last),
        setup=lambda: ((_opened(bars, side),), {}),
        rounds=50 if side == "rust" else 10,
        warmup_rounds=2,
    )


def _one_by_one(simulator: omega.ExecutionSimulator, single_bars: list[dict[str, Any]]) -> bytes:
    for bar in single_bars:
        simulator.evaluate_exits(bar)
    return simulator.state_hash


@pytest.mark.benchmark(group="20,000 bars one by one, each a dict")
def test_single_bars(benchmark: Any, single_bars: list[dict[str, Any]], side: str) -> None:
    simulators = [omega.ExecutionSimulator(CONFIG, backend=one) for one in ("python", "rust")]
    assert len({_one_by_one(simulator, single_bars) for simulator in simulators}) == 1
    benchmark.extra_info.update(size=SINGLE, unit="bars", side=side)
    benchmark.pedantic(
        lambda simulator: _one_by_one(simulator, single_bars),
        setup=lambda: ((omega.ExecutionSimulator(CONFIG, backend=side),), {}),
        rounds=10 if side == "rust" else 5,
        warmup_rounds=1,
    )
