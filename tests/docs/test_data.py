"""The runbook about data: every command of it runs, one after the other, over files as it names them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from omega.cli.app import app

RUNBOOK = (Path(__file__).parents[2] / "runbooks" / "data.md").read_text("utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", RUNBOOK, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the runbook names: an hour of minutes."""
    minutes = range(60)
    header = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    rows = "".join(f"2024.03.08\t10:{one:02}:00\t1.07214\t1.07220\t1.07210\t1.07214\t10\t0\t8\n" for one in minutes)
    (tmp_path / "EURUSD_M1.csv").write_text(header + rows)
    prices = "".join(f"{1709935140000 + one * 60000},1.0939,1.094,1.0938,1.0939,{one}\n" for one in minutes)
    (tmp_path / "eurusd-m1-bid.csv").write_text("timestamp,open,high,low,close,volume\n" + prices)
    ticks = "".join(f"20240308 1659{one:02}123,1.0939,1.09392,0\n" for one in minutes)
    (tmp_path / "ticks.csv").write_text(ticks)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_of_the_runbook_runs(folder: Path) -> None:
    lines = [line for block in BLOCKS for line in block.splitlines()]
    assert len(lines) == 10
    for line in lines:
        outcome = CliRunner().invoke(app, shlex.split(line)[1:])
        assert outcome.exit_code == 0, (line, outcome.output)
    made = {"eurusd_m1.parquet", "dukascopy.parquet", "eurusd_h4.parquet", "eurusd_m5.parquet", "from_ticks.parquet"}
    assert made | {"store"} <= {path.name for path in folder.iterdir()}


def test_what_describe_shows_is_what_the_runbook_shows(folder: Path) -> None:
    shown = re.search(r"^```\n(style.*?)^```", RUNBOOK, re.DOTALL | re.MULTILINE)
    assert shown is not None
    answer = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["data", "describe", "EURUSD_M1.csv"]).output
    words = [line.split() for line in answer.splitlines()]
    assert all(line.split() in words for line in shown[1].splitlines())


def test_the_commands_of_the_readme_run(folder: Path) -> None:
    block = re.search(r"^```sh\n(omega data .*?)^```", README, re.DOTALL | re.MULTILINE)
    assert block is not None
    for line in block[1].splitlines():
        outcome = CliRunner().invoke(app, shlex.split(line)[1:])
        assert outcome.exit_code == 0, (line, outcome.output)
