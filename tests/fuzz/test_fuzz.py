"""Input that no honest caller would give: no crash, no exception without a code, no hang, no memory without measure.

``OMEGA_FUZZ_CALLS=1000000 OMEGA_FUZZ_SEED=7 pytest tests/fuzz`` runs more, and elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

CALLS = int(os.environ.get("OMEGA_FUZZ_CALLS", "2100"))
FIRST_SEED = int(os.environ.get("OMEGA_FUZZ_SEED", "0"))
PROCESSES = 2
SECONDS, MEGABYTES = 5.0, 1_000.0


def fuzz(calls: int, seed: int, folder: Path) -> dict[str, Any]:
    """Run one process; one that died says at which seed."""
    folder.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), str(calls), str(seed), str(folder)]
    process = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if process.returncode != 0:
        pytest.fail(f"died with {process.returncode} at {(folder / 'seed').read_text()}\n{process.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return found


@pytest.mark.rule("X-4", "X-5")
def test_nothing_crashes_hangs_or_raises_without_a_code(tmp_path: Path) -> None:
    share = -(-CALLS // PROCESSES)
    with ThreadPoolExecutor(PROCESSES) as pool:
        runs = list(
            pool.map(lambda part: fuzz(share, FIRST_SEED + part * share, tmp_path / str(part)), range(PROCESSES))
        )
    faults = [fault for run in runs for fault in run["faults"]]
    assert not faults, "\n\n".join(faults)
    assert sum(sum(run["outcomes"].values()) for run in runs) >= CALLS
    assert max(run["slowest"] for run in runs) < SECONDS
    assert max(run["megabytes"] for run in runs) < MEGABYTES
    for run in runs:
        kinds = {outcome.split()[0] for outcome in run["outcomes"]}
        assert {outcome.split()[0] for outcome in run["outcomes"] if outcome.endswith("fine")} == kinds
