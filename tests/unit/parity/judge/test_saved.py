"""``omega diff``: two saved results, or two folders of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

import omega
from omega_parity.cli.diff import diff
from omega_parity.judge.saved import compare_saved

APP = typer.Typer()
APP.command("diff")(diff)
APP.callback()(lambda: None)

SIGNALS = [
    {"symbol": "EURUSD", "signal_type": "entry", "direction": "long", "order_type": "market", "stop_loss": 1.05},
    {"symbol": "EURUSD", "signal_type": "entry", "direction": "short", "order_type": "market", "stop_loss": 1.15},
]


def _run(risk: float) -> omega.Result:
    bars = omega.sample_bars(n=300, seed=7, backend="python")
    times = bars.table["timestamp"].to_pylist()
    signals: list[dict[str, Any]] = [
        {**signal, "timestamp": times[40 * (place + 1)], "max_holding": 3_600_000_000, "tags": ["a"]}
        for place, signal in enumerate(SIGNALS)
    ]
    return omega.run_signals(bars, signals, {"symbol": "EURUSD", "risk_per_trade": risk}, backend="python")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for name, risk in (("one", 100.0), ("same", 100.0), ("other", 200.0), ("left/x", 100.0), ("right/x", 100.0)):
        _run(risk).save(folder / name)
    _run(100.0).save(folder / "right" / "y")
    return folder


def _diff(a: Path, b: Path, *options: str) -> Any:
    return CliRunner().invoke(APP, ["diff", str(a), str(b), *options])


def test_equal_results(saved: Path) -> None:
    result = _diff(saved / "one", saved / "same")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("identical: 1 results, ")


def test_different_results_name_bar_and_field(saved: Path) -> None:
    result = _diff(saved / "one", saved / "other")
    assert result.exit_code == 1
    assert "diverges at bar 40 of 300" in result.output
    assert "size" in result.output
    data = json.loads(_diff(saved / "one", saved / "other", "--json").output)
    assert data["answer"] == "different"
    assert data["divergences"][0]["bar"] == 40
    quiet = _diff(saved / "one", saved / "other", "--quiet")
    assert len(quiet.output.splitlines()) == 1


def test_what_the_results_were_made_with_is_told_first_and_decides_nothing(saved: Path, tmp_path: Path) -> None:
    first = _diff(saved / "one", saved / "other").output.splitlines()[0]
    assert first.startswith("made with one and other.config.risk_per_trade: 100.0 ")
    found = compare_saved(saved / "one", saved / "other")
    assert [one.field for one in found.made_with] == ["config.risk_per_trade"]
    path = saved / "same"
    other = replace(omega.load_result(path), backend="rust", versions={"omega": "0.0.1"})
    other.save(tmp_path / "same")
    moved = json.loads(_diff(path, tmp_path / "same", "--json").output)
    assert moved["answer"] == "identical"
    told = {one["what"].removeprefix("same and same."): (one["a"], one["b"]) for one in moved["made_with"]}
    assert told["backend"] == ("python", "rust")
    assert told["versions.omega"] == (omega.__version__, "0.0.1")


def test_folders_are_compared_by_name(saved: Path) -> None:
    comparison = compare_saved(saved / "left", saved / "right")
    assert comparison.results == 2
    assert [difference.name for difference in comparison.comparison.differences] == ["results.y"]
    assert "y: differs in results.y" in _diff(saved / "left", saved / "right").output


@pytest.mark.parametrize(("a", "b"), [("one", "nowhere"), ("one", "left"), ("left", "one")])
def test_wrong_use(saved: Path, a: str, b: str) -> None:
    result = _diff(saved / a, saved / b)
    assert result.exit_code == 2
    assert result.output.startswith("error ")


def test_text_fields_of_trades_count(saved: Path, tmp_path: Path) -> None:
    _run(100.0).save(tmp_path / "changed")
    (file,) = (tmp_path / "changed").glob("trades*")
    trades = pq.read_table(file)
    index = trades.schema.get_field_index("tags")
    tags = pa.array([["b"]] * len(trades), trades.schema.field("tags").type)
    pq.write_table(trades.set_column(index, trades.schema.field("tags"), tags), file)
    result = _diff(saved / "one", tmp_path / "changed")
    assert result.exit_code in (1, 2), result.output  # a checksum in the manifest may refuse it first
