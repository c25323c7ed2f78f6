from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS, PRICE_COLUMNS
from omega_reference.bars.checks import check_bars
from omega_reference.breaches import TIME_MAX_US, TIME_MIN_US
from omega_reference.data import DataHandler, bars_from_table, read_bars

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
def test_half_of_the_steps_must_be_multiples_of_the_timeframe(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 3), "timestamp", 2, START_US + 90_000_000)
    assert DataHandler().check_bars(table, MINUTE_US).uneven_steps == 1
    error = refused(replaced(table, "timestamp", 1, START_US + 45_000_000))
    assert (error.code, error.rule, error.column, error.row) == (
        ErrorCode.CONSTRAINT_VIOLATION,
        "T-4",
        "timestamp",
        1,
    )
    assert error.value == START_US + 45_000_000
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


def test_columns_of_unequal_length_are_refused(make_bars: MakeTable) -> None:
    bars = read_bars(make_bars([FLAT] * 3))
    with pytest.raises(OmegaError) as caught:
        check_bars(replace(bars, ask_low=[1.0]), MINUTE_US, [])
    assert (caught.value.code, caught.value.column) == (ErrorCode.SIZE_MISMATCH, "ask_low")


@pytest.mark.rule("Q-T4")
def test_of_an_off_step_and_a_step_back_the_earlier_row_is_named(make_bars: MakeTable) -> None:
    bars = read_bars(make_bars([FLAT] * 3))
    for times, rule in (([0, MINUTE_US + 1, 0], "T-4"), ([MINUTE_US, 0, MINUTE_US + 1], "T-2")):
        with pytest.raises(OmegaError) as caught:
            check_bars(replace(bars, timestamp=times), MINUTE_US, [])
        assert (caught.value.rule, caught.value.row) == (rule, 1)


@pytest.mark.rule("Q-T2")
def test_a_null_does_not_hide_an_earlier_breach(make_bars: MakeTable) -> None:
    table = replaced(replaced(make_bars([FLAT] * 4), "bid_high", 2, None), "bid_high", 1, math.nan)
    assert (refused(table).code, refused(table).row) == (ErrorCode.NAN_VALUE, 1)
    table = replaced(replaced(make_bars([FLAT] * 4), "timestamp", 1, None), "timestamp", 3, START_US)
    assert (refused(table).code, refused(table).row) == (ErrorCode.NULL_VALUE, 1)


@pytest.mark.rule("T-10", "Q-T10", "Q-T2")
@pytest.mark.parametrize(("price", "is_refused"), [(1e-12, False), (0.999e-12, True), (1e12, False), (1.001e12, True)])
def test_a_price_lies_in_its_range(make_bars: MakeTable, price: float, is_refused: bool) -> None:
    bars = read_bars(make_bars([FLAT] * 2))
    sides: dict[str, Any] = {name: [1.0, price] for name in PRICE_COLUMNS}
    table = replace(bars, **sides)
    if not is_refused:
        check_bars(table, MINUTE_US, [])
        return
    with pytest.raises(OmegaError) as caught:
        check_bars(table, MINUTE_US, [])
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", "bid_open")
    assert (error.row, error.value) == (1, price)
    assert "1e-12 … 1e+12" in str(error)
