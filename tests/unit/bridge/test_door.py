"""The door that migration plans describe (B-6): bytes in, bytes out, one simulator behind it."""

from __future__ import annotations

import copy
import io
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode
from omega.data.ipc import packed
from omega.door import ExecutionSimulatorPython, ExecutionSimulatorRust
from omega.serve.planning import native_status

from .batches import CONFIG, buy, candle, instruct, table_of, time
from .refusals import refused

needs_native = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")
DOORS = [ExecutionSimulatorPython, pytest.param(ExecutionSimulatorRust, marks=needs_native)]


def rows(answer: bytes) -> list[dict[str, Any]]:
    """The rows of an answer, read as anybody would."""
    with pa.ipc.open_stream(io.BytesIO(answer)) as reader:
        return reader.read_all().to_pylist()


# 0.1 lots: 20 pips to the target are 20 USD; 0.07 lots to the stop 100 pips below −70.
@pytest.mark.rule("B-6", "B-3")
@pytest.mark.parametrize("door", DOORS)
def test_a_loop_as_the_plans_write_it(door: type[ExecutionSimulatorRust]) -> None:
    simulator = door(CONFIG)
    assert simulator.backend == ("rust" if door is ExecutionSimulatorRust else "python")
    signals = table_of([buy(0, size=0.1, take_profit=1.1020), buy(0), buy(0, stop_loss=1.3)])
    assert [row["status"] for row in rows(simulator.process_signals_batch(packed(signals)))] == ["waiting"] * 3
    answer = rows(simulator.evaluate_exits(packed(table_of([candle(0)]))))
    assert [(row["kind"], row["signal_row"], row["reason"]) for row in answer] == [
        ("accepted", 0, None),
        ("opened", None, None),
        ("accepted", 1, None),
        ("opened", None, None),
        ("rejected", 2, "stop_side"),
    ]
    assert [row["order_id"] for row in rows(simulator.get_positions_arrow())] == [1, 2]
    bar = table_of([candle(1, (1.1000, 1.1025, 1.1000, 1.1010))])
    answer = rows(simulator.evaluate_exits(packed(bar)))
    assert [(row["kind"], row["price"], row["profit"]) for row in answer] == [
        ("take_profit", 1.1020, pytest.approx(20.0))
    ]
    updates = pa.table({"order_id": [2], "stop_loss": [1.1005]})
    assert [row["kind"] for row in rows(simulator.apply_updates(packed(updates)))] == ["modified"]
    answer = simulator.evaluate_exit(candle(2, (1.1010, 1.1010, 1.1000, 1.1000)))
    assert [(row["kind"], row["price"], row["profit"]) for row in answer] == [
        ("modified_stop_loss", 1.1005, pytest.approx(3.5))
    ]
    fees = simulator.metrics["fees"]
    assert fees is not None
    assert simulator.cash == simulator.equity == pytest.approx(10_000 + 23.5 - fees)


@pytest.mark.rule("B-6")
@pytest.mark.parametrize("door", DOORS)
def test_one_by_one_is_the_batch(door: type[ExecutionSimulatorRust]) -> None:
    batch, single = door(CONFIG), door(CONFIG)
    signals = [buy(0), buy(0, order_type="limit", price=1.0950, stop_loss=1.09), instruct("exit", 1, fraction=0.5)]
    batch.process_signals_batch(signals)
    assert [single.process_signal(signal)["signal_row"] for signal in signals] == [0, 1, 2]
    for hour in range(3):
        bar = candle(hour, (1.1, 1.1, 1.0940 if hour == 2 else 1.1, 1.1))
        assert rows(batch.evaluate_exits(bar)) == single.evaluate_exit(bar)
        assert batch.state_hash == single.state_hash
    assert batch.get_positions_arrow() == single.get_positions_arrow()


@pytest.mark.rule("B-6")
@pytest.mark.parametrize("door", DOORS)
def test_the_trigger_of_an_entry(door: type[ExecutionSimulatorRust]) -> None:
    simulator = door(CONFIG)
    limit = buy(0, order_type="limit", price=1.0950, stop_loss=1.0850)
    simulator.process_signals_batch([buy(0), limit, {**limit, "price": 1.0900}])
    simulator.evaluate_exits(candle(0))
    market = simulator.entry_trigger(1)
    assert market is not None
    assert (market["order_id"], market["price"], market["direction"]) == (1, 1.1000, "long")
    assert (simulator.entry_trigger(2), simulator.entry_trigger(3)) == (None, None)
    simulator.evaluate_exits(candle(1, (1.1000, 1.1000, 1.0940, 1.0950)))
    simulator.apply_updates([{"order_id": order, "close_fraction": 1.0} for order in (2, 3)])
    found = simulator.entry_trigger(2)
    assert found is not None
    assert (int(found["timestamp"].timestamp() * 1e6), found["price"]) == (time(1), 1.0950)
    assert simulator.entry_trigger(3) is None
    for order_id, code in ((0, ErrorCode.OUT_OF_BOUNDS), (4, ErrorCode.OUT_OF_BOUNDS), (1.0, ErrorCode.TYPE_MISMATCH)):
        error = refused(lambda order_id=order_id: simulator.entry_trigger(order_id))  # type: ignore[misc]
        assert (error.code, error.rule, error.column, error.value) == (code, "B-6", "order_id", order_id)


@needs_native
@pytest.mark.rule("B-6", "F-3")
def test_the_flag_rolls_back() -> None:
    import omega_rust

    assert omega_rust.ExecutionSimulatorRust is ExecutionSimulatorRust
    assert omega_rust.ExecutionSimulatorRust(CONFIG).backend == "rust"
    omega.config.set_feature_flag("use_rust_execution", False)
    assert omega_rust.ExecutionSimulatorRust(CONFIG).backend == "python"
    omega.config.set_feature_flag("use_rust_execution", None)
    assert omega_rust.ExecutionSimulatorRust(CONFIG).backend == "rust"
    with pytest.raises(AttributeError, match="no attribute 'ExecutionSimulatorRusty'"):
        _ = omega_rust.ExecutionSimulatorRusty  # type: ignore[attr-defined]


@needs_native
@pytest.mark.rule("B-6", "B-7")
def test_both_doors_give_the_same_bytes() -> None:
    answers = []
    for door in (ExecutionSimulatorPython, ExecutionSimulatorRust):
        simulator = door(CONFIG)
        draw = {"magic_number": 0, "ordinal": 0, "leg": 0, "direction": "short", "order_type": "stop"}
        texts = {"scenario": "a", "tags": ["x"], "metadata": {"k": "v"}}
        given = [buy(0, **texts), buy(0, take_profit=1.2), instruct("exit", 0, direction="short"), buy(0, symbol="X")]
        answers.append(
            [
                simulator.process_signals_batch(given),
                simulator.evaluate_exits(candle(0)),
                simulator.get_positions_arrow(),
                simulator.apply_updates([{"order_id": 1, "close_fraction": 0.5}, {"order_id": 2, "stop_loss": 1.2}]),
                simulator.evaluate_exits(candle(1, (1.1, 1.1, 1.08, 1.08))),
                simulator.apply_updates({"order_id": 1, "stop_loss": 1.0}),
                simulator.calculate_lot_sizes([{"timestamp": time(0), "price": 1.1, "stop_loss": 1.09}]),
                simulator.calculate_fee_batch([{"timestamp": time(0), "lots": 0.3, "price": 1.1, "leg": 0}]),
                simulator.calculate_slippage_batch([{"timestamp": time(0), **draw}]),
                simulator.get_positions_arrow(),
                simulator.close_all(),
                simulator.state_hash,
            ]
        )
    assert answers[0] == answers[1]


@pytest.mark.rule("B-6", "R-1")
def test_a_door_is_not_copied() -> None:
    error = refused(lambda: copy.copy(ExecutionSimulatorPython(CONFIG)))
    assert error.code is ErrorCode.NOT_IMPLEMENTED


@pytest.mark.rule("B-6", "X-4")
@pytest.mark.parametrize("door", DOORS)
def test_wrong_input_is_a_coded_error(door: type[ExecutionSimulatorRust]) -> None:
    simulator = door(CONFIG)
    for work in (
        lambda: simulator.process_signals_batch(b"\x00"),
        lambda: simulator.process_signal(None),
        lambda: simulator.evaluate_exits(b"ARROW1"),
        lambda: simulator.evaluate_exit({}),
        lambda: simulator.apply_updates("updates.arrow"),
        lambda: door({"symbol": "EURUSD"}),
    ):
        assert refused(work).rule is not None
    assert (simulator.state_hash, simulator.equity) == (bytes(16), 10_000.0)
