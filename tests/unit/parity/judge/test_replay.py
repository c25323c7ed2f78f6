"""Counterexamples: reduced, kept as explicit data, read back to the bit, replayed; a CI's tree stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from omega.contract.errors import OmegaError
from omega.contract.protocols import CheckedBars, OnProgress, RunOutput
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig
from omega.serve.case_files import config_data, config_from_data
from omega_parity.cli import replay as command
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case, Floors
from omega_parity.generate.reduce import reduce_case, reduce_steps
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.steps import Step
from omega_parity.golden.case_files import read_case
from omega_parity.golden.kept import case_folders, folder_to_write, keep
from omega_parity.judge.replay import differs, keep_one, replay, replay_all, report, size_of
from omega_parity.judge.run_case import run_case
from omega_reference.engine import Engine

ROOT = Path(__file__).parents[4]


class _WithoutBuffer:
    """The reference with E-6's buffer dropped."""

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        return Engine().run(bars, signals, replace(config, pip_buffer_factor=0.0), on_progress)


@pytest.fixture
def faulty_sides() -> Sides:
    return Side(label="reference", engine=Engine()), Side(label="faulty", engine=_WithoutBuffer())


@pytest.fixture
def sides() -> Sides:
    return Side(label="reference", engine=Engine()), Side(label="again", engine=Engine())


def _differing(sides: Sides) -> Case:
    return next(case for case in sample_cases(200, seed=3) if case.signals is not None and differs(case, sides))


def _kept(signals: pa.Table) -> pa.Table:
    """Leave out what passes through a run without touching it, and no file of a case has."""
    return signals.drop_columns(["tags", "metadata"])


def test_a_case_is_read_back_to_the_bit(tmp_path: Path) -> None:
    for case in sample_cases(40, seed=8):
        place = keep(case, "why", found_by="test", folder=tmp_path)
        again, steps, document = read_case(place)
        assert again.bars.equals(case.bars)
        assert again.config == case.config
        assert steps is None
        assert document["why"] == "why"
        assert (again.signals is None) is (case.signals is None)
        assert case.signals is None or (again.signals is not None and _kept(again.signals).equals(_kept(case.signals)))
    assert len(case_folders(tmp_path)) == 40


def test_an_equal_case_gets_the_same_name(tmp_path: Path) -> None:
    case = next(iter(sample_cases(1)))
    places = {keep(case, "why", found_by="test", folder=tmp_path) for _ in range(2)}
    assert len(places) == 1
    assert keep(case, "another", found_by="test", folder=tmp_path) not in places


def test_steps_are_kept(tmp_path: Path) -> None:
    case = next(case for case in sample_cases(9) if case.signals is not None)
    steps = [Step(bars=(0, 1), signals=(0, 0)), Step(bars=(0, 5))]
    place = keep(case, "why", found_by="driven", steps=steps, folder=tmp_path)
    assert read_case(place)[1] == tuple(steps)


def test_configurations_survive_json() -> None:
    for case in sample_cases(60, seed=1):
        assert config_from_data(json.loads(json.dumps(config_data(case.config)))) == case.config


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("case.json", "{", "JSONDecodeError"),
        ("case.json", '{"schema": 99}', "schema 99, this version reads 1"),
        ("case.json", '{"schema": 1}', "KeyError 'config'"),
        ("bars.csv", "timestamp,price\n2024-01-01T00:00:00+00:00,1.0\n", "unknown column 'price'"),
        ("bars.csv", "timestamp,bid_open\n2024-01-01T00:00:00+00:00,abc\n", "could not convert"),
    ],
)
def test_a_damaged_case_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    place = keep(next(iter(sample_cases(1))), "why", found_by="test", folder=tmp_path)
    (place / name).write_text(text, encoding="utf-8")
    with pytest.raises(OmegaError, match=words):
        read_case(place)


@pytest.mark.rule("E-6")
def test_a_counterexample_is_reduced_kept_and_found_again(tmp_path: Path, faulty_sides: Sides, sides: Sides) -> None:
    text = report(_differing(faulty_sides), faulty_sides, found_by="generated", folder=tmp_path)
    (place,) = case_folders(tmp_path)
    case, _, document = read_case(place)
    assert case.bars.num_rows <= 5
    assert case.signals is None or case.signals.num_rows == 1
    assert f"reduced to {case.bars.num_rows} bars and 1 signals" in text
    assert f"python -m omega_parity.cli.replay {place} --side both" in text
    assert "diverges at bar" in text
    assert place.name == "E-6-decision"
    assert document["why"]
    assert "differ" in replay(place, faulty_sides).difference
    mended = replay(place, sides)
    assert mended.difference == ""
    assert mended.comparisons > 0


def test_one_fault_has_one_regression_the_smallest(tmp_path: Path, faulty_sides: Sides, sides: Sides) -> None:
    differing = [case for case in sample_cases(200) if differs(case, faulty_sides)][:4]
    causes = set()
    for case in (*differing, *differing):
        verdict = run_case(case, faulty_sides)
        assert verdict.divergence is not None
        causes.add(verdict.divergence.cause)
        place = keep_one(case, verdict, faulty_sides, "test", tmp_path)
        assert read_case(place)[0].bars.num_rows <= case.bars.num_rows
    assert {place.name for place in case_folders(tmp_path)} == causes
    smallest = {cause: min(map(size_of, _of_cause(cause, differing, faulty_sides))) for cause in causes}
    assert {place.name: size_of(read_case(place)[0]) for place in case_folders(tmp_path)} == smallest
    mended = keep_one(differing[0], run_case(differing[0], faulty_sides), sides, "test", tmp_path)
    assert mended.name not in causes, "what is mended is another fault's and stays"


def _of_cause(cause: str, cases: list[Case], sides: Sides) -> list[Case]:
    return [case for case in cases if (found := run_case(case, sides).divergence) and found.cause == cause]


def test_a_reduction_keeps_to_its_budget() -> None:
    asked = []

    def fails(case: Case) -> bool:
        asked.append(case)
        return True

    case = next(case for case in sample_cases(9) if case.signals is not None)
    smallest = reduce_case(case, fails, attempts=7)
    assert len(asked) == 7
    assert smallest.bars.num_rows < case.bars.num_rows


def test_only_what_is_needed_remains() -> None:
    """Fails while the signal with 1e6 lots is there and the bars are at least five."""
    case = next(
        case for case in sample_cases(200) if case.signals is not None and 1e6 in case.signals["size"].to_pylist()
    )

    def fails(one: Case) -> bool:
        return one.bars.num_rows >= 5 and one.signals is not None and 1e6 in one.signals["size"].to_pylist()

    smallest = reduce_case(case, fails)
    assert smallest.bars.num_rows == 5
    assert smallest.signals is not None
    assert smallest.signals["size"].to_pylist() == [1e6]
    assert smallest.signals["stop_loss"].to_pylist() == [None]
    assert (smallest.config.start, smallest.config.fee_per_million) == (None, 0.0)


def test_steps_are_left_out_while_it_fails() -> None:
    assert reduce_steps(list(range(40)), lambda steps: 7 in steps and 31 in steps) == [7, 31]


@pytest.mark.parametrize("value", ["true", "1", "TRUE", "yes"])
def test_ci_writes_to_the_artefacts_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv("CI", value)
    monkeypatch.setenv("CI_ARTIFACTS", str(tmp_path / "out"))
    assert folder_to_write() == tmp_path / "out" / "regressions"


@pytest.mark.parametrize("value", ["", "false", "0", "no"])
def test_elsewhere_it_goes_into_the_tree(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    assert folder_to_write() == ROOT / "golden" / "regressions"


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, faulty_sides: Sides) -> CliRunner:
    monkeypatch.setattr(command, "both_sides", lambda: faulty_sides)
    return CliRunner()


def test_the_command_shows_each_side(tmp_path: Path, invoke: CliRunner, faulty_sides: Sides) -> None:
    report(_differing(faulty_sides), faulty_sides, found_by="generated", folder=tmp_path)
    (place,) = case_folders(tmp_path)
    app = typer.Typer()
    app.command()(command.main)
    shown = [invoke.invoke(app, [str(place), "--side", side]) for side in ("reference", "rust", "both", "nobody")]
    assert [one.exit_code for one in shown] == [0, 0, 1, 2]
    assert shown[0].output.startswith("reference:\n  0 ")
    assert shown[1].output.startswith("faulty:\n  0 ")
    assert shown[0].output != shown[1].output
    assert all("  metrics: trades " in one.output and "  digest " in one.output for one in shown[:2])
    assert "entry_price " in shown[0].output
    assert "diverges at bar" in shown[2].output
    assert invoke.invoke(app, [str(tmp_path / "none")]).exit_code == 2


RunGate = Callable[..., tuple[int, str]]

FAULTY_GATE = """
from dataclasses import replace

import pytest

from omega_parity.drive.observe import Side
from omega_parity.generate.strategies import sample_cases
from omega_parity.gates.search import CounterexampleError
from omega_reference.engine import Engine


class Faulty:
    def run(self, bars, signals, config, on_progress=None):
        return Engine().run(bars, signals, replace(config, pip_buffer_factor=0.0), on_progress)


@pytest.fixture(scope="session")
def sides():
    return Side(label="reference", engine=Engine()), Side(label="faulty", engine=Faulty())


def test_it(search):
    for case in sample_cases(search.plan.examples, seed=3):
        try:
            search.judge(case)
        except CounterexampleError:
            search.fail(case, "generated")
"""


def test_a_gate_that_finds_something_is_red_and_leaves_the_tree_alone(tmp_path: Path, run_gate: RunGate) -> None:
    before = case_folders()
    artefacts = tmp_path / "artefacts"
    code, output = run_gate(FAULTY_GATE, "--parity-examples", "90", CI="true", CI_ARTIFACTS=str(artefacts))
    assert code == 1, output
    (place,) = case_folders(artefacts / "regressions")
    assert f"kept as artefacts/regressions/{place.name}; replay it with" in output
    assert "diverges at bar" in output
    assert case_folders() == before


def test_what_is_no_case_is_no_silence(tmp_path: Path, sides: Sides) -> None:
    whole, torn, emptied = (
        keep(case, "why", found_by="test", folder=tmp_path / "regressions") for case in sample_cases(3)
    )
    (torn / "case.json").unlink()
    (emptied / "bars.csv").write_text("timestamp\n", encoding="utf-8")
    (tmp_path / "regressions" / "stray.txt").write_text("?", encoding="utf-8")
    found = {one.name: one.difference for one in replay_all(case_folders(tmp_path / "regressions"), sides)}
    assert found.pop(f"regressions/{whole.name}") == ""
    assert "case.json" in found.pop(f"regressions/{torn.name}")
    assert "there is no bar" in found.pop(f"regressions/{emptied.name}")
    assert "stray.txt" in found.pop("regressions/stray.txt")
    assert found == {}
    assert replay_all([], sides) == []


def test_steps_are_replayed_on_each_side(tmp_path: Path, invoke: CliRunner) -> None:
    case = next(case for case in sample_cases(9) if case.signals is not None)
    steps = [Step(bars=(0, 2)), Step(bars=(1, 2)), Step(bars=(2, 4))]
    place = keep(case, "why", found_by="driven", steps=steps, folder=tmp_path)
    app = typer.Typer()
    app.command()(command.main)
    for side, label in (("reference", "reference"), ("rust", "faulty")):
        output = invoke.invoke(app, [str(place), "--side", side]).output
        assert output.startswith(f"{label}:\n  operation 0, evaluate_exits of bars 0 to 1\n    cash ")
        assert "operation 1, evaluate_exits of bars 1: " in output
        assert "[1007] " in output
        assert "operation 2, evaluate_exits of bars 2 to 3\n" in output
    assert invoke.invoke(app, [str(place)]).output.startswith("identical: ")


def test_an_empty_signal_table_is_a_table_of_no_signals(tmp_path: Path) -> None:
    case = next(case for case in sample_cases(9) if case.signals is not None)
    place = keep(replace(case, signals=SIGNALS.empty_table()), "why", found_by="test", folder=tmp_path)
    again = read_case(place)[0]
    assert again.signals is not None
    assert again.signals.num_rows == 0
    assert again.floors == Floors()
