from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import EngineConfig
from omega_reference.engine import Engine
from omega_reference.execution.steps import ExecutionSimulator

MakeTable = Callable[..., pa.Table]
MakeConfig = Callable[..., EngineConfig]

FLAT = (100.0, 100.0, 100.0, 100.0)
QUOTES = [FLAT, (100.0, 104.0, 97.0, 101.0), (101.0, 112.0, 100.0, 111.0), (95.0, 95.0, 80.0, 90.0)]
SIGNALS: list[dict[str, Any]] = [
    {"take_profit": 111.0},
    {"order_type": "limit", "price": 98.5, "stop_loss": 85.0},
    {"bar": 1, "direction": "short", "stop_loss": 116.0},
    {"bar": 1, "stop_loss": None},
    {"bar": 2, "order_type": "stop", "price": 120.0},
]


def state(simulator: ExecutionSimulator) -> tuple[object, ...]:
    return (simulator.cash, simulator.equity, simulator.state_hash, simulator.positions().to_pylist())


@pytest.mark.rule("E-19")
def test_step_by_step_is_the_run(make_config: MakeConfig, make_bars: MakeTable, make_signals: MakeTable) -> None:
    config = make_config(slippage_random_pips=1.0, fee_per_million=100.0)
    bars, signals = make_bars(QUOTES), make_signals(*SIGNALS)
    simulator = ExecutionSimulator(config)
    events = []
    for row in range(bars.num_rows):
        time = bars["timestamp"][row]
        due = signals.filter(pa.compute.equal(signals["timestamp"], time))
        events.append(simulator.process_signals(bars.slice(row, 1), due))
        events.append(simulator.evaluate_exits(bars.slice(row, 1)))
    output = Engine().run(bars, signals, config)
    assert pa.concat_tables(events).equals(output.events)
    assert simulator.state_hash == output.chain[-1].as_py()
    assert simulator.positions().drop_columns(["signal_row"]).equals(output.positions.drop_columns(["signal_row"]))
    assert (simulator.cash, simulator.equity) == (output.metrics["final_cash"], output.metrics["final_equity"])


@pytest.mark.rule("E-19", "C-5")
def test_a_batch_of_bars_is_its_rows_one_by_one(
    make_config: MakeConfig, make_bars: MakeTable, make_signals: MakeTable
) -> None:
    bars = make_bars(QUOTES)
    batch, single = ExecutionSimulator(make_config()), ExecutionSimulator(make_config())
    for simulator in (batch, single):
        simulator.process_signals(bars.slice(0, 1), make_signals(*SIGNALS[:2]))
    together = batch.evaluate_exits(bars)
    apart = [single.evaluate_exits(bars.slice(row, 1)) for row in range(bars.num_rows)]
    assert together.equals(pa.concat_tables(apart))
    assert state(batch) == state(single)


def test_before_the_first_bar(make_config: MakeConfig) -> None:
    simulator = ExecutionSimulator(make_config())
    assert (simulator.cash, simulator.equity, simulator.state_hash) == (10_000.0, 10_000.0, bytes(16))
    assert simulator.positions().num_rows == 0


@pytest.mark.rule("Q-E19")
def test_start_only_rejects_signals_and_close_at_end_does_not_act(
    make_config: MakeConfig, make_bars: MakeTable, make_signals: MakeTable
) -> None:
    bars = make_bars([FLAT])
    simulator = ExecutionSimulator(make_config(start=2**62, close_at_end=True))
    events = simulator.process_signals(bars, make_signals({}))
    assert events["reason"].to_pylist() == ["before_start"]
    simulator.evaluate_exits(bars)
    assert simulator.state_hash != bytes(16)


def of_gold(bars: pa.Table) -> pa.Table:
    return bars.append_column("symbol", pa.array(["XAUUSD"] * len(bars)))


Misuse = Callable[[ExecutionSimulator, pa.Table, MakeTable], object]


@pytest.mark.rule("Q-E19", "Q-T2c", "E-5", "X-4", "L-1a")
@pytest.mark.parametrize(
    ("misuse", "code", "column"),
    [
        (lambda s, b, g: s.evaluate_exits(b.slice(1, 1)), ErrorCode.INVALID_STATE, "timestamp"),
        (lambda s, b, g: s.evaluate_exits(b.slice(0, 2)), ErrorCode.INVALID_STATE, "timestamp"),
        (lambda s, b, g: s.evaluate_exits(b.slice(2, 1)), ErrorCode.INVALID_STATE, "timestamp"),
        (lambda s, b, g: s.evaluate_exits(b.slice(0, 0)), ErrorCode.EMPTY_INPUT, "timestamp"),
        (lambda s, b, g: s.process_signals(b.slice(1, 1), g()), ErrorCode.INVALID_STATE, "timestamp"),
        (lambda s, b, g: s.process_signals(b.slice(3, 0), g()), ErrorCode.SIZE_MISMATCH, "bar"),
        (lambda s, b, g: s.process_signals(b, g()), ErrorCode.SIZE_MISMATCH, "bar"),
        (lambda s, b, g: s.evaluate_exits(of_gold(b.slice(3, 1))), ErrorCode.CONSTRAINT_VIOLATION, "symbol"),
        (lambda s, b, g: s.process_signals(of_gold(b.slice(3, 1)), g()), ErrorCode.CONSTRAINT_VIOLATION, "symbol"),
        (lambda s, b, g: s.process_signals(b.slice(3, 1), g({"bar": 4})), ErrorCode.CONSTRAINT_VIOLATION, "timestamp"),
        (lambda s, b, g: s.process_signals(b.slice(3, 1), g({"bar": 2})), ErrorCode.CONSTRAINT_VIOLATION, "timestamp"),
        (
            lambda s, b, g: s.process_signals(b.slice(3, 1), g({"bar": 3}, {"bar": 2})),
            ErrorCode.CONSTRAINT_VIOLATION,
            "timestamp",
        ),
        (
            lambda s, b, g: s.process_signals(b.slice(3, 1), g({"bar": 3}, {"bar": 3, "price": float("nan")})),
            ErrorCode.NAN_VALUE,
            "price",
        ),
    ],
)
def test_wrong_use_is_refused_and_changes_nothing(
    make_config: MakeConfig,
    make_bars: MakeTable,
    make_signals: MakeTable,
    misuse: Misuse,
    code: ErrorCode,
    column: str,
) -> None:
    bars = make_bars(QUOTES)
    simulator = ExecutionSimulator(make_config())
    simulator.evaluate_exits(bars.slice(1, 1))
    simulator.process_signals(bars.slice(3, 1), make_signals({"bar": 3}))
    before = state(simulator)
    with pytest.raises(OmegaError) as caught:
        misuse(simulator, bars, make_signals)
    assert (caught.value.code, caught.value.column, caught.value.recoverable) == (code, column, True)
    assert state(simulator) == before
    assert simulator.evaluate_exits(bars.slice(3, 1)).num_rows == 0
