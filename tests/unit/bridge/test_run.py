"""Runs through the public API: results, indicators, and who served."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract import types
from omega.contract.errors import ErrorCode, OmegaError
from omega.result import chain_array

from .conftest import CONFIG, signals


def test_run_says_who_served(result: omega.Result, backend: str) -> None:
    assert result.backend == backend
    *engine, reader = result.flags
    assert {choice.backend for choice in engine} == {backend}
    assert {choice.origin for choice in result.flags} == {"backend argument"}
    assert (reader.component, reader.backend) == ("data_handler", "python")  # the sample was made before
    assert (result.crossings, result.fallbacks) == (2 if backend == "rust" else 0, {})


def test_trades_have_the_columns_of_the_design_and_the_texts_of_their_signals(result: omega.Result) -> None:
    design = {"order_id", "symbol", "magic_number", "direction", "order_type", "entry_time", "trigger_time"}
    design |= {"entry_price", "initial_stop_loss", "initial_take_profit", "stop_loss", "take_profit", "size"}
    design |= {"exit_time", "exit_price", "result", "r_multiple", "entry_fee", "exit_fee", "reason"}
    design |= {"scenario", "tags", "metadata"}
    assert design <= set(result.trades.column_names)
    assert "signal_row" not in result.trades.column_names
    texts = {row["order_id"]: (row["scenario"], row["tags"], row["metadata"]) for row in result.trades.to_pylist()}
    assert texts == {1: (None, None, None), 2: ("morning", ["a", "b"], [("source", "desk")])}


@pytest.mark.rule("P-2", "Q-P2")
def test_fee_log(result: omega.Result) -> None:
    log = result.fees.to_pylist()
    assert [(row["kind"], row["order_id"]) for row in log] == [("entry", 1), ("entry", 2), *_exits(result)]
    trades = result.trades.to_pylist()
    assert sum(row["amount"] for row in log) == pytest.approx(sum(t["entry_fee"] + t["exit_fee"] for t in trades))
    assert sum(row["amount"] for row in log) == pytest.approx(result.metrics["fees"])


def _exits(result: omega.Result) -> list[tuple[str, int]]:
    return [("exit", row["order_id"]) for row in result.trades.to_pylist()]


@pytest.mark.rule("Q-T8c")
def test_free_fills_are_not_logged(sample: omega.Bars) -> None:
    config = {"symbol": "EURUSD", "close_at_end": True}
    assert omega.run_signals(sample, signals(sample), config, backend="python").fees.num_rows == 0


def test_state_chain(result: omega.Result, sample: omega.Bars) -> None:
    assert result.state_chain.shape == (len(sample), 16)
    assert result.state_chain.dtype == np.uint8
    assert not result.state_chain.flags.writeable
    assert result.last_state_hash == bytes(result.state_chain[-1]).hex()
    empty: Any = pa.array([], pa.binary(16))
    assert chain_array(empty).shape == (0, 16)
    sliced: Any = pa.array([b"a" * 16, b"b" * 16], pa.binary(16)).slice(1)
    assert chain_array(sliced).tobytes() == b"b" * 16


def test_summary_has_seventeen_lines_of_a_terminal(result: omega.Result, capsys: pytest.CaptureFixture[str]) -> None:
    print(result)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 17
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("EURUSD M5, canonical, 600 bars, 2020-01-06 00:00 to ")
    assert "2: " in lines[2]
    assert "1 rejected" in lines[12]
    assert repr(result) == str(result)
    assert replace(result) != result  # tables and arrays have no truth: `omega diff` compares two results


@pytest.mark.rule("P-5")
def test_metrics_are_those_of_the_contract(result: omega.Result) -> None:
    hints = get_type_hints(types.Metrics)
    assert list(result.metrics) == list(hints)
    assert [name for name, value in result.metrics.items() if not isinstance(value, hints[name])] == []


def test_strategy_run(sample: omega.Bars, config: dict[str, Any], backend: str) -> None:
    result = omega.run_backtest(config, sample, backend=backend)
    assert result.trades.num_rows > 3
    assert set(result.trades.column("scenario").to_pylist()) <= {"long_1", "short_1"}
    assert {tuple(tags or ()) for tags in result.trades.column("tags").to_pylist()} == {("scenario1", "zscore", "ema")}


@pytest.mark.rule("F-4")
@pytest.mark.parametrize(
    "flags",
    [
        {"slippage_fee": "true", "event_engine": "false"},
        {"indicator_cache": "true", "event_engine": "false"},
        {"slippage_fee": "true", "indicator_cache": "true", "strategy": "false"},
        {},
    ],
)
def test_parts_in_rust_alone_change_no_bit(sample: omega.Bars, config: dict[str, Any], flags: dict[str, str]) -> None:
    if not omega_rust_is_usable():
        pytest.skip("native module")
    config = {**config, "costs": {"fee": {"per_million": 30.0}, "slippage": {"random_pips": 0.3}}}
    reference = omega.run_backtest(config, sample, backend="python")
    with omega.config.override_flags(**flags):
        mixed = omega.run_backtest(config, sample)
    assert mixed.last_state_hash == reference.last_state_hash
    assert mixed.events.equals(reference.events)
    assert mixed.backend == ("python" if flags else "rust")
    served = {choice.component for choice in mixed.flags if choice.backend == "rust"}
    assert served >= {name for name, value in flags.items() if value == "true"}
    assert mixed.crossings >= 2


def omega_rust_is_usable() -> bool:
    from omega.serve.planning import native_status

    return native_status().is_usable


def test_configuration_can_hold_flags(sample: omega.Bars, config: dict[str, Any]) -> None:
    config["feature_flags"] = dict.fromkeys(("slippage_fee", "indicator_cache", "portfolio"), "false")
    config["strategy"]["rust_enabled"] = False
    result = omega.run_backtest(config, sample)
    origins = {choice.component: choice.origin for choice in result.flags}
    assert result.backend == "python"
    assert origins["strategy"] == origins["portfolio"] == "configuration"


def test_bars_from_the_configuration(parquet: Path, sample: omega.Bars, config: dict[str, Any]) -> None:
    expected = omega.run_backtest(config, sample, backend="python").last_state_hash
    for data in (str(parquet), {"path": str(parquet)}, {"sample": {"n": 600}}):
        assert omega.run_backtest({**config, "data": data}, backend="python").last_state_hash == expected
    with pytest.raises(OmegaError, match="no bars") as caught:
        omega.run_backtest(config)
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "data")


def test_one_side_in_the_configuration_takes_the_pip_of_its_instrument(
    tmp_path: Path, sample: omega.Bars, config: dict[str, Any]
) -> None:
    names = ("open", "high", "low", "close")
    bid = {short: sample.table.column(f"bid_{short}") for short in names}
    rest = {name: sample.table.column(name) for name in ("timestamp", "volume")}
    pq.write_table(pa.table({**rest, **bid}), tmp_path / "bid.parquet")
    config["data"] = {"bid": str(tmp_path / "bid.parquet"), "spread_pips": 1.0}
    assert len(omega.run_backtest(config, backend="python").state_chain) == 600


@pytest.mark.rule("G-4", "Q-L1")
def test_start_and_end_limit_the_run(sample: omega.Bars, config: dict[str, Any], backend: str) -> None:
    start, end = (datetime.fromtimestamp(sample.times[row] / 1e6, UTC) for row in (100, 300))
    limited = omega.run_backtest({**config, "start": start, "end": end.isoformat()}, sample, backend=backend)
    assert len(limited.state_chain) == 200
    assert limited.equity.column("timestamp")[0].as_py() == start
    enough = omega.run_backtest({**config, "start": start, "end": end, "warmup_bars": 100}, sample, backend=backend)
    assert enough.last_state_hash == limited.last_state_hash
    short = omega.run_backtest({**config, "start": start, "end": end, "warmup_bars": 0}, sample, backend=backend)
    assert short.data_hash != enough.data_hash
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest({**config, "end": "2019-01-01T00:00:00Z"}, sample, backend=backend)
    assert caught.value.code is ErrorCode.EMPTY_INPUT


def test_neither_signals_nor_strategy(sample: omega.Bars, backend: str) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest(CONFIG, sample, backend=backend)
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "strategy")


def test_unknown_strategy(sample: omega.Bars, config: dict[str, Any], backend: str) -> None:
    config["strategy"]["name"] = "nonsense"
    with pytest.raises(OmegaError, match="nonsense"):
        omega.run_backtest(config, sample, backend=backend)


def test_progress_and_its_exceptions(sample: omega.Bars, config: dict[str, Any], backend: str) -> None:
    seen: list[tuple[int, int]] = []
    omega.run_backtest(config, sample, backend=backend, on_progress=lambda done, total: seen.append((done, total)))
    assert all(0 <= done <= total == 600 for done, total in seen)


@pytest.mark.rule("I-1", "I-8")
def test_indicator(sample: omega.Bars, backend: str) -> None:
    mean = omega.indicator("sma", sample, period=3, backend=backend)
    assert isinstance(mean, np.ndarray)
    close = sample.table.column("bid_close").to_numpy()
    assert np.isnan(mean[:2]).all()
    assert mean[2:] == pytest.approx((close[2:] + close[1:-1] + close[:-2]) / 3)
    bands = omega.indicator("bollinger", sample.table, "ask", backend, period=20, std_factor=2.0)
    assert isinstance(bands, tuple)
    assert [len(series) for series in bands] == [600] * 3
    with pytest.raises(OmegaError):
        omega.indicator("nonsense", sample, backend=backend)
