"""Run gates of `parity/` against a mutant that no example notices: batches, single calls, wrong use, lock-step."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from mutants.mutations import Mutant
from mutants.runner import Fate
from omega_parity.variables import CI_VARIABLE

GATES: Final = tuple(
    f"test_{name}.py"
    for name in (
        "numbers",
        "slippage_fee",
        "indicator_cache",
        "data_handler",
        "event_engine",
        "simulator",
        "golden",
        "ticks",
        "money",
        "stateful",
    )
)
"""Every failure of theirs is a differing bit, event or error; gates that look at marks and names are left out."""
SECONDS: Final = 1_200.0

GATES_FOLDER: Final = Path(__file__).parents[2] / "parity"
_NOTICED: Final = re.compile(r"^(?:FAILED|ERROR) \S*?(?P<gate>test_\w+\.py::[^\s]+)", re.MULTILINE)
_CRASH: Final = re.compile(r"(?P<error>\w+) \[not an OmegaError\]")
_TESTS_FAILED: Final = 1
_NOTHING_RAN: Final = frozenset({4, 5})
"""Exit codes of pytest for wrong use, as a gate that is not there, and for no test."""


def run_gates(mutant: Mutant) -> Fate:
    """Run the gates in a process of their own, up to the first that fails.

    Raises
    ------
    RuntimeError
        When no gate ran, which says nothing about the mutant.
    """
    command = [sys.executable, "-m", "mutants.planted", mutant.name]
    command += [str(GATES_FOLDER / gate) for gate in GATES]
    command += ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-k", "not ten_million"]
    plain = {**os.environ, CI_VARIABLE: ""}  # some gates are a part, which in CI is no answer
    folder = GATES_FOLDER.parent
    try:
        done = subprocess.run(
            command, cwd=folder, env=plain, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Fate("timed out", example="gates")
    if done.returncode == 0:
        return Fate("survived")
    if done.returncode in _NOTHING_RAN:
        raise RuntimeError(f"no gate ran against {mutant.name}:\n{done.stdout}{done.stderr}")
    noticed = _NOTICED.search(done.stdout)
    if done.returncode != _TESTS_FAILED or noticed is None:
        return Fate("crashed", f"pytest exit {done.returncode}", "gates")
    crashed = _CRASH.search(done.stdout)
    if crashed is not None:
        return Fate("crashed", crashed["error"], noticed["gate"])
    return Fate("killed", "gate", noticed["gate"])
