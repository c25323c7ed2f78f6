"""The bench command, without timing anything; the suites themselves run untimed so that they cannot rot."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import typer

from omega.contract.errors import OmegaError
from omega_parity.cli import bench

ROOT = Path(__file__).parents[4]


def _entry(side: str, median: float) -> dict[str, Any]:
    return {
        "fullname": "benchmarks/test_runs.py::test_w1",
        "group": "strategy run W1",
        "extra_info": {"side": side, "size": 30_000, "unit": "bars"},
        "stats": {"median": median, "iqr": 0.0, "rounds": 3},
    }


REPORT = {
    "benchmarks": [_entry("python", 0.12), _entry("rust", 0.002), _entry("python", 0.5) | {"group": "half"}],
    "commit_info": {"id": "0123456789abcdef", "dirty": False},
    "datetime": "-",
    "machine_info": {"processor": "p"},
}
INSIDE = {"component": "runs", "benchmark": "strategy run W1", "side": "inside rust", "median_ms": 1.5, "size": 1}
COSTS = {"bytes each": 190, "a quiet bar without its digest": 0.01, "a quiet bar": 0.02, "a bar that closes one": 0.03}
POSITIONS = [
    {"component": "execution_simulator", "side": "inside rust", "size": size, "median": cost * size / 1_000}
    | {"benchmark": f"{size:,} open positions, {name}"}
    for size in (1_000, 100_000)
    for name, cost in COSTS.items()
]
STREAM = {"kind": "signals", "side": "rust", "count": 10_000_000, "early_bytes": 2**27, "end_bytes": 2**27}
MEMORY = {"side": "rust", "bars": 30_000, "input_bytes": 100, "events_bytes": 0, "extra_bytes": 50}


def _answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_timed", lambda select: REPORT)
    monkeypatch.setattr(bench, "inside_rust", lambda: [INSIDE, *POSITIONS])
    monkeypatch.setattr(bench, "_stream", lambda kind, count: STREAM)
    monkeypatch.setattr(bench, "_memory", lambda side, size: MEMORY | {"ratio_to_input": 0.5})


def test_one_line_for_what_ran_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer(monkeypatch)
    bench.bench(out=tmp_path, select="", json_output=False)
    printed = capsys.readouterr().out
    assert "strategy run W1" in printed
    assert "half" not in printed
    page = (tmp_path / "README.md").read_text("utf-8")
    assert "| strategy run W1 | 120 | 2.000 | 1.500 | 15.0 M/s | 60x |" in page
    assert "0123456789ab" in page
    assert "0.50x the input" in page
    assert "10,000,000 signals in one process, rust: 128.0 MiB resident at the end, 128.0 after a tenth" in page
    assert "each costs 1.00 times what it does with the fewest" in page
    assert "| 1,000 | 190 | 0.010 | 10.0 | 0.020 | 0.030 |" in page
    assert "| 100,000 | 19,000 | 1.000 | 10.0 | 2.000 | 3.000 |" in page
    chart = (tmp_path / "positions.svg").read_text("utf-8")
    assert chart.count("<polyline") == 3
    assert ElementTree.fromstring(chart).tag.endswith("svg")


def test_what_plans_want_stands_beside_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entries = [_entry("python", 0.0826), _entry("rust", 0.001)]
    named = [entry | {"group": group} for group in list(bench.PLANS)[:2] for entry in entries]
    _answer(monkeypatch)
    monkeypatch.setattr(bench, "_timed", lambda select: REPORT | {"benchmarks": named})
    bench.bench(out=tmp_path, select="", json_output=True)
    page = (tmp_path / "README.md").read_text("utf-8")
    assert "| signals (1K) | 45 to under 5 ms | 82.600 | 1.000 | 83x |" in page
    assert "| signals (1K) as bytes | 45 to under 5 ms | 82.600 | 1.000 | 83x |" in page


def test_one_file_per_component(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _answer(monkeypatch)
    bench.bench(out=tmp_path, select="", json_output=True)
    assert {path.name for path in tmp_path.glob("*.json")} == {
        *("execution_simulator.json", "indicator_cache.json", "memory.json", "multi_symbol.json", "runs.json"),
        "streaming.json",
    }
    runs = json.loads((tmp_path / "runs.json").read_text("utf-8"))
    assert (runs["commit"], len(runs["rows"])) == ("0123456789abcdef", 4)


def test_a_selection_is_printed_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer(monkeypatch)
    bench.bench(out=tmp_path / "results", select="w1", json_output=True)
    assert [row["median_ms"] for row in json.loads(capsys.readouterr().out)["rows"][:2]] == [120.0, 2.0]
    assert not (tmp_path / "results").exists()


def test_without_a_checkout_there_is_nothing_to_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", tmp_path / "nowhere")
    with pytest.raises(typer.Exit) as caught:
        bench.bench(out=tmp_path)
    assert caught.value.exit_code == 3


def test_the_suites_run() -> None:
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-disable", "-q", "-k", "not w2"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    assert "43 passed" in finished.stdout


def test_memory_is_measured_in_a_process_of_its_own() -> None:
    figures = bench._memory("rust", 2_000)
    assert figures["bars"] == 2_000
    assert figures["input_bytes"] == 2_000 * 10 * 8


def test_a_selection_of_nothing_and_a_folder_that_is_a_file_are_wrong_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OmegaError, match="File exists"):
        bench.bench(out=tmp_path / "file", select="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 5))
    with pytest.raises(OmegaError, match="no benchmark matches 'nonsense'"):
        bench.bench(out=tmp_path, select="nonsense")


def test_without_cargo_the_whole_is_not_timed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(typer.Exit) as left:
        bench.bench(out=tmp_path, select="")
    assert left.value.exit_code == 3
