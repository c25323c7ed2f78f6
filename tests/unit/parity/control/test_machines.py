"""The long profile of the state machine: what it counts, what it writes down, and that it stops at what differs."""

from __future__ import annotations

from collections.abc import Iterator
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
    assert machines.main(["3", "--seed", "5", "--processes", "1"]) == 0
    (record,) = read(evidence)
    figures = record.content["figures"]["execution_simulator"]
    assert (record.kind, record.content["seed"], figures["runs"], figures["differ"]) == ("machines", 5, 3, 0)
    assert figures["compared"] > 100
    assert capsys.readouterr().out.startswith(f"3 runs of the state machine, {figures['compared']:,} values compared")


@needs_native
def test_what_a_seed_draws_is_a_matter_of_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "BATCH", 2)
    spread = sorted(machines.batches(4, 11, 2), key=lambda one: one.seed)
    assert spread == [machines.run_batch(2, 11), machines.run_batch(2, 12)]


def test_it_stops_at_what_differs(
    evidence: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, int]] = []

    def found(runs: int, seed: int, processes: int) -> Iterator[machines.Batch]:
        seen.append((runs, seed, processes))
        yield machines.Batch(seed=8, runs=1_001, compared=20, against="")
        yield machines.Batch(seed=7, runs=2, compared=3, against="the second one differs")
        raise AssertionError("it goes on")

    monkeypatch.setattr(machines, "batches", found)
    assert machines.main(["2500", "--seed", "7", "--processes", "2"]) == 1
    assert seen == [(2_500, 7, 2)]
    assert [(record.content["seed"], record.content["against"]) for record in read(evidence)] == [
        (8, ""),
        (7, "the second one differs"),
    ]
    out = capsys.readouterr().out
    assert out.endswith("1,003 runs of the state machine, 23 values compared, 1 differ\nthe second one differs\n")


@needs_native
def test_what_differs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise AssertionError("a call that differs")

    monkeypatch.setattr(machines, "folder_to_write", lambda: tmp_path)
    monkeypatch.setattr(machines.LongMachine, "teardown", broken)
    assert "a call that differs" in machines.run_batch(1, 1).against
