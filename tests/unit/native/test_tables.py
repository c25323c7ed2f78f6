"""Tables in: shared, checked in the contract's order; tables out: exactly the contract's schemas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from omega.contract import schemas
from omega.contract.errors import ErrorCode, OmegaError
from omega.serve import native

START = 1_600_000_200_000_000
FIVE_MINUTES = 300_000_000


def refused(call: Callable[[], object]) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        call()
    return caught.value


def where(error: OmegaError) -> tuple[ErrorCode, str | None, str | None, int | None]:
    return error.code, error.rule, error.column, error.row


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize("is_strategy", [True, False])
def test_a_run_yields_the_schemas_of_the_contract(inputs: Any, sample: Any, is_strategy: bool) -> None:
    bars = sample(3_000)
    stamps = bars.column("timestamp").cast(pa.int64()).to_pylist()
    rows = [
        {"timestamp": stamps[row], "stop_loss": 0.5, "size": 0.1, "max_holding": FIVE_MINUTES}
        for row in range(0, 3_000, 100)
    ]
    signals = None if is_strategy else inputs.signals(*rows)
    output = native.Engine().run(bars, signals, inputs.config(is_strategy=is_strategy))
    assert output.trades.schema.equals(schemas.TRADES, check_metadata=True)
    assert output.events.schema.equals(schemas.EVENTS, check_metadata=True)
    assert output.equity.schema.equals(schemas.EQUITY, check_metadata=True)
    assert output.positions.schema.equals(schemas.POSITIONS, check_metadata=True)
    assert output.chain.type == schemas.CHAIN
    assert len(output.chain) == output.equity.num_rows == bars.num_rows
    assert output.trades.num_rows > 0
    for table in (output.trades, output.events, output.equity, output.positions):
        table.validate(full=True)
        required = [field.name for field in table.schema if not field.nullable]
        assert all(table.column(name).null_count == 0 for name in required)
    assert set(output.trades.column("scenario").to_pylist()) <= ({"long_1", "short_1"} if is_strategy else {None})
    assert output.decisions.schema.equals(schemas.DECISIONS, check_metadata=True)
    assert output.trades.column("signal_row").null_count == 0
    assert (output.decisions.num_rows > 0) is is_strategy
    assert output.events.column("seq").to_pylist() == list(range(output.events.num_rows))


@pytest.mark.rule("T-8a")
def test_the_simulator_yields_the_schemas_of_the_contract(inputs: Any) -> None:
    simulator = native.ExecutionSimulator(inputs.config())
    assert simulator.state_hash == bytes(16)
    pending = {"order_type": "limit", "price": 1.09, "stop_loss": 1.08, "expires_at": START + 9 * FIVE_MINUTES}
    events = simulator.process_signals(inputs.bars(1), inputs.signals({}, pending))
    assert events.schema.equals(schemas.EVENTS, check_metadata=True)
    assert events.column("kind").to_pylist() == ["accepted", "opened", "accepted"]
    assert simulator.evaluate_exits(inputs.bars(2)).schema.equals(schemas.EVENTS, check_metadata=True)
    positions = simulator.positions()
    assert positions.schema.equals(schemas.POSITIONS, check_metadata=True)
    assert positions.column("status").to_pylist() == ["open", "pending"]
    assert positions.column("symbol").to_pylist() == ["EURUSD", "EURUSD"]
    for name in ("trigger_time", "entry_fee"):
        assert [value is None for value in positions.column(name).to_pylist()] == [False, True]
    assert positions.column("risk_per_trade").null_count == 0
    assert positions.column("signal_row").to_pylist() == [0, 1]
    assert simulator.state_hash != bytes(16)
    assert isinstance(simulator.cash, float)
    assert isinstance(simulator.equity, float)


@pytest.mark.rule("Q-D1", "G-1")
def test_sample_and_join_yield_bars(inputs: Any, sample: Any) -> None:
    bars = sample(100)
    assert bars.schema.equals(schemas.BARS, check_metadata=True)
    sides = [
        bars.select(["timestamp", *(f"{side}_{part}" for part in ("open", "high", "low", "close")), "volume"])
        for side in ("bid", "ask")
    ]
    sides = [side.rename_columns(list(schemas.SIDE_BARS.names)) for side in sides]
    assert native.DataHandler().join_sides(sides[0], sides[1], 0.0).equals(bars)
    assert native.DataHandler().check_bars(bars, FIVE_MINUTES).crossed_quotes == 0


@pytest.mark.rule("G-1")
def test_join_names_the_side_and_bid_comes_first(inputs: Any, sample: Any) -> None:
    side = sample(5).select(["timestamp", "bid_open", "bid_high", "bid_low", "bid_close", "volume"])
    side = side.rename_columns(list(schemas.SIDE_BARS.names))
    join = native.DataHandler().join_sides
    backwards = side.take([1, 0])
    bad = side.drop_columns(["low"])
    assert where(refused(lambda: join(bad, bad, 2.0))) == (ErrorCode.OUT_OF_BOUNDS, "G-1", "max_missing_ratio", None)
    assert where(refused(lambda: join(bad, bad, 0.0))) == (ErrorCode.MISSING_REQUIRED_FIELD, "G-1", "bid_low", None)
    assert where(refused(lambda: join(backwards, bad, 0.0)))[2:] == ("bid_timestamp", 1)
    assert refused(lambda: join(side, bad, 0.0)).column == "ask_low"
    unset = side.set_column(1, "open", pa.array([1.0, None, 1.0, 1.0, 1.0]))
    assert where(refused(lambda: join(side, unset, 0.0))) == (ErrorCode.NULL_VALUE, "G-1", "ask_open", 1)


@pytest.mark.rule("X-4")
@pytest.mark.parametrize(
    ("n", "seed", "column"), [(0, 7, "n"), (0, -1, "n"), (-1, 7, "n"), (10, -1, "seed"), (10, 2**64, "seed")]
)
def test_a_sample_out_of_bounds_is_refused(n: int, seed: int, column: str) -> None:
    error = refused(lambda: native.DataHandler().sample_bars(n, seed))
    assert where(error) == (ErrorCode.OUT_OF_BOUNDS, "Q-D1", column, None)


@pytest.mark.rule("T-8a")
def test_chunks_slices_and_extra_columns_change_nothing(inputs: Any, sample: Any) -> None:
    bars = sample(2_000)
    config = inputs.config(is_strategy=True)
    expected = native.Engine().run(bars, None, config)
    chunked = pa.concat_tables([bars.slice(0, 700), bars.slice(700, 0), bars.slice(700, 1), bars.slice(701)])
    padded = pa.concat_tables([bars.slice(5, 3), bars, bars.slice(0, 9)]).combine_chunks().slice(3, 2_000)
    extra = bars.append_column("symbol", pa.array(["EURUSD"] * 2_000)).append_column("note", pa.nulls(2_000))
    shuffled = bars.select(list(reversed(bars.column_names)))
    for variation in (chunked, padded, extra, shuffled):
        output = native.Engine().run(variation, None, config)
        assert output.chain.equals(expected.chain)
        assert output.trades.equals(expected.trades)


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize("thing", [None, [], schemas.BARS.empty_table().to_batches()])
def test_what_is_no_table_is_refused(thing: Any) -> None:
    error = refused(lambda: native.DataHandler().check_bars(thing, FIVE_MINUTES))
    assert (error.code, error.rule) == (ErrorCode.TYPE_MISMATCH, "T-8a")


@pytest.mark.rule("X-4")
def test_a_signal_column_that_stands_twice_is_refused(inputs: Any) -> None:
    signals = inputs.signals({}).append_column("price", pa.array([1.0]))
    error = refused(lambda: native.Engine().run(inputs.bars(), signals, inputs.config()))
    assert where(error) == (ErrorCode.MISSING_REQUIRED_FIELD, "T-6", "price", None)


@pytest.mark.rule("T-2", "X-2")
@pytest.mark.parametrize("column", schemas.BARS.names)
def test_a_missing_column_of_bars_is_named(inputs: Any, column: str) -> None:
    bars = inputs.bars().drop_columns([column])
    error = refused(lambda: native.DataHandler().check_bars(bars, FIVE_MINUTES))
    assert where(error) == (ErrorCode.MISSING_REQUIRED_FIELD, "T-2", column, None)


@pytest.mark.rule("T-1", "T-2")
@pytest.mark.parametrize(
    "kind", [pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.timestamp("us", "Europe/Berlin"), pa.int64()]
)
def test_a_wrong_type_of_time_is_named(inputs: Any, kind: pa.DataType) -> None:
    bars = inputs.bars(timestamp=pa.array([START // 1000 + row for row in range(10)], pa.int64()).cast(kind))
    error = refused(lambda: native.DataHandler().check_bars(bars, FIVE_MINUTES))
    assert where(error) == (ErrorCode.TYPE_MISMATCH, "T-2", "timestamp", None)
    assert ("naive" in error.message) == (kind == pa.timestamp("us"))


@pytest.mark.rule("T-2")
@pytest.mark.parametrize("kind", [pa.float32(), pa.int64(), pa.string(), pa.decimal128(10, 5)])
def test_a_wrong_type_of_price_is_named(inputs: Any, kind: pa.DataType) -> None:
    bars = inputs.bars(ask_low=pa.array(["1"] * 10).cast(kind))
    error = refused(lambda: native.DataHandler().check_bars(bars, FIVE_MINUTES))
    assert where(error) == (ErrorCode.TYPE_MISMATCH, "T-2", "ask_low", None)


@pytest.mark.rule("T-2")
def test_missing_before_types_before_values(inputs: Any) -> None:
    bars = inputs.bars(bid_open=pa.array([math.nan] * 10), ask_low=pa.array([1] * 10))
    check = native.DataHandler().check_bars
    assert refused(lambda: check(bars.drop_columns(["volume"]), FIVE_MINUTES)).code is ErrorCode.MISSING_REQUIRED_FIELD
    assert refused(lambda: check(bars, FIVE_MINUTES)).code is ErrorCode.TYPE_MISMATCH


def with_cell(length: int, row: int, value: float | None, rest: float) -> pa.Array[Any]:
    values: list[float | None] = [rest] * length
    values[row] = value
    return pa.array(values, pa.float64())


@pytest.mark.rule("T-2", "X-4")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, ErrorCode.NULL_VALUE),
        (math.nan, ErrorCode.NAN_VALUE),
        (math.inf, ErrorCode.INFINITE_VALUE),
        (-1.0, ErrorCode.CONSTRAINT_VIOLATION),
    ],
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_bad_cell_is_named(inputs: Any, value: float | None, code: ErrorCode, is_chunked: bool) -> None:
    bars = inputs.bars(ask_close=with_cell(10, 6, value, 1.1001), volume=with_cell(10, 2, None, 1.0))
    if is_chunked:
        bars = pa.concat_tables([bars.slice(0, 4), bars.slice(4)])
    error = refused(lambda: native.Engine().run(bars, None, inputs.config(is_strategy=True)))
    assert where(error) == (code, "T-2", "ask_close", 6)
    assert error.value is None if value is None else error.value == value or math.isnan(value)


@pytest.mark.rule("T-2")
@pytest.mark.parametrize("row", [0, 4])
def test_a_null_time_is_named(inputs: Any, row: int) -> None:
    stamps: list[int | None] = [START + index * FIVE_MINUTES for index in range(10)]
    stamps[row] = None
    bars = inputs.bars(timestamp=pa.array(stamps, schemas.TIMESTAMP))
    error = refused(lambda: native.DataHandler().check_bars(bars, FIVE_MINUTES))
    assert where(error) == (ErrorCode.NULL_VALUE, "T-2", "timestamp", row)


@pytest.mark.rule("T-2")
def test_bars_belong_to_one_symbol_and_that_is_checked_last(inputs: Any) -> None:
    check = native.DataHandler().check_bars
    mixed = inputs.bars(symbol=pa.array(["EURUSD"] * 7 + ["GBPUSD"] * 3))
    error = refused(lambda: check(mixed, FIVE_MINUTES))
    assert where(error) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", "symbol", 7)
    assert error.value == "GBPUSD"
    unset = inputs.bars(symbol=pa.array(["EURUSD", None] * 5))
    assert where(refused(lambda: check(unset, FIVE_MINUTES))) == (ErrorCode.NULL_VALUE, "T-2", "symbol", 1)
    negative = mixed.set_column(9, "volume", with_cell(10, 9, -1.0, 1.0))
    assert refused(lambda: check(negative, FIVE_MINUTES)).column == "volume"


@pytest.mark.rule("T-2")
def test_no_bars_are_refused(inputs: Any) -> None:
    for empty in (inputs.bars(0), schemas.BARS.empty_table()):
        error = refused(lambda table=empty: native.DataHandler().check_bars(table, FIVE_MINUTES))  # type: ignore[misc]
        assert where(error) == (ErrorCode.EMPTY_INPUT, "T-2", "timestamp", None)


@pytest.mark.rule("T-6")
@pytest.mark.parametrize(
    ("column", "values", "code", "row"),
    [
        ("symbol", pa.array(["EURUSD", None, None]), ErrorCode.NULL_VALUE, 1),
        ("signal_type", pa.array(["entry", None, "entr"]), ErrorCode.NULL_VALUE, 1),
        ("signal_type", pa.array(["entry", "entr", None]), ErrorCode.INVALID_ARGUMENT, 1),
        ("direction", pa.array([None, "long", "LONG"]), ErrorCode.INVALID_ARGUMENT, 2),
        ("order_type", pa.array(["", None, None]), ErrorCode.INVALID_ARGUMENT, 0),
        ("price", pa.array([None, 1.0, math.nan]), ErrorCode.NAN_VALUE, 2),
        ("size", pa.array([None, math.inf, math.nan]), ErrorCode.INFINITE_VALUE, 1),
        ("magic_number", pa.array([0, None, 0]), ErrorCode.NULL_VALUE, 1),
        ("trailing_step", pa.array([-0.1, None, None]), ErrorCode.CONSTRAINT_VIOLATION, 0),
        ("max_holding", pa.array([None, -1, None], pa.duration("us")), ErrorCode.CONSTRAINT_VIOLATION, 1),
        ("timestamp", pa.array([START, START + 1, START], schemas.TIMESTAMP), ErrorCode.CONSTRAINT_VIOLATION, 2),
        ("timestamp", pa.array([START, None, START], schemas.TIMESTAMP), ErrorCode.NULL_VALUE, 1),
        ("timestamp", pa.array([START] * 3, pa.timestamp("us")), ErrorCode.TYPE_MISMATCH, None),
        ("tags", pa.array(["a", "b", "c"]), ErrorCode.TYPE_MISMATCH, None),
    ],
)
def test_a_bad_signal_table_is_refused_whole(
    inputs: Any, column: str, values: pa.Array[Any], code: ErrorCode, row: int | None
) -> None:
    signals = inputs.signals({}, {}, {})
    signals = signals.set_column(signals.column_names.index(column), column, values)
    error = refused(lambda: native.Engine().run(inputs.bars(), signals, inputs.config()))
    assert (error.code, error.column, error.row) == (code, column, row)


@pytest.mark.rule("T-6")
def test_optional_signal_columns_may_be_absent(inputs: Any) -> None:
    names = ["timestamp", "symbol", "signal_type", "direction", "order_type", "stop_loss"]
    signals = inputs.signals({}, {"symbol": "GBPUSD"}, {"direction": None})
    output = native.Engine().run(inputs.bars(), signals.select(names), inputs.config())
    assert output.events.column("reason").to_pylist() == [None, None, "unknown_symbol", "direction_missing"]
    assert output.positions.column("magic_number").to_pylist() == [0]


@pytest.mark.rule("T-6")
def test_an_empty_signal_table_is_allowed(inputs: Any) -> None:
    output = native.Engine().run(inputs.bars(), inputs.signals(), inputs.config())
    assert output.events.num_rows == 0
    assert output.metrics["trades"] == 0


@pytest.mark.rule("T-9", "X-2")
@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"initial_balance": math.nan}, ErrorCode.NAN_VALUE, "initial_balance"),
        ({"fee_min": math.inf}, ErrorCode.INFINITE_VALUE, "fee_min"),
        ({"seed": -1}, ErrorCode.OUT_OF_BOUNDS, "seed"),
        ({"symbol": 3}, ErrorCode.FFI_TYPE_CONVERSION, "symbol"),
        ({"variant": 9}, ErrorCode.INVALID_ARGUMENT, "variant"),
    ],
)
def test_an_unusable_configuration_is_named(inputs: Any, changes: Any, code: ErrorCode, column: str) -> None:
    error = refused(lambda: native.Engine().run(inputs.bars(), inputs.signals(), inputs.config(**changes)))
    assert (error.code, error.column) == (code, column)


def test_a_foreign_configuration_is_refused(inputs: Any) -> None:
    error = refused(lambda: native.CostModel({"variant": 0}))  # type: ignore[arg-type]
    assert (error.code, error.column) == (ErrorCode.FFI_TYPE_CONVERSION, "variant")


@pytest.mark.rule("X-4")
def test_a_failed_call_leaves_the_simulator_as_it_was(inputs: Any) -> None:
    simulator = native.ExecutionSimulator(inputs.config())
    simulator.process_signals(inputs.bars(1), inputs.signals({}))
    before = (simulator.state_hash, simulator.cash, simulator.positions())
    bad = inputs.signals({}, {}).set_column(7, "stop_loss", pa.array([1.0, math.nan]))
    error = refused(lambda: simulator.process_signals(inputs.bars(1), bad))
    assert error.recoverable
    refused(lambda: simulator.evaluate_exits(inputs.bars(2, volume=pa.array([1.0, None]))))
    refused(lambda: simulator.process_signals(inputs.bars(2), inputs.signals({})))
    assert (simulator.state_hash, simulator.cash, simulator.positions()) == before


@pytest.mark.rule("I-17")
def test_series_are_read_only_and_identical_for_equal_requests(sample: Any) -> None:
    cache = native.IndicatorCache(sample(500))
    upper, mid, lower = cache.get("bollinger", "bid", period=20, std_factor=2.0)
    assert cache.get("bollinger", "bid", std_factor=2.0, period=20)[0] is upper
    assert cache.get("sma", "bid", period=20)[0].tobytes() == mid.tobytes()
    assert len(lower) == 500
    assert upper.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        upper[0] = 1.0


@pytest.mark.rule("I-17")
@pytest.mark.parametrize("period", [True, "20", 20.0, None, [20]])
def test_a_period_is_an_integer(sample: Any, period: Any) -> None:
    cache = native.IndicatorCache(sample(100))
    error = refused(lambda: cache.get("sma", "bid", period=period))
    assert (error.code, error.column) == (ErrorCode.TYPE_MISMATCH, "period")


@pytest.mark.rule("C-5")
def test_costs_scalar_and_batch(inputs: Any) -> None:
    model = native.CostModel(inputs.config(slippage_fixed_pips=0.1, slippage_random_pips=0.5, seed=3))
    keys = [(START + row, row, row % 3, row % 2, row % 2, row % 3) for row in range(50)]
    assert model.slippage_batch(*zip(*keys, strict=True)) == [model.slippage(*key) for key in keys]
    fills = [(0.1, 1.1, 1e5, START, 0), (2.0, 1.2, 9.0, START, 1)]
    assert model.fee_batch(*zip(*fills, strict=True)) == [model.fee(*fill) for fill in fills]
    assert refused(lambda: model.fee_batch([0.1], [], [1e5], [0], [0])).code is ErrorCode.SIZE_MISMATCH


@pytest.mark.rule("C-5")
@pytest.mark.parametrize("ordinal", [-1, 2**32, 2**63, 2**70])
def test_a_draw_number_out_of_bounds_is_named(inputs: Any, ordinal: int) -> None:
    model = native.CostModel(inputs.config())
    error = refused(lambda: model.slippage(0, 0, ordinal, 0, 0, 0))
    assert where(error) == (ErrorCode.OUT_OF_BOUNDS, "C-5", "ordinal", None)
    error = refused(lambda: model.slippage_batch([0, 0], [0, 0], [1, ordinal], *[[0, 0]] * 3))
    assert where(error) == (ErrorCode.OUT_OF_BOUNDS, "C-5", "ordinals", 1)


@pytest.mark.rule("E-19")
def test_the_simulator_reports_the_bar_before_the_signals(inputs: Any) -> None:
    simulator = native.ExecutionSimulator(inputs.config())
    foreign = inputs.signals({}).drop_columns(["symbol"])
    error = refused(lambda: simulator.process_signals(inputs.bars(2).drop_columns(["volume"]), foreign))
    assert (error.code, error.column, error.value) == (ErrorCode.SIZE_MISMATCH, "bar", 2)
    error = refused(lambda: simulator.process_signals(inputs.bars(1, volume=pa.array([-1.0])), foreign))
    assert where(error) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", "volume", 0)
    simulator.evaluate_exits(inputs.bars(1))
    error = refused(lambda: simulator.process_signals(inputs.bars(1), foreign))
    assert where(error) == (ErrorCode.INVALID_STATE, "E-19", "timestamp", 0)


@pytest.mark.rule("L-1")
def test_a_run_reports_configuration_then_bars_then_signals(inputs: Any) -> None:
    run = native.Engine().run
    bars = inputs.bars(volume=pa.array([-1.0] * 10))
    foreign = inputs.signals({}).drop_columns(["symbol"])
    assert refused(lambda: run(bars.drop_columns(["volume"]), None, inputs.config())).column == "strategy"
    assert refused(lambda: run(bars, foreign, inputs.config(timeframe=7))).column == "timeframe"
    assert refused(lambda: run(bars, foreign, inputs.config())).column == "volume"
    assert refused(lambda: run(inputs.bars(), foreign, inputs.config(start=2**62))).column == "start"
    assert refused(lambda: run(inputs.bars(), foreign, inputs.config())).column == "symbol"


@pytest.mark.rule("N-5", "N-6")
def test_number_doors(module: Any) -> None:
    assert module.quantize(2.675, 2) == round(2.675, 2)
    assert refused(lambda: module.quantize(1.0, 16)).code is ErrorCode.OUT_OF_BOUNDS
    values, expected = pa.chunked_array([[0.5, 1.5], [-0.001]]), pa.chunked_array([[0.0, 2.0, 0.0]])
    count = module.quantize_mismatches(values.__arrow_c_stream__(), 0, expected.__arrow_c_stream__())
    assert count == 1, "-0.0 is not 0.0"
    assert module.philox((0, 0), (0, 0, 0, 0))[0] == 0x16554D9ECA36314C
