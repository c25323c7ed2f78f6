"""The self-test of a plan, rules and faults, in a process of its own: it needs nothing of what goes on meanwhile."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from subprocess import PIPE
from typing import Final, Self

from omega_parity.gates.evidence import let_loose
from omega_parity.gates.plan import Plan
from omega_parity.generate.calls import CallCase
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases, sample_scenarios
from omega_parity.generate.ticks import sample_ticks
from omega_parity.selftest.probe import KillReport, RuleCounts, count_hits

TICK_CASES: Final = 60
"""Runs over ticks beside the generated sequences of a plan."""
SCENARIO_CASES: Final = 40
"""Runs of one scenario each beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a self-test found.

    Attributes
    ----------
    hits : tuple of mapping, optional
        How often each rule fired in the generated sequences, on either side; None if that was not measured.
    kills : KillReport, optional
    kills_missing : str
        Why there is no report.
    """

    hits: tuple[RuleCounts, RuleCounts] | None
    kills: KillReport | None
    kills_missing: str


def self_test(plan: Plan) -> Findings:
    """Count the hits of each rule, and let the faults loose."""
    cases = chain[Case | CallCase](
        sample_cases(plan.sequences), sample_ticks(TICK_CASES), sample_scenarios(SCENARIO_CASES)
    )
    hits = count_hits(cases) if plan.sequences else None
    kills, missing = let_loose(plan)
    return Findings(hits=hits, kills=kills, kills_missing=missing)


class SelfTest:
    """A self-test that runs beside whatever is done in this context.

    It is a command, not a fork or a spawned copy of the caller, whose threads and main module are none of its business.
    """

    def __init__(self, plan: Plan) -> None:
        # Cases and checks are not needed, and copying bars takes time.
        self._plan = replace(plan, cases=(), checks=(), golden=(), regressions=())

    def __enter__(self) -> Self:
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import answer; answer()"],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,  # Ctrl-C is for the caller, who ends this process
        )
        question, self._process.stdin = self._process.stdin, None
        assert question is not None
        with suppress(BrokenPipeError), question:
            pickle.dump(self._plan, question)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def findings(self) -> Findings:
        """Wait for what it found; a process that died has measured nothing, which is no GO."""
        said, complaint = self._process.communicate()
        code = self._process.returncode
        if code:
            last_words = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            why = f"the process of the self-test ended with {code}: {last_words or 'no word'}"
            return Findings(hits=None, kills=None, kills_missing=why)
        found = pickle.loads(said)
        assert isinstance(found, Findings)
        return found


def answer() -> None:
    """Do the self-test of the plan on standard input, and write what it found to standard output."""
    pickle.dump(self_test(pickle.load(sys.stdin.buffer)), sys.stdout.buffer)
