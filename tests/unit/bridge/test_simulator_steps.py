"""The execution simulator in a live loop: single bars, what it tells, how it ends."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import omega
from omega.compare.outcome import Failure
from omega.contract import types
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import EVENTS

from .conftest import CONFIG, SIGNAL, signals


def given(bars: omega.Bars) -> list[dict[str, Any]]:
    """Return signals that leave positions open: a hedge, whose drawdown lasts to the end, and one of the last bar."""
    market = {"order_type": "market", "price": None, "take_profit": None, "size": 0.5}
    long, short = ({**market, "direction": way, "stop_loss": level} for way, level in (("long", 1.0), ("short", 1.2)))
    rows = ((5, long), (6, short), (-1, long))
    left = [{**SIGNAL, **row, "timestamp": int(bars.times[at])} for at, row in rows]
    return sorted([*signals(bars)[1:], *left], key=lambda row: row["timestamp"])


def stepped(bars: omega.Bars, config: dict[str, Any], backend: str) -> omega.ExecutionSimulator:
    """Return a simulator that was given all bars and their signals, every bar as a dict."""
    simulator = omega.ExecutionSimulator(config, backend=backend)
    assert {simulator.backend, *(choice.backend for choice in simulator.flags)} == {backend}
    due = {row["timestamp"]: row for row in given(bars)}
    for row, time in zip(bars.table.to_pylist(), map(int, bars.times), strict=True):
        if time in due:
            simulator.process_signals(row, due[time])
        simulator.evaluate_exits(row)
    return simulator


def refusal(simulator: omega.ExecutionSimulator, bars: object) -> Failure:
    with pytest.raises(OmegaError) as caught:
        simulator.evaluate_exits(bars)
    return Failure.of(caught.value)


@pytest.mark.rule("Q-E19", "Q-T2f")
def test_a_single_bar_of_any_kind_is_the_table_of_its_row(sample: omega.Bars, backend: str) -> None:
    row = {**sample.table.slice(3, 1).to_pylist()[0]}
    time = int(sample.times[3])
    bare = {name: value for name, value in row.items() if name != "volume"}
    kinds: dict[str, Any] = {
        "as pyarrow has it": row,
        "µs": {**row, "timestamp": time},
        "text": {**row, "timestamp": row["timestamp"].isoformat()},
        "NumPy": {name: np.float64(value) for name, value in row.items() if name != "timestamp"}
        | {"timestamp": np.datetime64(time, "us")},
        "with its symbol": {**row, "symbol": "EURUSD"},
        "a symbol not set": {**row, "symbol": None},
        "a record": types.Bar(**{**row, "timestamp": time}),
        "a list": [{**row, "symbol": "EURUSD"}],
        "whole volume": {**row, "volume": 7},
    }
    hashes = set()
    for kind, bar in kinds.items():
        simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
        assert simulator.evaluate_exits(bar).equals(EVENTS.empty_table()), kind
        hashes.add(simulator.state_hash)
    table = omega.ExecutionSimulator(CONFIG, backend=backend)
    table.evaluate_exits(sample.table.slice(3, 1))
    assert hashes == {table.state_hash}
    for volume in (bare, {**bare, "volume": None}):
        assert omega.ExecutionSimulator(CONFIG, backend=backend).evaluate_exits(volume).num_rows == 0


FAULTS: dict[str, dict[str, Any]] = {
    "no number": {"bid_low": math.nan},
    "infinite": {"ask_high": math.inf},
    "negative": {"bid_open": -1.0},
    "beyond its high": {"ask_close": 9.0},
    "negative volume": {"volume": -1.0},
    "null": {"bid_close": None},
    "year 10000": {"timestamp": 2**62},
    "another symbol": {"symbol": "GBPUSD"},
    "two faults, the first column's counts": {"ask_low": math.nan, "bid_high": -math.inf, "symbol": "GBPUSD"},
}


@pytest.mark.rule("Q-E19", "Q-T2", "Q-T2c", "X-4")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_single_bar_is_refused_as_a_table_is(sample: omega.Bars, backend: str, fault: str) -> None:
    row = {**sample.table.slice(3, 1).to_pylist()[0], "timestamp": int(sample.times[3]), "symbol": "EURUSD"}
    broken = {**row, **FAULTS[fault]}
    fields = [*sample.table.schema, pa.field("symbol", pa.string())]
    types_of = {field.name: field.type for field in fields if broken[field.name] is not None}
    table = pa.table({name: pa.array([broken[name]], kind) for name, kind in types_of.items()})
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    # By their texts: a NaN is not equal to itself.
    assert len({repr(refusal(simulator, bars)) for bars in (broken, table, [broken])}) == 1
    assert simulator.state_hash == bytes(16)
    simulator.evaluate_exits(row)
    assert refusal(simulator, row) == refusal(simulator, sample.table.slice(3, 1))


@pytest.mark.rule("Q-E19", "T-1", "T-2")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"bid_lwo": 1.0}, ErrorCode.INVALID_ARGUMENT),
        ({"bid_low": "1.1"}, ErrorCode.TYPE_MISMATCH),
        ({"bid_low": True}, ErrorCode.TYPE_MISMATCH),
        ({"bid_low": Decimal(1)}, ErrorCode.TYPE_MISMATCH),
        ({"timestamp": 1.5}, ErrorCode.TYPE_MISMATCH),
        ({"timestamp": 2**63}, ErrorCode.TYPE_MISMATCH),
        ({"timestamp": "2024-01-01T00:00:00"}, ErrorCode.TYPE_MISMATCH),
        ({"symbol": 3}, ErrorCode.TYPE_MISMATCH),
    ],
)
def test_a_single_bar_with_a_wrong_value_names_its_cell(
    sample: omega.Bars, backend: str, changed: dict[str, Any], code: ErrorCode
) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    found = refusal(simulator, {**sample.table.slice(3, 1).to_pylist()[0], **changed})
    assert (found.code, found.column, found.row) == (code, next(iter(changed)), 0)


@pytest.mark.rule("E-19", "P-5", "Q-E18b", "Q-P5d")
@pytest.mark.parametrize("closes", [False, True])
def test_trades_and_metrics_are_those_of_a_run(sample: omega.Bars, backend: str, closes: bool) -> None:
    config = {**CONFIG, "close_at_end": closes}
    run = omega.run_signals(sample, given(sample), config, backend=backend)
    assert run.trades.num_rows
    assert bool(run.positions.num_rows) is not closes
    simulator = stepped(sample, config, backend)
    assert simulator.finish().num_rows == (run.events["reason"].to_pylist().count("end_of_data"))
    assert simulator.trades.equals(run.trades)
    assert list(simulator.metrics.items()) == list(run.metrics.items())
    assert simulator.state_hash.hex() == run.last_state_hash


@pytest.mark.rule("Q-E18b")
def test_close_all_closes_the_last_bar_and_the_next_may_follow(sample: omega.Bars, backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    assert simulator.close_all().num_rows == 0
    bar, following = sample.table.slice(0, 2).to_pylist()
    signal = {**signals(sample)[0], "timestamp": int(sample.times[0]), "stop_loss": bar["bid_close"] - 0.01}
    signal |= {"price": None, "take_profit": None, "direction": "long", "order_type": "market"}
    simulator.process_signals(bar, signal)
    with pytest.raises(OmegaError, match="evaluate its exits") as caught:
        simulator.close_all()
    found = (caught.value.code, caught.value.rule, caught.value.column, caught.value.value)
    assert found == (ErrorCode.INVALID_STATE, "E-19", "timestamp", int(sample.times[0]))
    simulator.evaluate_exits(bar)
    assert simulator.close_all()["reason"].to_pylist() == ["end_of_data"]
    state = simulator.state_hash
    assert (simulator.close_all().num_rows, simulator.state_hash) == (0, state)
    assert (simulator.positions().num_rows, simulator.trades.num_rows) == (0, 1)
    assert simulator.equity == simulator.cash
    simulator.evaluate_exits(following)
    assert simulator.state_hash != state


@pytest.mark.rule("Q-E18b", "Q-B4")
def test_a_change_by_id_after_close_all_finds_the_bar_as_it_left_it(sample: omega.Bars, backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    bar = sample.table.slice(0, 1)
    price = bar["ask_close"][0].as_py()
    signal = {**signals(sample)[0], "timestamp": int(sample.times[0]), "stop_loss": price - 0.02, "direction": "long"}
    simulator.process_signals(bar, {**signal, "price": None, "take_profit": None, "order_type": "market"})
    simulator.evaluate_exits(bar)
    simulator.evaluate_exits(sample.table.slice(1, 1))
    closed = simulator.close_all()
    cash = simulator.cash
    assert closed["result"][0].as_py() != 0.0
    refused = simulator.apply_updates([{"order_id": 1, "close_fraction": 1.0}])
    assert refused["reason"].to_pylist() == ["no_match"]
    assert (simulator.cash, simulator.equity, simulator.metrics["final_cash"]) == (cash, cash, cash)


@pytest.mark.rule("Q-E18b")
def test_a_with_block_finishes_unless_an_exception_leaves_it(sample: omega.Bars, backend: str) -> None:
    row = sample.table.slice(0, 1).to_pylist()[0]
    with omega.ExecutionSimulator(CONFIG, backend=backend) as simulator:
        simulator.evaluate_exits(row)
    steps: list[Callable[[], object]] = [
        lambda: simulator.evaluate_exits(sample.table.slice(1, 1)),
        lambda: simulator.process_signals(sample.table.slice(1, 1), []),
        simulator.close_all,
    ]
    for step in steps:
        with pytest.raises(OmegaError, match="build a new one") as caught:
            step()
        assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_STATE, "E-19")
    assert (simulator.finish().num_rows, simulator.metrics["trades"]) == (0, 0)
    with pytest.raises(KeyError), omega.ExecutionSimulator(CONFIG, backend=backend) as left:
        raise KeyError("mine")
    assert left.evaluate_exits(row).num_rows == 0


@pytest.mark.rule("R-1")
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_simulator_is_not_copied(backend: str, copied: Callable[[object], object]) -> None:
    with pytest.raises(OmegaError, match="build another one") as caught:
        copied(omega.ExecutionSimulator(CONFIG, backend=backend))
    assert (caught.value.code, caught.value.rule) == (ErrorCode.NOT_IMPLEMENTED, "R-1")
