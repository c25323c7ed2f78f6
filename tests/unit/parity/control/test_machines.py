"""The long profile of the state machine: what it counts, what it writes down, and that it stops at what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega.serve.evidence import read
from omega.serve.planning import native_status
from omega_parity.control import machines

needs_native = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")


@pytest.fixture(autouse=True)
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OMEGA_EVIDENCE", str(tmp_path / "evidence.sqlite"))
    return tmp_path / "evidence.sqlite"


@needs_native
@pytest.mark.rule("E-19", "E-20")
def test_runs_are_counted_and_written_down(evidence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = machines.LongMachine.runs
    assert machines.main(["3", "--seed", "5"]) == 0
    assert machines.LongMachine.runs - before == 3
    (record,) = read(evidence)
    figures = record.content["figures"]["execution_simulator"]
    assert (record.kind, figures["runs"], figures["differ"]) == ("machines", machines.LongMachine.runs, 0)
    assert figures["compared"] > 100
    assert f"{machines.LongMachine.runs:,} runs of the state machine" in capsys.readouterr().out


def test_it_stops_at_what_differs(
    evidence: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def differs(runs: int, seed: int) -> str:
        seen.append((runs, seed))
        return "the second one differs" if len(seen) == 2 else ""

    monkeypatch.setattr(machines, "run_batch", differs)
    assert machines.main(["2500", "--seed", "7"]) == 1
    assert seen == [(1_000, 7), (1_000, 8)]
    assert [record.content["against"] for record in read(evidence)] == ["", "the second one differs"]
    assert capsys.readouterr().out.endswith("1 differ\nthe second one differs\n")


@needs_native
def test_what_differs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise AssertionError("a call that differs")

    monkeypatch.setattr(machines, "folder_to_write", lambda: tmp_path)
    monkeypatch.setattr(machines.LongMachine, "teardown", broken)
    assert "a call that differs" in machines.run_batch(1, 1)
