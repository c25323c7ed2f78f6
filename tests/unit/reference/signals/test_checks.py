from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import SIGNALS
from omega.contract.types import Direction, SignalType
from omega_reference.breaches import TIME_MAX_US, TIME_MIN_US
from omega_reference.data import signals_from_table

MakeTable = Callable[..., pa.Table]


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


@pytest.mark.rule("Q-T1", "Q-T6", "Q-T6b", "T-9", "T-10", "Q-T10")
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
        ({"size": 1.001e12}, ErrorCode.CONSTRAINT_VIOLATION, "size"),
        ({"size": 0.999e-12}, ErrorCode.CONSTRAINT_VIOLATION, "size"),
        ({"price": 1.001e12}, ErrorCode.CONSTRAINT_VIOLATION, "price"),
        ({"take_profit": 0.999e-12}, ErrorCode.CONSTRAINT_VIOLATION, "take_profit"),
        ({"break_even_offset": 1.001e12}, ErrorCode.CONSTRAINT_VIOLATION, "break_even_offset"),
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


@pytest.mark.rule("T-10", "Q-T10")
def test_the_ends_of_a_range_belong_to_it_and_what_is_not_positive_is_an_event(make_signals: MakeTable) -> None:
    ends = [{"price": price, "size": size, "trailing_step": 0.0} for price, size in ((1e-12, 1e-12), (1e12, 1e12))]
    assert len(signals_from_table(make_signals(*ends, {"price": 0.0, "size": -1e300, "stop_loss": -1e13}))) == 3
