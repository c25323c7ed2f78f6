"""The execution simulator, step by step."""

from __future__ import annotations

import pyarrow as pa
import pytest

import omega
from omega.contract import types
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import EVENTS

from .conftest import CONFIG, signals


@pytest.mark.rule("E-19")
def test_simulator_step_by_step_equals_the_run(sample: omega.Bars, backend: str) -> None:
    due = {row["timestamp"]: row for row in signals(sample)}
    run = omega.run_signals(sample, list(due.values()), CONFIG, backend=backend)
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    assert (simulator.backend, simulator.state_hash, simulator.equity) == (backend, bytes(16), 10_000.0)
    events = []
    for row in range(len(sample)):
        bar = sample.table.slice(row, 1)
        signal = due.get(int(sample.times[row]))
        if signal is not None:
            events.append(simulator.process_signals(bar, signal))
        events.append(simulator.evaluate_exits(bar.to_pylist()[0]))
    assert pa.concat_tables(events).equals(run.events)
    assert simulator.state_hash.hex() == run.last_state_hash
    assert (simulator.cash, simulator.equity) == (run.metrics["final_cash"], run.metrics["final_equity"])
    assert simulator.positions().equals(run.positions)


@pytest.mark.rule("E-19", "Q-E19")
def test_simulator_keeps_the_texts_of_every_call(sample: omega.Bars, backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    assert simulator.positions().num_rows == 0
    given = [{**row, "timestamp": int(sample.times[0])} for row in signals(sample)[:1]] * 3
    texts = [
        {"scenario": "a", "tags": ["x", "y"], "metadata": {"k": "v"}},
        {},
        {"scenario": "c", "metadata": {"n": "1"}},
    ]
    for row, text in enumerate(texts):
        bar = sample.table.slice(row, 1)
        close = bar["bid_close"][0].as_py()
        signal = {**given[row], "timestamp": int(sample.times[row]), "stop_loss": close - 0.01, **text}
        signal |= {"price": None, "take_profit": None, "direction": "long", "order_type": "market"}
        simulator.process_signals(bar, [signal])
    found = simulator.positions().select(["scenario", "tags", "metadata"]).to_pylist()
    assert found == [
        {"scenario": "a", "tags": ["x", "y"], "metadata": [("k", "v")]},
        {"scenario": None, "tags": None, "metadata": None},
        {"scenario": "c", "tags": None, "metadata": [("n", "1")]},
    ]


def test_simulator_takes_bars_of_every_kind(sample: omega.Bars, backend: str) -> None:
    rows = sample.table.slice(0, 3).to_pylist()
    record = types.Bar(**{**rows[0], "timestamp": int(sample.times[0])})
    for bars in (sample, sample.table, rows, rows[0], record, [record]):
        simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
        assert simulator.evaluate_exits(bars).schema.equals(EVENTS)
        assert simulator.state_hash != bytes(16)


@pytest.mark.rule("E-5", "Q-T2c")
def test_simulator_judges_positions_on_bars_of_their_symbol_only(sample: omega.Bars, backend: str) -> None:
    simulator = omega.ExecutionSimulator({**CONFIG, "symbol": "GBPUSD"}, backend=backend)
    symbols = pa.array(["EURUSD"] * len(sample), pa.large_string())
    for bars in (sample, sample.table.append_column("symbol", symbols)):
        with pytest.raises(OmegaError) as caught:
            simulator.evaluate_exits(bars)
        error = caught.value
        assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", "symbol")
        assert (error.row, error.value) == (0, "EURUSD")
    assert simulator.state_hash == bytes(16)


def test_simulator_refuses(sample: omega.Bars, backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    with pytest.raises(OmegaError) as caught:
        simulator.on_tick({"bid": 1.0})
    assert (caught.value.code, caught.value.rule) == (ErrorCode.MISSING_REQUIRED_FIELD, "T-3")
    with pytest.raises(OmegaError) as caught:
        simulator.process_signals(sample.table.slice(0, 2), signals(sample)[:1])
    assert caught.value.code is ErrorCode.SIZE_MISMATCH
    incomplete = {"timestamp": int(sample.times[0]), "bid_open": 1.0}
    with pytest.raises(OmegaError) as caught:
        simulator.evaluate_exits(incomplete)
    assert caught.value.code is ErrorCode.MISSING_REQUIRED_FIELD
    for bars in (3, "bars.parquet"):
        with pytest.raises(OmegaError):
            simulator.evaluate_exits(bars)
    with pytest.raises(OmegaError, match="timeframe"):
        omega.ExecutionSimulator({"symbol": "EURUSD"}, backend=backend)
    assert simulator.state_hash == bytes(16)
