"""The self-test in a process of its own: what it finds comes back, and what keeps it from that is no GO."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from omega_parity.gates import examine, self_test
from omega_parity.gates.plan import Plan
from omega_parity.gates.self_test import SelfTest
from omega_parity.judge.ownership import OWNERS
from omega_parity.report.documents import Documents

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys

QUICK = Plan(components=("slippage_fee",), cases=(), sequences=3, is_quick=True)
NOTHING = Plan(components=(), cases=(), sequences=0)


def test_the_other_process_finds_what_this_one_would() -> None:
    with SelfTest(QUICK) as beside:
        found = beside.findings()
    assert found == self_test.self_test(QUICK)
    assert found.hits is not None
    assert found.hits[0]
    assert found.kills is not None
    assert found.kills.fates


def test_without_sequences_no_hit_is_counted() -> None:
    assert self_test.self_test(NOTHING).hits is None


def test_a_process_that_died_has_measured_nothing(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(SelfTest):
        def __enter__(self) -> Killed:
            super().__enter__()
            os.kill(self._process.pid, signal.SIGKILL)
            return self

    monkeypatch.setattr(examine, "SelfTest", Killed)
    monkeypatch.setattr(examine, "check_parts", lambda *_, **__: ())
    pair = toys.sides(toys.engine())
    plan = Plan(components=tuple(OWNERS), cases=(toys.case(),), sequences=0, is_quick=True)
    verdict = examine.examine(plan, pair, Documents(pair, tmp_path))
    why = "the process of the self-test ended with -9: no word"
    assert verdict.word == "NO-GO"
    assert f"kills: not measured: {why}" in verdict.against


def test_what_went_wrong_over_there_is_said_here() -> None:
    plan = Plan(components=(), cases=(), sequences="many")  # type: ignore[arg-type]
    with SelfTest(plan) as beside:
        found = beside.findings()
    assert found.kills is None
    assert found.kills_missing.startswith("the process of the self-test ended with 1: TypeError: ")


def test_leaving_ends_the_process_at_once() -> None:
    with SelfTest(QUICK) as beside:
        process = beside._process
        assert process.poll() is None
    assert process.returncode == -signal.SIGKILL
