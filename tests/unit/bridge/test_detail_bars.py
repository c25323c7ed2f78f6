"""Runs with detail bars through the public API, on both sides (E-22): what they say, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import omega
from omega.cli.app import app
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS_WITH_SYMBOL

MINUTE = 60_000_000
CONFIG: dict[str, Any] = {"symbol": "EURUSD", "timeframe": "M5"}
FLAT = (1.1, 1.1005, 1.0995, 1.1)
LONG = {
    "timestamp": 0,
    "symbol": "EURUSD",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.098,
    "take_profit": 1.102,
}


def bars(rows: Mapping[int, tuple[float, float, float, float]], symbol: str = "EURUSD") -> pa.Table:
    """Return bars by their minutes, each asked for a pip more."""
    names = ("open", "high", "low", "close")
    made = [
        {
            "timestamp": minute * MINUTE,
            **{f"bid_{name}": price for name, price in zip(names, prices, strict=True)},
            **{f"ask_{name}": round(price + 0.0001, 5) for name, price in zip(names, prices, strict=True)},
            "volume": 1.0,
            "symbol": symbol,
        }
        for minute, prices in rows.items()
    ]
    return pa.Table.from_pylist(made, BARS_WITH_SYMBOL)


WHOLE = bars({0: FLAT, 5: (1.1, 1.1025, 1.0975, 1.1), 10: FLAT})
MINUTES = bars({5: (1.1, 1.1025, 1.0999, 1.101), 6: (1.101, 1.1012, 1.0975, 1.1)})


def refused(detail: object, backend: str, whole: object = WHOLE, **keys: object) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        omega.run_signals(whole, [LONG], {**CONFIG, **keys}, detail=detail, backend=backend)
    return caught.value


@pytest.mark.rule("E-22", "Q-E22")
def test_a_result_says_what_it_looked_into(backend: str, tmp_path: Path) -> None:
    plain = omega.run_signals(WHOLE, [LONG], CONFIG, backend=backend)
    looked = omega.run_signals(WHOLE, [LONG], CONFIG, detail=MINUTES, backend=backend)
    assert plain.trades["reason"].to_pylist() == ["stop_loss"]
    assert looked.trades["reason"].to_pylist() == ["take_profit"]
    assert looked.trades["exit_time"].cast(pa.int64()).to_pylist() == [5 * MINUTE]
    assert looked.trades["known_at"].cast(pa.int64()).to_pylist() == [6 * MINUTE]
    assert (looked.timeframe, looked.crossings) == ("M5", 0 if backend == "python" else 2)
    assert (plain.metrics["ambiguous_bars"], looked.metrics["ambiguous_bars"]) == (1, 0)
    assert plain.detail is None
    assert looked.detail is not None
    read = omega.read_bars(MINUTES, timeframe="M1")
    assert (looked.detail.timeframe, looked.detail.bars) == ("M1", 1)
    assert looked.detail.data_hash == read.content_hash
    assert "detail         M1 inside of 1 of 3 bars" in str(looked)
    assert "detail" not in str(plain)
    for result in (plain, looked):
        loaded = omega.load_result(result.save(tmp_path / "result"))
        assert loaded.detail == result.detail


@pytest.mark.rule("E-22")
@pytest.mark.parametrize("form", ["table", "Bars", "path"])
def test_detail_bars_come_as_bars_do(form: str, backend: str, tmp_path: Path) -> None:
    detail: object = MINUTES
    if form == "Bars":
        detail = omega.read_bars(MINUTES, backend=backend)
    if form == "path":
        pq.write_table(MINUTES, tmp_path / "m1.parquet")
        detail = tmp_path / "m1.parquet"
    for given in (WHOLE, omega.read_bars(WHOLE, backend=backend)):
        result = omega.run_signals(given, [LONG], CONFIG, detail=detail, backend=backend)
        assert result.trades["reason"].to_pylist() == ["take_profit"]
        assert any(choice.component == "data_handler" for choice in result.flags)


@pytest.mark.rule("E-22", "Q-E22")
def test_a_strategy_runs_with_detail_bars(backend: str) -> None:
    """Bars taken for their own M1 under them change nothing."""
    whole = omega.sample_bars(2_000, backend=backend)
    config = {**CONFIG, "strategy": {"name": "mean_reversion_z_score", "parameters": {"enabled_scenarios": [1]}}}
    plain = omega.run_backtest(config, whole, backend=backend)
    detail = omega.read_bars(whole.table, symbol="EURUSD", timeframe="M1", backend=backend)
    looked = omega.run_backtest(config, whole, detail=detail, backend=backend)
    assert looked.last_state_hash == plain.last_state_hash
    assert looked.metrics == plain.metrics
    assert looked.trades.num_rows > 10


@pytest.mark.rule("Q-E22c")
def test_detail_bars_that_do_not_fit_are_refused(backend: str) -> None:
    beyond = bars({5: (1.1, 1.1025, 1.0999, 1.101), 6: (1.101, 1.1012, 1.0975, 1.1), 25: FLAT})
    gap = bars({0: FLAT, 5: (1.1, 1.1025, 1.0975, 1.1), 30: FLAT})
    cases: list[tuple[OmegaError, ErrorCode, str, str, int | None]] = [
        (refused(MINUTES, backend, variant="v1"), ErrorCode.INVALID_ARGUMENT, "E-22", "detail", None),
        (refused(WHOLE, backend), ErrorCode.INVALID_ARGUMENT, "E-22", "detail", None),
        (refused(beyond, backend, gap), ErrorCode.CONSTRAINT_VIOLATION, "E-22", "detail.timestamp", 2),
        (refused(bars({90: FLAT, 91: FLAT}), backend), ErrorCode.EMPTY_INPUT, "E-22", "detail", None),
        (refused(MINUTES.slice(0, 0), backend), ErrorCode.EMPTY_INPUT, "T-2", "detail.timestamp", None),
        (
            refused(MINUTES.drop_columns(["ask_low"]), backend),
            ErrorCode.MISSING_REQUIRED_FIELD,
            "T-2",
            "detail.ask_low",
            None,
        ),
        (
            refused(bars({5: FLAT, 6: FLAT}, "GBPUSD"), backend),
            ErrorCode.CONSTRAINT_VIOLATION,
            "T-2",
            "detail.symbol",
            0,
        ),
    ]
    for error, code, rule, column, row in cases:
        assert (error.code, error.rule, error.column, error.row) == (code, rule, column, row), str(error)
    other = refused(bars({5: (1.1, 1.1024, 1.0975, 1.1), 6: (1.1, 1.1, 1.1, 1.1)}), backend)
    assert (other.column, other.row, other.value) == ("detail.bid_high", 0, 1.1024)
    assert "make 1.1024, but its bid_high is 1.1025" in other.message
    ticks = [{"timestamp": 0, "bid": 1.1, "ask": 1.1}]
    assert refused(omega.read_ticks(ticks), backend).message.startswith("detail bars: these are ticks, no bars")


@pytest.mark.rule("E-22")
def test_detail_bars_of_another_symbol_are_refused_read_or_not(backend: str) -> None:
    foreign = omega.read_bars(bars({5: FLAT, 6: FLAT}, "GBPUSD"), backend=backend)
    error = refused(foreign, backend)
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "detail.symbol", "GBPUSD")


@pytest.mark.rule("E-22")
def test_the_command_line_takes_detail_bars(tmp_path: Path) -> None:
    pq.write_table(WHOLE, tmp_path / "m5.parquet")
    pq.write_table(MINUTES, tmp_path / "m1.parquet")
    (tmp_path / "config.json").write_text('{"symbol": "EURUSD", "timeframe": "M5"}')
    row = {**LONG, "timestamp": "1970-01-01T00:00:00Z"}
    (tmp_path / "signals.csv").write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    call = ["backtest", "config.json", "--data", "m5.parquet", "--signals", "signals.csv", "--detail", "m1.parquet"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        shown = CliRunner().invoke(app, call)
        as_json = CliRunner().invoke(app, [*call, "--json"])
        missing = CliRunner().invoke(app, [*call[:-1], "nowhere.parquet"])
    assert shown.exit_code == as_json.exit_code == 0, shown.output + as_json.output
    assert "1 take_profit" in shown.output
    assert '"timeframe": "M1"' in as_json.output
    assert missing.exit_code == 2
