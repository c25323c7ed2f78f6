"""A system without a time-zone data base (T-1): runs, results and the command line need none, doctor says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HIDE = "import sys; sys.modules['tzdata'] = None\n"
CHECK = """
import zoneinfo
try:
    zoneinfo.ZoneInfo("UTC")
except zoneinfo.ZoneInfoNotFoundError:
    pass
else:
    raise SystemExit("there is a data base")
"""
RUN = """
import omega
bars = omega.sample_bars(300)
config = {"symbol": "EURUSD", "strategy": {"parameters": {"enabled_scenarios": [1], "window_length": 20}}}
for backend in ("python", "rust"):
    result = omega.run_backtest(config, bars, backend=backend)
    print(result)
    print(result.fees.num_rows, bars)
"""
MAIN = "from omega.cli import main\nmain(sys.argv[1:])\n"


def without(script: str, *words: str | Path, hidden: bool = True) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONTZPATH": ""}
    command = [sys.executable, "-c", (HIDE + CHECK if hidden else "import sys\n") + script, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.mark.rule("T-1")
def test_a_result_is_printed() -> None:
    ended = without(RUN)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("300 bars, 2020-01-06 00:00 to 2020-01-07 00:55 UTC") == 2


@pytest.mark.parametrize("command", ["backtest", "data", "data check", "sample"])
def test_the_command_line(command: str, tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text(
        "symbol: EURUSD\ndata: {sample: {n: 300}}\n"
        "strategy:\n  parameters: {enabled_scenarios: [1], window_length: 20}\n"
    )
    made = without(MAIN, "sample", "--n", "300", "--out", tmp_path / "bars.csv")
    assert made.returncode == 0, made.stderr
    words: dict[str, list[str | Path]] = {
        "backtest": [config],
        "data check": [tmp_path / "bars.csv"],
        "sample": ["--n", "30"],
        "data": ["--help"],
    }
    ended = without(MAIN, *command.split(), *words[command])
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_says_that_there_is_none() -> None:
    ended = without(MAIN, "doctor", "--json")
    assert ended.returncode == 3, ended.stderr
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert not found["time zones"]["is_healthy"]
    assert "install the package tzdata" in found["time zones"]["found"]
    assert found["a run on each side"]["is_healthy"]


def test_the_package_is_data_base_enough() -> None:
    ended = without(MAIN, "doctor", "--json", hidden=False)
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert (found["time zones"]["is_healthy"], found["time zones"]["found"]) == (True, "the package tzdata")
