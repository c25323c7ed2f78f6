"""The walk-through of wave 4, command by command: nothing is lost on the way to Rust and back."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import omega
from omega.data.writing import write_table
from omega.flags.registry import BY_NAME
from omega.serve.approvals import KIND, record_of
from omega.serve.evidence import add
from omega_parity.control.stamp import stamp
from omega_parity.generate.markets import market_data_folder, required_market_data

SECTION = (Path(__file__).parents[2] / "runbooks" / "wave-4.md").read_text("utf-8").split("## Walk-through")[1]
REAL = "oanda_eurusd_h1_2007_2018"


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the walk-through and what came of it."""

    words: list[str]
    code: int
    out: str
    err: str
    seconds: float


def block(kind: str) -> str:
    ((_, text),) = [
        one for one in re.findall(r"^```(\w*)\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE) if one[0] == kind
    ]
    return str(text)


def walked(folder: Path, timeframe: str) -> Iterator[Step]:
    """Do every command in ``folder``, with a GO record of these sources as the evidence there."""
    (folder / "run.yaml").write_text(block("yaml").replace("timeframe: H1", f"timeframe: {timeframe}"), "utf-8")
    flags = {"OMEGA_EVIDENCE": str(folder / "evidence.sqlite")}
    add(KIND, record_of(4, "GO", BY_NAME, []), stamp(), Path(flags["OMEGA_EVIDENCE"]))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OMEGA_")}
    for line in block("").splitlines():
        words = shlex.split(line)
        if words[0] == "export":
            flags |= dict(word.split("=") for word in words[1:])
            continue
        program = [sys.executable, "-m", *(["omega", *words[1:]] if words[0] == "omega" else words[2:])]
        begun = time.perf_counter()
        done = subprocess.run(
            program, cwd=folder, env={**variables, **flags}, capture_output=True, text=True, check=False
        )
        yield Step(words, done.returncode, done.stdout, done.stderr, time.perf_counter() - begun)


def hold(folder: Path, timeframe: str) -> None:
    """Walk, and hold each step to what the runbook's table says of it."""
    for step in walked(folder, timeframe):
        assert step.code == 0, (step.words, step.out, step.err)
    runs = {path.name: omega.load_result(path) for path in (folder / "walk").iterdir()}
    assert len({run.last_state_hash for run in runs.values()}) == 1
    assert runs["false"].trades.num_rows > 20
    found = {
        name: (run.backend, sum(run.divergences.values()), sum(run.fallbacks.values())) for name, run in runs.items()
    }
    assert found == {
        "false": ("python", 0, 0),
        "shadow": ("python", 0, 0),
        "shadow-wrong": ("python", 1, 0),
        "verify": ("rust", 0, 0),
        "verify-wrong": ("python", 1, 0),
        "auto": ("rust", 0, 0),
        "auto-panic": ("python", 0, 1),
        "always": ("rust", 0, 0),
        "back": ("python", 0, 0),
    }
    # What differed and what failed is kept: two wrong results, which are one case, and the panic.
    assert len(list((folder / ".omega" / "cases").iterdir())) == 2


def test_the_walk(tmp_path: Path) -> None:
    """On real bars, and where there are none and nobody demands them on the sample."""
    folder = required_market_data() or market_data_folder()
    if folder is None:
        write_table(omega.sample_bars(3_000, seed=7, backend="python").table, tmp_path / "eurusd_h1.parquet")
    else:
        shutil.copy(folder / f"{REAL}.parquet", tmp_path / "eurusd_h1.parquet")
    hold(tmp_path, "M5" if folder is None else "H1")
