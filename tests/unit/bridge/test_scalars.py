"""NumPy's and pandas' single values in rows and configurations (T-8b)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import omega
from omega.config import load_config
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.signals import signal_table, table_of_rows

START = 1_704_067_200_000_000
ROW: dict[str, Any] = {
    "timestamp": START,
    "symbol": "EURUSD",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.0,
    "magic_number": 7,
    "size": 0.5,
    "tags": ["a"],
    "max_holding": timedelta(minutes=5),
}
AS_NUMPY: dict[str, Any] = {
    "timestamp": np.datetime64("2024-01-01T00:00:00", "s"),
    "symbol": np.str_("EURUSD"),
    "stop_loss": np.int64(1),
    "magic_number": np.uint8(7),
    "size": np.float32(0.5),
    "tags": [np.str_("a")],
    "max_holding": np.timedelta64(5, "m"),
}


@pytest.mark.rule("T-8b")
@pytest.mark.parametrize("field", AS_NUMPY)
def test_a_numpy_scalar_in_a_signal_is_the_value_it_equals(field: str) -> None:
    assert signal_table([ROW | {field: AS_NUMPY[field]}]).equals(signal_table([ROW]))


@pytest.mark.rule("T-8b")
@pytest.mark.parametrize(
    "time",
    [
        np.int64(START),
        np.datetime64(START, "us"),
        np.datetime64(START * 1000, "ns"),
        np.datetime64("2024-01-01", "D"),
        pd.Timestamp("2024-01-01", tz="UTC"),
    ],
)
def test_a_time_of_any_library_is_its_microseconds(time: object) -> None:
    assert signal_table([ROW | {"timestamp": time}]).equals(signal_table([ROW]))


@pytest.mark.rule("T-8b")
def test_bars_of_numpy_scalars_are_bars() -> None:
    prices = dict.fromkeys(BARS.names[1:], 1.5)
    numbers = {"timestamp": np.datetime64(START, "us"), **{name: np.float32(1.5) for name in prices}}
    plain = table_of_rows([{"timestamp": START, **prices}], BARS, rule="T-2")
    assert table_of_rows([numbers], BARS, rule="T-2").equals(plain)
    bars = omega.sample_bars(n=100)
    simulators = [omega.ExecutionSimulator({"symbol": "EURUSD", "timeframe": "M5"}, backend="python") for _ in range(2)]
    for simulator, row in zip(simulators, ({"timestamp": START, **prices}, numbers), strict=True):
        simulator.process_signals(row, [])
        simulator.evaluate_exits(row)
    assert simulators[0].state_hash == simulators[1].state_hash
    assert len(bars) == 100


@pytest.mark.rule("T-8b", "T-1")
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("timestamp", pd.Timestamp(START * 1000 + 1, tz="UTC"), ErrorCode.CONSTRAINT_VIOLATION),
        ("timestamp", np.datetime64(START * 1000 + 1, "ns"), ErrorCode.CONSTRAINT_VIOLATION),
        ("max_holding", pd.Timedelta(1001, "ns"), ErrorCode.CONSTRAINT_VIOLATION),
        ("max_holding", np.timedelta64(1001, "ns"), ErrorCode.CONSTRAINT_VIOLATION),
        ("timestamp", "2024-01-01T00:00:00.123456789Z", ErrorCode.CONSTRAINT_VIOLATION),
        ("expires_at", "2024-01-01T00:00:00,0000001+00:00", ErrorCode.CONSTRAINT_VIOLATION),
        ("timestamp", np.datetime64("NaT"), ErrorCode.TYPE_MISMATCH),
        ("timestamp", pd.NaT, ErrorCode.TYPE_MISMATCH),
        ("timestamp", pd.Timestamp("2024-01-01"), ErrorCode.TYPE_MISMATCH),
        ("size", np.bool_(True), ErrorCode.TYPE_MISMATCH),
        ("magic_number", np.float64(7.0), ErrorCode.TYPE_MISMATCH),
        ("size", np.complex128(1.0), ErrorCode.TYPE_MISMATCH),
    ],
)
def test_what_is_no_exact_value_is_refused_with_its_place(field: str, value: object, code: ErrorCode) -> None:
    with pytest.raises(OmegaError) as caught:
        signal_table([ROW, ROW | {field: value}])
    assert (caught.value.code, caught.value.column, caught.value.row) == (code, field, 1)


@pytest.mark.rule("T-1", "T-8b")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (pd.NaT, ErrorCode.TYPE_MISMATCH),
        (np.datetime64("NaT"), ErrorCode.TYPE_MISMATCH),
        (np.datetime64(10_000, "Y"), ErrorCode.OUT_OF_BOUNDS),
        (date(2024, 1, 1), ErrorCode.TYPE_MISMATCH),
    ],
)
def test_a_key_that_is_no_time_is_named(value: object, code: ErrorCode) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.Config(symbol="EURUSD", end=value)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "T-1", "end")


@pytest.mark.rule("T-1")
def test_a_text_may_have_more_decimals_that_are_zeros() -> None:
    text = "2024-01-01T00:00:00.123456000Z"
    time = datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert signal_table([ROW | {"timestamp": text}]).column("timestamp").to_pylist() == [time]
    assert load_config({"start": text}).start == time


@pytest.mark.rule("T-8b")
def test_a_configuration_takes_numpy_scalars() -> None:
    numbers = {
        "symbol": np.str_("EURUSD"),
        "risk_per_trade": np.float32(50.0),
        "initial_balance": np.int64(5000),
        "seed": np.uint64(2**64 - 1),
        "close_at_end": np.bool_(True),
        "start": np.datetime64("2024-01-01", "D"),
        "costs": {"slippage": {"fixed_pips": np.float64(0.5)}},
        "strategy": {"parameters": {"atr_length": np.int32(10), "enabled_scenarios": [np.int8(1)]}},
    }
    plain = {
        "symbol": "EURUSD",
        "risk_per_trade": 50.0,
        "initial_balance": 5000.0,
        "seed": 2**64 - 1,
        "close_at_end": True,
        "start": datetime(2024, 1, 1, tzinfo=UTC),
        "costs": {"slippage": {"fixed_pips": 0.5}},
        "strategy": {"parameters": {"atr_length": 10, "enabled_scenarios": [1]}},
    }
    assert load_config(numbers) == load_config(plain)
    with pytest.raises(OmegaError) as caught:
        load_config({"start": pd.Timestamp(START * 1000 + 1, tz="UTC")})
    assert (caught.value.code, caught.value.rule, caught.value.column) == (1006, "T-1", "start")
