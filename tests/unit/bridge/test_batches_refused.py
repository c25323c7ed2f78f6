"""Batch operations refuse what is wrong with a code and a place, and nothing of it has happened (B-1, X-4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.data.ipc import packed

from .batches import CONFIG, buy, candle, table_of, time
from .refusals import refused

UPDATES = pa.table({"order_id": [1], "stop_loss": [1.0950]})
Found = tuple[ErrorCode, str | None, str | None, int | None]


def place(error: OmegaError) -> Found:
    return error.code, error.rule, error.column, error.row


def opened(backend: str) -> omega.ExecutionSimulator:
    """A simulator with one position of 0.07 lots."""
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    simulator.process_signals_batch(buy(0))
    simulator.evaluate_exits(candle(0))
    return simulator


def kept(simulator: omega.ExecutionSimulator) -> tuple[object, ...]:
    """What a refused call leaves as it was."""
    told = simulator.positions().to_pylist(), simulator.trades.to_pylist()
    return simulator.state_hash, simulator.cash, simulator.equity, simulator.waiting, simulator.metrics, told


def refused_and_kept(simulator: omega.ExecutionSimulator, work: Callable[[], object]) -> OmegaError:
    before = kept(simulator)
    error = refused(work)
    assert kept(simulator) == before
    return error


BAD_UPDATES: dict[str, tuple[Any, Found]] = {
    "unknown order": ({"order_id": 2, "stop_loss": 1.09}, (ErrorCode.OUT_OF_BOUNDS, "B-4", "order_id", 0)),
    "order 0": ({"order_id": 0, "stop_loss": 1.09}, (ErrorCode.OUT_OF_BOUNDS, "B-4", "order_id", 0)),
    "part 0": ({"order_id": 1, "close_fraction": 0.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-4", "close_fraction", 0)),
    "part 2": ({"order_id": 1, "close_fraction": 2.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-4", "close_fraction", 0)),
    "part NaN": ({"order_id": 1, "close_fraction": math.nan}, (ErrorCode.NAN_VALUE, "B-4", "close_fraction", 0)),
    "stop NaN": ({"order_id": 1, "stop_loss": math.nan}, (ErrorCode.NAN_VALUE, "B-4", "stop_loss", 0)),
    "infinite": ({"order_id": 1, "take_profit": math.inf}, (ErrorCode.INFINITE_VALUE, "B-4", "take_profit", 0)),
    "negative": ({"order_id": 1, "stop_loss": -1.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-4", "stop_loss", 0)),
    "huge": ({"order_id": 1, "take_profit": 1e13}, (ErrorCode.CONSTRAINT_VIOLATION, "B-4", "take_profit", 0)),
    "nothing set": ({"order_id": 1}, (ErrorCode.MISSING_REQUIRED_FIELD, "B-4", "stop_loss", 0)),
    "second row": (
        [{"order_id": 1, "stop_loss": 1.08}, {"order_id": 7, "stop_loss": 1.09}],
        (ErrorCode.OUT_OF_BOUNDS, "B-4", "order_id", 1),
    ),
    "column order": (
        [{"order_id": 1, "close_fraction": 2.0}, {"order_id": 1, "stop_loss": -1.0}],
        (ErrorCode.CONSTRAINT_VIOLATION, "B-4", "stop_loss", 1),
    ),
    "unknown column": ({"order_id": 1, "stop_los": 1.09}, (ErrorCode.INVALID_ARGUMENT, "B-4", "stop_los", 0)),
    "no order_id": (pa.table({"stop_loss": [1.09]}), (ErrorCode.MISSING_REQUIRED_FIELD, "B-4", "order_id", None)),
    "order_id null": (
        pa.table({"order_id": pa.array([1, None], pa.int64()), "stop_loss": [1.09, 1.09]}),
        (ErrorCode.NULL_VALUE, "B-4", "order_id", 1),
    ),
    "a text": ({"order_id": 1, "stop_loss": "1.09"}, (ErrorCode.TYPE_MISMATCH, "B-4", "stop_loss", 0)),
    "a column of texts": (
        pa.table({"order_id": [1], "stop_loss": ["1.09"]}),
        (ErrorCode.TYPE_MISMATCH, "B-4", "stop_loss", None),
    ),
    "twice": (
        pa.Table.from_arrays([pa.array([1])] * 2, ["order_id"] * 2),
        (ErrorCode.MISSING_REQUIRED_FIELD, "T-8a", "order_id", None),
    ),
    "a number": (3, (ErrorCode.TYPE_MISMATCH, "T-8a", None, None)),
    "no bytes": (b"", (ErrorCode.EMPTY_INPUT, "X-4", "source", None)),
    "other bytes": (b"PK\x03\x04 no table", (ErrorCode.DESERIALIZATION_FAILED, "X-4", "source", None)),
}


@pytest.mark.rule("B-1", "B-4", "Q-B1", "Q-B4", "X-4")
@pytest.mark.parametrize("fault", BAD_UPDATES)
def test_updates_that_are_wrong_change_nothing(backend: str, fault: str) -> None:
    simulator = opened(backend)
    given, found = BAD_UPDATES[fault]
    assert place(refused_and_kept(simulator, lambda: simulator.apply_updates(given))) == found
    assert simulator.apply_updates({"order_id": 1, "stop_loss": 1.0950}).num_rows == 1


@pytest.mark.rule("B-1", "Q-B1", "X-4")
@pytest.mark.parametrize("take", ["updates", "signals", "candle"])
def test_bytes_cut_off_anywhere_are_refused(backend: str, take: str) -> None:
    simulator = opened(backend)
    table = {"updates": UPDATES, "signals": table_of([buy(1)]), "candle": table_of([candle(1)])}[take]
    call = {
        "updates": simulator.apply_updates,
        "signals": simulator.process_signals_batch,
        "candle": simulator.evaluate_exits,
    }[take]
    content = packed(table)
    for length in (*range(1, len(content), 37), len(content) - 8, len(content) - 1):
        error = refused_and_kept(simulator, lambda length=length: call(content[:length]))  # type: ignore[misc]
        assert place(error) == (ErrorCode.DESERIALIZATION_FAILED, "X-4", "source", None), length
    assert call(content).num_rows >= 0


@pytest.mark.rule("B-1", "Q-B1", "X-4")
def test_bytes_that_were_changed_are_read_or_refused(backend: str) -> None:
    simulator = opened(backend)
    content = packed(UPDATES)
    for at in range(0, len(content), 3):
        changed = bytearray(content)
        changed[at] ^= 0xFF
        before = kept(simulator)
        try:
            simulator.apply_updates(changed)
        except OmegaError:
            assert kept(simulator) == before, at


@pytest.mark.rule("B-1", "X-5")
def test_bytes_that_grow_beyond_the_limit_are_refused(backend: str) -> None:
    simulator = opened(backend)
    sink = pa.BufferOutputStream()
    table = pa.table({"order_id": pa.array([0] * 1_000_000, pa.int64())})
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    with omega.config.override_limits(expanded_bytes=1):
        error = refused_and_kept(simulator, lambda: simulator.apply_updates(sink.getvalue()))
    assert (error.code, error.column) == (ErrorCode.LIMIT_EXCEEDED, "source")


BAD_SIGNALS: dict[str, tuple[Any, Found]] = {
    "missing column": (
        pa.table({"symbol": ["EURUSD"], "signal_type": ["entry"]}),
        (ErrorCode.MISSING_REQUIRED_FIELD, "T-6", "timestamp", None),
    ),
    "NaN": (buy(1, stop_loss=math.nan), (ErrorCode.NAN_VALUE, "T-6", "stop_loss", 0)),
    "closed set": (buy(1, direction="up"), (ErrorCode.INVALID_ARGUMENT, "T-6", "direction", 0)),
    "out of order": ([buy(2), buy(1)], (ErrorCode.CONSTRAINT_VIOLATION, "T-6", "timestamp", 1)),
    "before one handed over": (buy(-1), (ErrorCode.CONSTRAINT_VIOLATION, "L-1a", "timestamp", 0)),
    "mistyped": (buy(1, take_proffit=1.2), (ErrorCode.INVALID_ARGUMENT, "T-6", "take_proffit", 0)),
    "no table": (7, (ErrorCode.TYPE_MISMATCH, "T-8a", None, None)),
}


@pytest.mark.rule("B-2", "Q-B2", "Q-T6")
@pytest.mark.parametrize("fault", BAD_SIGNALS)
def test_signals_that_are_wrong_do_not_wait(backend: str, fault: str) -> None:
    simulator = opened(backend)
    given, found = BAD_SIGNALS[fault]
    assert place(refused_and_kept(simulator, lambda: simulator.process_signals_batch(given))) == found


@pytest.mark.rule("B-2", "Q-B2")
def test_signals_that_wait_come_first(backend: str) -> None:
    simulator = opened(backend)
    simulator.process_signals_batch(buy(5))
    earlier = refused_and_kept(simulator, lambda: simulator.process_signals_batch(buy(4)))
    assert place(earlier) == (ErrorCode.CONSTRAINT_VIOLATION, "L-1a", "timestamp", 0)
    assert earlier.value == time(4)
    direct = refused_and_kept(simulator, lambda: simulator.process_signals(candle(1), buy(1)))
    assert place(direct) == (ErrorCode.INVALID_STATE, "B-2", "signals", None)
    several = refused_and_kept(simulator, lambda: simulator.evaluate_exits([candle(1), candle(2)]))
    assert (place(several), several.value) == ((ErrorCode.SIZE_MISMATCH, "B-3", "bar", None), 2)


@pytest.mark.rule("Q-B2", "Q-C1b")
def test_slippage_beyond_a_level_of_v1_is_refused_at_once(backend: str) -> None:
    config = {**CONFIG, "variant": "v1", "costs": {"slippage": {"fixed_pips": 50.0}}}
    simulator = omega.ExecutionSimulator(config, backend=backend)
    signal = buy(0, direction="short", order_type="limit", price=0.001, stop_loss=0.0049)
    error = refused_and_kept(simulator, lambda: simulator.process_signals_batch(signal))
    assert place(error) == (ErrorCode.CONSTRAINT_VIOLATION, "C-1", "costs.slippage", None)


BAD_CANDLES: dict[str, tuple[dict[str, Any], Found]] = {
    "a field missing": ({"bid_low": None}, (ErrorCode.MISSING_REQUIRED_FIELD, "T-2", "bid_low", None)),
    "NaN": ({"bid_low": math.nan}, (ErrorCode.NAN_VALUE, "T-2", "bid_low", 0)),
    "behind": ({"timestamp": time(0)}, (ErrorCode.INVALID_STATE, "E-19", "timestamp", 0)),
    "another symbol": ({"symbol": "GBPUSD"}, (ErrorCode.CONSTRAINT_VIOLATION, "T-2", "symbol", 0)),
    "no time": ({"timestamp": None}, (ErrorCode.MISSING_REQUIRED_FIELD, "T-2", "timestamp", None)),
}


@pytest.mark.rule("B-3", "Q-B3", "X-4")
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("fault", BAD_CANDLES)
def test_a_candle_that_is_wrong_leaves_the_signals_waiting(backend: str, fault: str, waits: bool) -> None:
    simulator = opened(backend)
    if waits:
        simulator.process_signals_batch(buy(1))
    changes, found = BAD_CANDLES[fault]
    bad = {name: value for name, value in {**candle(1), **changes}.items() if value is not None}
    assert place(refused_and_kept(simulator, lambda: simulator.evaluate_exits(bad))) == found
    events = simulator.evaluate_exits(candle(1))
    assert events["kind"].to_pylist() == (["accepted", "opened"] if waits else [])


@pytest.mark.rule("B-4", "E-19")
def test_a_bar_that_got_signals_is_evaluated_before_updates(backend: str) -> None:
    simulator = opened(backend)
    simulator.process_signals(candle(1), buy(1))
    error = refused_and_kept(simulator, lambda: simulator.apply_updates(UPDATES))
    assert (place(error), error.value) == ((ErrorCode.INVALID_STATE, "E-19", "timestamp", None), time(1))
    simulator.finish()


@pytest.mark.rule("Q-E18b")
def test_a_finished_simulator_takes_no_batch(backend: str) -> None:
    simulator = opened(backend)
    simulator.finish()
    for work in (
        lambda: simulator.process_signals_batch(buy(1)),
        lambda: simulator.evaluate_candle(candle(1)),
        lambda: simulator.apply_updates(UPDATES),
    ):
        assert place(refused_and_kept(simulator, work)) == (ErrorCode.INVALID_STATE, "E-19", "simulator", None)


ORDER = {"timestamp": time(0), "price": 1.1, "stop_loss": 1.09}
FILL = {"timestamp": time(0), "lots": 0.1, "price": 1.1, "leg": 0}
DRAW = {
    "timestamp": time(0),
    "magic_number": 0,
    "ordinal": 0,
    "leg": 0,
    "direction": "long",
    "order_type": "market",
}
BAD_CALCULATIONS: dict[str, tuple[str, dict[str, Any], Found]] = {
    "price NaN": ("calculate_lot_sizes", ORDER | {"price": math.nan}, (ErrorCode.NAN_VALUE, "B-5", "price", 0)),
    "price 0": ("calculate_lot_sizes", ORDER | {"price": 0.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-5", "price", 0)),
    "size": ("calculate_lot_sizes", ORDER | {"size": -1.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-5", "size", 0)),
    "stop": ("calculate_lot_sizes", ORDER | {"stop_loss": math.inf}, (ErrorCode.INFINITE_VALUE, "B-5", "stop_loss", 0)),
    "calendar": ("calculate_lot_sizes", ORDER | {"timestamp": 2**62}, (ErrorCode.OUT_OF_BOUNDS, "B-5", "timestamp", 0)),
    "lots": ("calculate_fee_batch", FILL | {"lots": math.nan}, (ErrorCode.NAN_VALUE, "B-5", "lots", 0)),
    "fill price": ("calculate_fee_batch", FILL | {"price": -1.0}, (ErrorCode.CONSTRAINT_VIOLATION, "B-5", "price", 0)),
    "leg": ("calculate_fee_batch", FILL | {"leg": None}, (ErrorCode.MISSING_REQUIRED_FIELD, "B-5", "leg", None)),
    "direction": (
        "calculate_slippage_batch",
        DRAW | {"direction": "up"},
        (ErrorCode.INVALID_ARGUMENT, "B-5", "direction", 0),
    ),
    "ordinal": ("calculate_slippage_batch", DRAW | {"ordinal": -1}, (ErrorCode.OUT_OF_BOUNDS, "C-5", "ordinals", 0)),
}


@pytest.mark.rule("B-5", "Q-B5")
@pytest.mark.parametrize("fault", BAD_CALCULATIONS)
def test_calculations_name_the_cell_that_is_wrong(backend: str, fault: str) -> None:
    name, row, found = BAD_CALCULATIONS[fault]
    simulator = opened(backend)
    assert place(refused_and_kept(simulator, lambda: getattr(simulator, name)([row]))) == found


@pytest.mark.rule("B-5", "Q-B5", "Q-C6")
def test_a_calculation_needs_a_rate_at_its_time(backend: str) -> None:
    rates = pa.table({"timestamp": pa.array([time(0)], pa.timestamp("us", "UTC")), "rate": [1.25]})
    config = {"symbol": "EURGBP", "timeframe": "H1", "rates": {"GBPUSD": rates}, "rates_max_age": 0.1}
    simulator = omega.ExecutionSimulator(config, backend=backend)
    assert simulator.calculate_lot_sizes(ORDER).num_rows == 1
    for hour in (-1, 3):
        error = refused(lambda hour=hour: simulator.calculate_lot_sizes(ORDER | {"timestamp": time(hour)}))  # type: ignore[misc]
        assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "C-6", "GBPUSD")
