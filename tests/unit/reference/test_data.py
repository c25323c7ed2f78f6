from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS, SIGNALS, TIMESTAMP
from omega.contract.types import Direction, SignalType
from omega_reference.data import (
    TIME_MAX_US,
    TIME_MIN_US,
    DataHandler,
    bars_from_table,
    join_sides,
    read_bars,
    signals_from_table,
)

MakeTable = Callable[..., pa.Table]
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000
FLAT = (100.0, 100.0, 100.0, 100.0)


def replaced(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].cast(pa.int64()).to_pylist() if column == "timestamp" else table[column].to_pylist()
    values[row] = value
    field = table.schema.field(column).with_nullable(True)
    return table.set_column(table.column_names.index(column), field, pa.array(values, field.type))


def refused(table: pa.Table, timeframe: int = MINUTE_US) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        DataHandler().check_bars(table, timeframe)
    return caught.value


@pytest.mark.rule("T-2", "Q-T2")
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("timestamp", None, ErrorCode.NULL_VALUE),
        ("timestamp", START_US, ErrorCode.CONSTRAINT_VIOLATION),
        ("timestamp", START_US - 1, ErrorCode.CONSTRAINT_VIOLATION),
        ("bid_open", None, ErrorCode.NULL_VALUE),
        ("bid_open", math.nan, ErrorCode.NAN_VALUE),
        ("ask_high", math.inf, ErrorCode.INFINITE_VALUE),
        ("ask_low", -math.inf, ErrorCode.INFINITE_VALUE),
        ("bid_low", 0.0, ErrorCode.CONSTRAINT_VIOLATION),
        ("bid_open", 100.5, ErrorCode.CONSTRAINT_VIOLATION),
        ("ask_close", 100.5, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume", -1.0, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume", math.nan, ErrorCode.NAN_VALUE),
    ],
)
def test_a_breach_names_code_column_row_and_value(
    make_bars: MakeTable, column: str, value: Any, code: ErrorCode
) -> None:
    error = refused(replaced(make_bars([FLAT] * 3), column, 1, value))
    assert (error.code, error.rule, error.column, error.row) == (code, "T-2", column, 1)
    assert error.value == value or math.isnan(value)


@pytest.mark.rule("Q-T1")
@pytest.mark.parametrize("time", [TIME_MIN_US, TIME_MAX_US])
def test_the_first_and_the_last_microsecond_of_the_calendar_are_times(make_bars: MakeTable, time: int) -> None:
    assert bars_from_table(replaced(make_bars([FLAT]), "timestamp", 0, time), MINUTE_US).timestamp == [time]
    beyond = time + (1 if time == TIME_MAX_US else -1)
    error = refused(replaced(make_bars([FLAT]), "timestamp", 0, beyond))
    assert (error.code, error.rule, error.column, error.row) == (ErrorCode.OUT_OF_BOUNDS, "T-2", "timestamp", 0)
    assert error.value == beyond


@pytest.mark.rule("Q-T1")
def test_nanoseconds_taken_for_microseconds_are_named(make_bars: MakeTable) -> None:
    table = make_bars([FLAT] * 3)
    for row in range(3):
        table = replaced(table, "timestamp", row, 1000 * (START_US + row * MINUTE_US))
    assert "nanoseconds" in refused(table).message


@pytest.mark.rule("T-2")
def test_a_duplicate_says_so(make_bars: MakeTable) -> None:
    assert "duplicate" in refused(replaced(make_bars([FLAT] * 3), "timestamp", 1, START_US)).message


@pytest.mark.rule("Q-T2")
def test_high_under_low_is_reported_on_the_open(make_bars: MakeTable) -> None:
    error = refused(make_bars([FLAT, (100.0, 99.0, 101.0, 100.0)]))
    assert (error.column, error.row) == ("bid_open", 1)


@pytest.mark.rule("Q-T2")
def test_the_first_breach_is_by_column_then_row(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 4), "volume", 0, -1.0)
    table = replaced(replaced(table, "ask_open", 1, math.nan), "bid_close", 3, -5.0)
    assert (refused(table).column, refused(table).row) == ("bid_close", 3)


@pytest.mark.rule("T-2")
@pytest.mark.parametrize("column", BARS.names)
def test_missing_columns_and_wrong_types(make_bars: MakeTable, column: str) -> None:
    table = make_bars([FLAT])
    assert refused(table.drop_columns([column])).code is ErrorCode.MISSING_REQUIRED_FIELD
    wrong = table.set_column(table.column_names.index(column), column, pa.array(["x"]))
    assert (refused(wrong).code, refused(wrong).column) == (ErrorCode.TYPE_MISMATCH, column)


@pytest.mark.rule("T-1")
def test_naive_times_are_refused(make_bars: MakeTable) -> None:
    table = make_bars([FLAT])
    naive = table.set_column(0, "timestamp", table["timestamp"].cast(pa.timestamp("us")))
    assert refused(naive).code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("T-2", "Q-T2c")
def test_no_bars_are_refused_after_their_types(make_bars: MakeTable) -> None:
    table = make_bars([FLAT]).slice(0, 0)
    assert (refused(table).code, refused(table).column) == (ErrorCode.EMPTY_INPUT, "timestamp")
    assert refused(table.append_column("symbol", pa.array([], pa.int64()))).code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("Q-T2c")
def test_a_symbols_values_are_checked_after_all_others(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 2), "volume", 1, -1.0)
    assert refused(table.append_column("symbol", pa.array([None, "Y"]))).column == "volume"


@pytest.mark.rule("T-4", "Q-T4", "Q-T4b")
def test_every_step_must_be_a_multiple_of_the_timeframe(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 3), "timestamp", 2, START_US + 90_000_000)
    error = refused(table)
    assert (error.code, error.rule, error.column, error.row) == (
        ErrorCode.CONSTRAINT_VIOLATION,
        "T-4",
        "timestamp",
        2,
    )
    error = refused(table, 120_000_000)
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, "timeframe")
    assert refused(table.drop_columns(["volume"]), 120_000_000).column == "timeframe", "before the table"


@pytest.mark.rule("T-8a", "Q-T2c")
def test_a_symbol_column_holds_one_value_and_others_are_ignored(make_bars: MakeTable) -> None:
    table = make_bars([FLAT] * 2).append_column("note", pa.array(["a", None]))
    DataHandler().check_bars(table.append_column("symbol", pa.array(["X", "X"])), MINUTE_US)
    error = refused(table.append_column("symbol", pa.array(["X", "Y"])))
    assert (error.code, error.column, error.row, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "symbol", 1, "Y")
    assert refused(table.append_column("symbol", pa.array([None, "Y"]))).code is ErrorCode.NULL_VALUE
    assert refused(table.append_column("symbol", pa.array([1, 1]))).code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("T-2", "Q-T2b")
def test_quality_findings_are_counted_and_allowed(make_bars: MakeTable) -> None:
    spike = (100.0, 140.0, 100.0, 100.0)
    narrow = (100.0, 101.0, 100.0, 100.0)
    table = make_bars([narrow] * 20 + [spike])
    saturday = START_US + 5 * 1440 * MINUTE_US
    table = replaced(table, "timestamp", 20, saturday)
    table = replaced(replaced(table, "ask_low", 3, 99.0), "ask_close", 5, 100.0)
    table = replaced(table, "ask_low", 5, 100.0)
    findings = DataHandler().check_bars(table, MINUTE_US)
    assert (findings.crossed_quotes, findings.zero_spread, findings.gaps) == (1, 1, 1)
    assert (findings.spikes, findings.weekend_bars) == (1, 1)


def test_chunks_and_slices_read_like_the_whole(make_bars: MakeTable) -> None:
    table = make_bars([(100.0 + row, 101.0 + row, 99.0 + row, 100.5 + row) for row in range(6)])
    parts = pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)])
    assert bars_from_table(parts, MINUTE_US) == bars_from_table(table, MINUTE_US)
    assert read_bars(table.slice(2, 2)).bid_close == [102.5, 103.5]
    assert read_bars(table).bar(1).ask_high == 103.0


def side(rows: list[int], price: float) -> pa.Table:
    times = pa.array([START_US + row * MINUTE_US for row in rows], TIMESTAMP)
    columns = {name: [price + row for row in rows] for name in ("open", "high", "low", "close", "volume")}
    return pa.table({"timestamp": times, **{name: pa.array(x, pa.float64()) for name, x in columns.items()}})


@pytest.mark.rule("G-1")
def test_sides_are_joined_on_equal_times() -> None:
    joined = join_sides(side([0, 1, 3, 4], 100.0), side([1, 2, 3], 200.0), 0.6)
    assert joined.schema == BARS
    assert joined["timestamp"].cast(pa.int64()).to_pylist() == [START_US + row * MINUTE_US for row in (1, 3)]
    assert (joined["bid_open"].to_pylist(), joined["ask_close"].to_pylist()) == ([101.0, 103.0], [201.0, 203.0])
    assert joined["volume"].to_pylist() == [101.0, 103.0]


@pytest.mark.rule("G-1", "Q-G1")
def test_too_many_unmatched_rows_are_refused_with_both_counts() -> None:
    with pytest.raises(OmegaError, match="2 bid and 1 ask") as caught:
        DataHandler().join_sides(side([0, 1, 3, 4], 1.0), side([1, 2, 3], 2.0), 0.59)
    assert (caught.value.code, caught.value.value) == (ErrorCode.CONSTRAINT_VIOLATION, 0.6)


@pytest.mark.rule("Q-G1b")
@pytest.mark.parametrize(
    ("bid", "ask", "ratio", "code", "column"),
    [
        (side([0], 1.0), side([0], 1.0), math.nan, ErrorCode.OUT_OF_BOUNDS, "max_missing_ratio"),
        (side([0], 1.0), side([0], 1.0), 1.5, ErrorCode.OUT_OF_BOUNDS, "max_missing_ratio"),
        (side([], 1.0), side([], 1.0), 1.0, ErrorCode.EMPTY_INPUT, "timestamp"),
        (side([0], 1.0), side([1], 1.0), 1.0, ErrorCode.EMPTY_INPUT, "timestamp"),
        (side([0, 0], 1.0), side([1], 1.0), 1.0, ErrorCode.CONSTRAINT_VIOLATION, "bid_timestamp"),
        (side([0], 1.0), side([1], 1.0).drop_columns(["high"]), 1.0, ErrorCode.MISSING_REQUIRED_FIELD, "ask_high"),
    ],
)
def test_sides_are_checked(bid: pa.Table, ask: pa.Table, ratio: float, code: ErrorCode, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        join_sides(bid, ask, ratio)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "G-1", column)


@pytest.mark.rule("T-6")
def test_signals_are_read_with_their_row(make_signals: MakeTable) -> None:
    signals = signals_from_table(make_signals({"max_holding": 5}, {"bar": 1, "direction": None, "magic_number": 3}))
    assert [signal.row for signal in signals] == [0, 1]
    assert (signals[0].direction, signals[1].direction) == (Direction.LONG, None)
    assert (signals[0].signal_type, signals[0].max_holding, signals[1].magic_number) == (SignalType.ENTRY, 5, 3)


@pytest.mark.rule("Q-T6")
def test_optional_columns_may_be_absent(make_signals: MakeTable) -> None:
    table = make_signals({}).select(["timestamp", "symbol", "signal_type"])
    (signal,) = signals_from_table(table)
    assert (signal.magic_number, signal.stop_loss, signal.order_type) == (0, None, None)
    assert signals_from_table(table.slice(0, 0)) == []


@pytest.mark.rule("Q-T1", "Q-T6", "Q-T6b", "T-9")
@pytest.mark.parametrize(
    ("fields", "code", "column"),
    [
        ({"timestamp": None}, ErrorCode.NULL_VALUE, "timestamp"),
        ({"bar": -1}, ErrorCode.CONSTRAINT_VIOLATION, "timestamp"),
        ({"symbol": None}, ErrorCode.NULL_VALUE, "symbol"),
        ({"signal_type": "buy"}, ErrorCode.INVALID_ARGUMENT, "signal_type"),
        ({"direction": "LONG"}, ErrorCode.INVALID_ARGUMENT, "direction"),
        ({"order_type": "iceberg"}, ErrorCode.INVALID_ARGUMENT, "order_type"),
        ({"price": math.nan}, ErrorCode.NAN_VALUE, "price"),
        ({"stop_loss": math.inf}, ErrorCode.INFINITE_VALUE, "stop_loss"),
        ({"magic_number": None}, ErrorCode.NULL_VALUE, "magic_number"),
        ({"trailing_step": -1.0}, ErrorCode.CONSTRAINT_VIOLATION, "trailing_step"),
        ({"max_holding": -1}, ErrorCode.CONSTRAINT_VIOLATION, "max_holding"),
        ({"timestamp": TIME_MAX_US + 1}, ErrorCode.OUT_OF_BOUNDS, "timestamp"),
        ({"expires_at": TIME_MIN_US - 1}, ErrorCode.OUT_OF_BOUNDS, "expires_at"),
    ],
)
def test_a_breach_refuses_the_whole_signal_table(
    make_signals: MakeTable, fields: dict[str, Any], code: ErrorCode, column: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        signals_from_table(make_signals({}, fields))
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (code, "T-6", column, 1)


@pytest.mark.rule("Q-T6b")
def test_signal_columns_must_be_there_and_of_their_type(make_signals: MakeTable) -> None:
    with pytest.raises(OmegaError) as caught:
        signals_from_table(make_signals({}).drop_columns(["symbol"]))
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "symbol")
    table = make_signals({})
    position = SIGNALS.names.index("price")
    with pytest.raises(OmegaError) as caught:
        signals_from_table(table.set_column(position, "price", pa.array([1], pa.int64())))
    assert (caught.value.code, caught.value.column) == (ErrorCode.TYPE_MISMATCH, "price")


@pytest.mark.rule("Q-X4")
@pytest.mark.parametrize("column", ["price", "timestamp"])
def test_a_signal_column_that_is_there_twice_is_refused(make_signals: MakeTable, column: str) -> None:
    table = make_signals({})
    with pytest.raises(OmegaError) as caught:
        signals_from_table(table.append_column(column, table[column]))
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, column)
