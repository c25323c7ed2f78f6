"""Bars of higher timeframes that come with a run, and what trades say of why they were made (G-2, A-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError

PARAMETERS = {
    "enabled_scenarios": [2],
    "z_score_long": -1.0,
    "z_score_short": 1.0,
    "kalman_q": 0.001,
    "std_factor": 1.0,
    "htf_tf": "H4",
    "htf_ema": 5,
    "htf_filter": "above",
}
CONFIG: dict[str, Any] = {"symbol": "EURUSD", "strategy": {"parameters": PARAMETERS}}


@pytest.fixture(scope="module")
def bars() -> omega.Bars:
    return omega.sample_bars(n=4_000, seed=7)


@pytest.fixture(scope="module")
def hours(bars: omega.Bars) -> omega.Bars:
    return omega.resample(bars, "H4")


@pytest.mark.rule("G-2", "Q-G2")
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_given_bars_that_are_those_resampled_change_nothing(
    bars: omega.Bars, hours: omega.Bars, tmp_path: Path, backend: str
) -> None:
    alone = omega.run_backtest(CONFIG, bars, backend=backend)
    given = omega.run_backtest(CONFIG, bars, higher={"H4": hours}, backend=backend)
    pq.write_table(hours.table, tmp_path / "h4.parquet")  # type: ignore[no-untyped-call]
    (tmp_path / "run.yaml").write_text(f"{omega_yaml()}higher_timeframes: {{H4: h4.parquet}}\n")
    named = omega.run_backtest(tmp_path / "run.yaml", bars, backend=backend)
    assert alone.metrics["trades"] > 50  # type: ignore[operator]
    assert alone.last_state_hash == given.last_state_hash == named.last_state_hash
    without = {**CONFIG, "strategy": {"parameters": {**PARAMETERS, "htf_filter": "both"}}}
    assert omega.run_backtest(without, bars, backend=backend).last_state_hash != alone.last_state_hash


def omega_yaml() -> str:
    """Write :data:`CONFIG` as a file has it."""
    parameters = "".join(f"    {name}: {value}\n" for name, value in PARAMETERS.items())
    return f"symbol: EURUSD\nstrategy:\n  parameters:\n{parameters}"


@pytest.mark.rule("G-2", "G-3", "Q-G3")
def test_bars_that_begin_late_or_are_stale_let_nothing_through(bars: omega.Bars, hours: omega.Bars) -> None:
    late = omega.read_bars(hours.table.slice(60), symbol="EURUSD", timeframe="H4")
    result = omega.run_backtest(CONFIG, bars, higher={"H4": late})
    assert result.decisions is not None
    first = result.decisions.column("timestamp")[0].as_py()
    begin = late.table.column("timestamp")[0].as_py()
    assert (first - begin).total_seconds() >= 4 * 3600 - 300, "visible at the end of the first of them"
    early = omega.read_bars(hours.table.slice(0, 10), symbol="EURUSD", timeframe="H4")
    result = omega.run_backtest({**CONFIG, "alignment": {"stale_limit": 5}}, bars, higher={"H4": early})
    last = early.table.column("timestamp")[9].as_py()
    assert result.decisions is not None
    times = result.decisions.column("timestamp").to_pylist()
    assert times
    assert (max(times) - last).total_seconds() <= 4 * 3600 + 5 * 300


@pytest.mark.rule("Q-G2", "X-1")
@pytest.mark.parametrize(
    ("higher", "code", "column"),
    [
        (3, ErrorCode.TYPE_MISMATCH, "higher"),
        ({"H9": None}, ErrorCode.INVALID_ARGUMENT, "higher_timeframes.H9"),
        ({5: None}, ErrorCode.INVALID_ARGUMENT, "higher_timeframes.5"),
        ({"M1": None}, ErrorCode.INVALID_ARGUMENT, "higher_timeframes.M1"),
        ({"D1": "hours"}, ErrorCode.CONSTRAINT_VIOLATION, "higher_timeframes.D1"),
        ({"H4": "nowhere.parquet"}, ErrorCode.NOT_FOUND, None),
        ({"H4": "pounds"}, ErrorCode.CONSTRAINT_VIOLATION, "higher_timeframes.H4"),
    ],
)
def test_higher_bars_that_cannot_be(
    bars: omega.Bars, hours: omega.Bars, higher: Any, code: ErrorCode, column: str | None
) -> None:
    pounds = omega.read_bars(hours.table, symbol="GBPUSD", timeframe="H4")
    if isinstance(higher, dict):
        known = {"hours": hours, "pounds": pounds}
        higher = {name: known.get(source, source) for name, source in higher.items()}
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest(CONFIG, bars, higher=higher)
    assert caught.value.code is code
    assert column is None or caught.value.column == column


@pytest.mark.rule("Q-G2")
def test_a_timeframe_is_given_once(bars: omega.Bars, hours: omega.Bars) -> None:
    with pytest.raises(OmegaError, match="H4 is given twice"):
        omega.run_backtest({**CONFIG, "higher_timeframes": {"H4": "h4.parquet"}}, bars, higher={"H4": hours})


@pytest.mark.rule("A-10", "Q-A10", "Q-A10b")
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_a_trade_says_why_it_was_made(bars: omega.Bars, backend: str) -> None:
    given = {**PARAMETERS, "enabled_scenarios": [6], "scenario6_timeframes": ["M15", "H1"], "scenario6_mode": "any"}
    result = omega.run_backtest({**CONFIG, "strategy": {"parameters": given}}, bars, backend=backend)
    assert result.decisions is not None
    by_time = {row["timestamp"]: row for row in result.decisions.to_pylist()}
    trades = result.trades.to_pylist()
    assert trades
    assert "signal_row" not in result.trades.column_names
    for trade in trades:
        row, metadata = by_time[trade["entry_time"]], dict(trade["metadata"])
        assert trade["scenario"] == f"{trade['direction']}_6"
        assert metadata.pop("reason") == f"kalman_z_boll_{trade['direction']}_multi_tf"
        held = metadata.pop("overlays").split()
        assert row["overlays"] == sum(bit for bit, name in ((1, "M15"), (2, "H1")) if name in held) > 0
        assert trade["tags"] == [
            *("scenario6", "kalman", "bollinger", "multi_tf", "htf_bias_above"),
            *(f"overlay_{name}" for name in held),
        ]
        names = ("z", "atr", "spread", "upper", "mid", "lower", "htf_bias")
        assert {name: float(text) for name, text in metadata.items()} == {name: row[name] for name in names}
        assert trade["initial_take_profit"] == round(row["mid"], 5)


@pytest.mark.rule("A-10")
def test_a_saved_result_keeps_the_words(bars: omega.Bars, tmp_path: Path) -> None:
    result = omega.run_backtest(CONFIG, bars)
    result.save(tmp_path / "result")
    loaded = omega.load_result(tmp_path / "result")
    assert loaded.trades.equals(result.trades)
    assert loaded.decisions is None


@pytest.mark.rule("A-2", "Q-A3")
def test_a_section_without_a_word_runs_all_scenarios(bars: omega.Bars) -> None:
    result = omega.run_backtest({"symbol": "EURUSD", "strategy": {}}, bars)
    assert {"long_1", "short_1", "short_2"} <= set(result.trades.column("scenario").to_pylist())
