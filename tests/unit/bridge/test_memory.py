"""Runs in one process leave nothing behind: leaks of engines show only after dozens of runs, and not in tracemalloc."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BARS = 4_000
WARM_UP = 40
RUNS = {"rust": 200, "python": 60}

MEASURE = """
import gc, json, sys
from pathlib import Path
import omega
from omega.contract.errors import OmegaError
from omega_parity.generate.workloads import sample_strategy_config

side, bars, warm_up, runs = sys.argv[1], *map(int, sys.argv[2:])
sample = omega.sample_bars(bars, seed=7)
first = sample.table["timestamp"][0].as_py()
refused = [{"timestamp": first, "symbol": "EURUSD", "signal_type": "entry", "stop_loss": float("inf")}]
config = sample_strategy_config()

def resident():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096

def once():
    result = omega.run_backtest(config, sample, backend=side)
    assert result.backend == side
    try:
        omega.run_signals(sample, refused, config, backend=side)
    except OmegaError:
        pass
    else:
        raise AssertionError("an infinite stop was accepted")
    tables = (result.trades, result.events, result.equity, result.positions)
    return sum(table.nbytes for table in tables) + result.state_chain.nbytes

for _ in range(warm_up):
    size = once()
before = resident()
for _ in range(runs):
    once()
print(json.dumps({"result": size, "grown": resident() - before}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the resident set is read from /proc")
@pytest.mark.parametrize("side", list(RUNS))
def test_memory_is_flat_over_many_runs(side: str, tmp_path: Path) -> None:
    arguments = [side, str(BARS), str(WARM_UP), str(RUNS[side])]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["result"] > 100_000, "a result this small would not show"
    assert found["grown"] < RUNS[side] * found["result"] / 10


STREAM = Path(__file__).parents[3] / "benchmarks" / "streaming.py"
SIGNALS = {"rust": 1_000_000, "python": 200_000}
MOST_BYTES = 6
"""Of a signal that found no place; its texts alone would be 12 if a null of each were kept."""


@pytest.mark.rule("B-2")
@pytest.mark.skipif(sys.platform != "linux", reason="the resident set is read from /proc")
@pytest.mark.parametrize("side", list(SIGNALS))
def test_memory_is_flat_over_many_signals(side: str, tmp_path: Path) -> None:
    arguments = [sys.executable, str(STREAM), "signals", side, str(SIGNALS[side])]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["end_bytes"] - found["early_bytes"] < MOST_BYTES * SIGNALS[side] * 0.9
