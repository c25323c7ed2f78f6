"""Runs through the public API: results, saving, indicators, the simulator, and who served."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract import types
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import EVENTS, POSITIONS, SIGNALS
from omega.data.signals import signal_table
from omega.result import MANIFEST, chain_array
from omega.settings.model import Config

SIGNAL = {
    "symbol": "EURUSD",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.09,
    "take_profit": 1.102,
}
CONFIG = {"symbol": "EURUSD", "timeframe": "M5", "costs": {"fee": {"per_million": 30.0}}}


def signals(bars: omega.Bars) -> list[dict[str, Any]]:
    """Two entries that fill, the second with all text fields; one that is refused in between."""
    return [
        {"timestamp": int(bars.times[10]), **SIGNAL},
        {"timestamp": int(bars.times[20]), **SIGNAL, "stop_loss": 2.0},
        {
            "timestamp": int(bars.times[30]),
            **SIGNAL,
            "max_holding": 1_800_000_000,
            "scenario": "morning",
            "tags": ["a", "b"],
            "metadata": {"source": "desk"},
        },
    ]


@pytest.fixture
def result(sample: omega.Bars, backend: str) -> omega.Result:
    return omega.run_signals(sample, signals(sample), {**CONFIG, "close_at_end": True}, backend=backend)


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
    assert (result.state_chain.shape, result.state_chain.dtype) == ((len(sample), 16), np.uint8)
    assert not result.state_chain.flags.writeable
    assert result.last_state_hash == bytes(result.state_chain[-1]).hex()
    assert chain_array(pa.array([], pa.binary(16))).shape == (0, 16)
    sliced = pa.array([b"a" * 16, b"b" * 16], pa.binary(16)).slice(1)
    assert chain_array(sliced).tobytes() == b"b" * 16


def test_summary_has_ten_lines_of_a_terminal(result: omega.Result, capsys: pytest.CaptureFixture[str]) -> None:
    print(result)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("EURUSD M5, canonical, 600 bars, 2020-01-06 00:00 to ")
    assert "2: " in lines[2]
    assert "1 rejected" in lines[7]
    assert repr(result) == str(result)


def test_saved_result_comes_back_to_the_bit(result: omega.Result, tmp_path: Path) -> None:
    loaded = omega.load_result(result.save(tmp_path / "deep" / "run"))
    for name in ("trades", "events", "equity", "positions"):
        saved = getattr(result, name)
        assert getattr(loaded, name).equals(saved)
        assert getattr(loaded, name).schema.equals(saved.schema, check_metadata=True)
    assert (loaded.state_chain == result.state_chain).all()
    for name in ("metrics", "backend", "flags", "crossings", "fallbacks", "config", "data_hash", "versions", "symbol"):
        assert getattr(loaded, name) == getattr(result, name), name
    assert str(loaded) == str(result)


def test_saving_again_replaces_and_strangers_are_not_touched(result: omega.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "run")
    result.save(folder)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"x")
    with pytest.raises(OmegaError) as caught:
        result.save(tmp_path / "photos")
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["one.jpg"]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OmegaError):
        result.save(tmp_path / "file")


def _drop_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def _break_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")


def _other_version(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format_version": 99}))


def _no_manifest_at_all(folder: Path) -> None:
    (folder / MANIFEST).write_text("[]")


def _alter_table(folder: Path) -> None:
    path = folder / "trades.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


def _drop_table(folder: Path) -> None:
    (folder / "equity.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_drop_manifest, ErrorCode.NOT_FOUND),
        (_drop_table, ErrorCode.NOT_FOUND),
        (_break_manifest, ErrorCode.DESERIALIZATION_FAILED),
        (_other_version, ErrorCode.DESERIALIZATION_FAILED),
        (_no_manifest_at_all, ErrorCode.DESERIALIZATION_FAILED),
        (_alter_table, ErrorCode.DESERIALIZATION_FAILED),
    ],
)
def test_damaged_result(sample: omega.Bars, tmp_path: Path, damage: Callable[[Path], None], code: ErrorCode) -> None:
    folder = omega.run_signals(sample, signals(sample), CONFIG, backend="python").save(tmp_path / "run")
    damage(folder)
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert caught.value.code is code


def test_manifest_says_what_ran(result: omega.Result, tmp_path: Path) -> None:
    manifest = json.loads((result.save(tmp_path / "run") / MANIFEST).read_text())
    assert {"config", "data_hash", "flags", "versions", "backend", "crossings", "metrics"} <= set(manifest)
    assert manifest["versions"]["contract"] == "1"


def test_strategy_run(sample: omega.Bars, config: dict[str, Any], backend: str) -> None:
    result = omega.run_backtest(config, sample, backend=backend)
    assert result.trades.num_rows > 3
    assert set(result.trades.column("scenario").to_pylist()) <= {"long_1", "short_1"}
    assert set(result.trades.column("tags").to_pylist()) == {None}


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


def test_signals_from_every_origin_run_alike(tmp_path: Path, sample: omega.Bars) -> None:
    rows = signals(sample)
    table = signal_table(rows)
    pq.write_table(table, tmp_path / "signals.parquet")
    dates = [{**row, "timestamp": datetime.fromtimestamp(row["timestamp"] / 1e6, UTC)} for row in rows]
    iso = [{**row, "timestamp": row["timestamp"].isoformat()} for row in dates]
    expected = omega.run_signals(sample, rows, CONFIG, backend="python").last_state_hash
    for origin in (table, tmp_path / "signals.parquet", dates, iso, table.to_batches()[0]):
        assert omega.run_signals(sample, origin, CONFIG, backend="python").last_state_hash == expected


def test_foreign_types_of_signals_are_brought_over(sample: omega.Bars) -> None:
    table = signal_table(signals(sample))
    foreign = {
        "magic_number": pa.array([1, 2, 3], pa.int8()),
        "max_holding": table.column("max_holding").cast(pa.duration("s")),
        "tags": table.column("tags").cast(pa.large_list(pa.large_string())),
        "size": pa.nulls(3),
    }
    for name, column in foreign.items():
        position = table.column_names.index(name) if name in table.column_names else len(table.column_names)
        table = table.drop_columns([name]) if name in table.column_names else table
        table = table.add_column(position, name, column)
    conformed = signal_table(table)
    assert all(conformed.schema.field(name).type == SIGNALS.field(name).type for name in conformed.column_names)
    assert conformed.column("tags").to_pylist()[2] == ["a", "b"]
    runs = [omega.run_signals(sample, origin, CONFIG, backend="python") for origin in (table, signals(sample))]
    assert runs[0].last_state_hash == runs[1].last_state_hash


def test_records_of_the_contract_are_signals_too(sample: omega.Bars) -> None:
    record = types.Signal(
        timestamp=int(sample.times[10]),
        symbol="EURUSD",
        signal_type=types.SignalType.ENTRY,
        direction=types.Direction.LONG,
        order_type=types.OrderType.MARKET,
        stop_loss=1.09,
    )
    table = signal_table(record)
    assert table.column("direction").to_pylist() == ["long"]
    assert signal_table([record]).equals(table)
    assert signal_table([]).schema.names == SIGNALS.names
    with pytest.raises(OmegaError):
        signal_table([3])


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
    assert simulator.positions().schema.equals(POSITIONS)


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
    assert (caught.value.code, caught.value.rule) == (ErrorCode.NOT_IMPLEMENTED, "E-17")
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


PROBE = """
import sys
{first}
heavy = {{"pyarrow", "pydantic", "numpy", "rich", "omega_reference", "omega_rust"}}
print(",".join(heavy.intersection(sys.modules)))
"""


@pytest.mark.parametrize(
    ("first", "allowed"),
    [
        ("import omega", set()),
        ("import omega.contract.types, omega.contract.errors", set()),
        ("import omega.flags.sources, omega.flags.plan", set()),
        ("from omega.cli import main; main(['--version'])", set()),
        ("import omega.cli.app", {"rich"}),
        ("import omega_reference.engine", {"pyarrow", "numpy", "omega_reference"}),
        ("import omega; omega.read_bars", {"pyarrow", "numpy", "pydantic"}),
    ],
)
def test_nothing_is_imported_before_it_is_needed(first: str, allowed: set[str]) -> None:
    run = subprocess.run([sys.executable, "-c", PROBE.format(first=first)], capture_output=True, text=True, check=True)
    loaded = set(filter(None, run.stdout.splitlines()[-1].split(",")))
    assert loaded <= allowed


def test_public_names() -> None:
    for name in omega.__all__:
        assert getattr(omega, name) is not None
        assert name in dir(omega)
    with pytest.raises(AttributeError, match="nonsense"):
        omega.nonsense  # noqa: B018
    assert omega.Config is Config
