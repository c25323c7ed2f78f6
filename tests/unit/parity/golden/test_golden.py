"""Golden cases: each refusal made to happen, with the words that say why."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from typer.testing import CliRunner

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import CheckedBars, OnProgress, RunOutput
from omega.contract.types import EngineConfig
from omega_parity.cli.golden import app
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import NativeMissingError, reference_side
from omega_parity.golden.case import GOLDEN_FOLDER
from omega_parity.golden.check import check
from omega_parity.golden.files import float_pair, parse_pair
from omega_parity.golden.hand import evaluate
from omega_parity.golden.update import accept, update
from omega_reference.engine import Engine

CASE = "execution_simulator/e7-tie-canonical"
LONG = "event_engine/sample-strategy-v1"


@pytest.fixture(autouse=True)
def not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN_FOLDER / CASE, tmp_path / CASE)
    return tmp_path


class Disturbed:
    """The reference with one disturbed table."""

    def __init__(self, *, fee: float | None = None, drop_last: bool = False) -> None:
        self._fee, self._drop_last = fee, drop_last

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        output = Engine().run(bars, signals, config, on_progress)
        events = output.events.slice(0, output.events.num_rows - 1) if self._drop_last else output.events
        if self._fee is not None:
            index = events.schema.get_field_index("fee")
            shifted = pc.add(events.column("fee"), self._fee) if self._fee else pc.negate(events.column("fee"))
            events = events.set_column(index, events.schema.field(index), shifted)
        return replace(output, events=events)


class Broken:
    def run(self, *_: Any) -> RunOutput:
        raise RuntimeError("out of order")


def problems(folder: Path, *sides: Side) -> str:
    found = check(folder, sides or (reference_side(),))
    assert not found.is_green
    return "\n".join([*found.strays, *(problem for case in found.cases for problem in case.problems)])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def change_expected(folder: Path) -> None:
    """Expect another fill, decimal and bits alike."""
    before, after = json.dumps(float_pair(1.094)), json.dumps(float_pair(1.0941))
    edit(folder / CASE / "expected.jsonl", before, after)


def test_untouched_case_is_green(folder: Path) -> None:
    found = check(folder, (reference_side(),))
    assert found.is_green
    assert found.comparisons > 100


def test_zero_cases_are_red(tmp_path: Path) -> None:
    assert not check(tmp_path, (reference_side(),)).is_green
    assert "no folder of golden cases" in problems(tmp_path / "missing")


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        (Disturbed(fee=0.0), "events.fee of row 1: expected 0.0 0x0.0p+0, Rust -0.0 -0x0.0p+0"),
        (Disturbed(fee=5e-324), "events.fee of row 1: expected 0.0 0x0.0p+0, Rust 5e-324"),
        (Disturbed(drop_last=True), "events.(rows) of row 8: expected 9, Rust 8"),
        (Broken(), "the run on Rust failed: RuntimeError [not an OmegaError] out of order"),
    ],
)
def test_either_side_turns_it_red(folder: Path, engine: Any, words: str) -> None:
    assert words in problems(folder, reference_side(), Side(label="Rust", engine=engine))


def test_planted_fault_in_the_reference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from omega_reference.execution import exits, fills, pending

    monkeypatch.setattr(exits, "fill_stop", fills.fill_limit)
    monkeypatch.setattr(pending, "fill_stop", fills.fill_limit)
    assert "events.price of row 8: expected 1.094 0x1.1810624dd2f1bp+0, reference 1.095 " in problems(folder)


def test_expected_without_a_reason(folder: Path) -> None:
    change_expected(folder)
    said = problems(folder)
    assert "expected.jsonl was changed, and meta.json has no reason for it" in said
    assert "by hand 1.094 0x1.1810624dd2f1bp+0, expected 1.0941" in said


def test_empty_reason(folder: Path) -> None:
    path = folder / CASE / "meta.json"
    edit(path, json.dumps(json.loads(path.read_text())["reason"]), '"  "')
    assert "no reason of the last change" in problems(folder)


@pytest.mark.parametrize("name", ["case.toml", "bars.csv", "signals.csv"])
def test_changed_input(folder: Path, name: str) -> None:
    (folder / CASE / name).write_text((folder / CASE / name).read_text() + "\n")
    assert f"{name} was changed" in problems(folder)


@pytest.mark.parametrize("producer", ["Rust", "candidate"])
def test_produced_by_the_candidate(folder: Path, producer: str) -> None:
    edit(folder / CASE / "meta.json", '"producer": "hand"', f'"producer": "{producer}"')
    assert f"producer '{producer}'; expected values come from hand or reference" in problems(folder)


@pytest.mark.parametrize("name", ["expected.jsonl", "meta.json"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / CASE / name).unlink()
    assert f"{name} is missing" in problems(folder)


def test_strays(folder: Path) -> None:
    for place in ("notes.txt", "execution_simulator/notes.txt", f"{CASE}/notes.txt"):
        (folder / place).write_text("")
    said = problems(folder)
    assert "unknown file notes.txt" in said
    assert "unknown file execution_simulator/notes.txt" in said


def test_leftover_observed(folder: Path) -> None:
    shutil.copy(folder / CASE / "expected.jsonl", folder / CASE / "observed.jsonl")
    assert "leftover file observed.jsonl; accept it" in problems(folder)


def test_event_it_is_for(folder: Path) -> None:
    edit(folder / CASE / "case.toml", '"closed:stop_loss"', '"closed:timeout"')
    assert "no event 'closed:timeout' happened, which the case is for" in problems(folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "', 'titel = "', "unknown key 'titel'"),
        ("produces = [", "produces = []\n# [", "produces is missing or empty"),
        ("rules = [", "rules = 7 # [", "rules has the wrong type"),
        ("calculation =", "_calculation =", "unknown key '_calculation'"),
        ('calculation = """', 'calculation = ""\nwhy = """', "is not readable: Cannot overwrite a value"),
        ("bar = 3", "bar = 9", "bar = 9 of event 8"),
        ('result = "result_1"', 'result = "nothing"', "not a formula of a hand calculation: nothing"),
    ],
)
def test_unusable_case_file(folder: Path, old: str, new: str, words: str) -> None:
    edit(folder / CASE / "case.toml", old, new)
    assert words in problems(folder)


def test_small_case_without_a_calculation(folder: Path) -> None:
    path = folder / CASE / "case.toml"
    head, rest = path.read_text().split('calculation = """')
    path.write_text(head + rest.split('"""', 1)[1])
    assert "calculation is missing or empty: a small case shows how its numbers come about" in problems(folder)


def test_decimal_and_bits_must_agree(folder: Path) -> None:
    edit(folder / CASE / "expected.jsonl", '"1.094"', '"1.095"')
    assert "line 9: decimal and bits disagree: 1.095 is not 3ff1810624dd2f1b" in problems(folder)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.1, 5e-324, float("inf"), float("nan")])
def test_float_pair_round_trip(value: float) -> None:
    assert float_pair(parse_pair(float_pair(value))) == float_pair(value)


def test_update_leaves_it_red_and_accept_records_the_reason(folder: Path) -> None:
    for name in ("events", "values", "final"):
        _drop_key(folder / CASE / "case.toml", name)
    change_expected(folder)
    (proposal,) = update(folder, reference_side(), "E-9 fills at the open")
    assert proposal.written
    assert "-8 2024-01-02T00:15:00 closed" in "\n".join(proposal.differences)
    assert "leftover file observed.jsonl" in problems(folder)
    accept(folder, reference_side(), [CASE])
    assert check(folder, (reference_side(),)).is_green
    meta = json.loads((folder / CASE / "meta.json").read_text())
    assert (meta["reason"], meta["producer"]) == ("E-9 fills at the open", "reference")
    assert update(folder, reference_side(), "again")[0].written is False


def _drop_key(path: Path, key: str) -> None:
    """Take the hand calculation out of a case file."""
    lines, kept, dropping = path.read_text().splitlines(), [], False
    for line in lines:
        if line.startswith((f"{key} = [", f"[{key}]")):
            dropping = True
        if not dropping:
            kept.append(line)
        if dropping and line in ("]", ""):
            dropping = False
    path.write_text("\n".join(kept) + "\n")


def test_accept_needs_the_hand_calculation_to_agree(folder: Path) -> None:
    edit(folder / CASE / "case.toml", "price = 1.106", "price = 1.107")
    update(folder, reference_side(), "E-7 changed")
    with pytest.raises(OmegaError, match=r"cannot be accepted: events.price of row 4: by hand 1.107"):
        accept(folder, reference_side(), [CASE])


def test_accept_needs_an_observed_record(folder: Path) -> None:
    with pytest.raises(OmegaError, match=f"{CASE} has no observed record; omega golden update --reason … {CASE}"):
        accept(folder, reference_side(), [CASE])


def test_accept_needs_the_reference_to_agree(folder: Path) -> None:
    side = Side(label="Rust", engine=Disturbed(fee=1.0))
    update(folder, side, "made by the candidate")
    with pytest.raises(OmegaError, match=r"cannot be accepted: events.fee of row 1: observed 1.0"):
        accept(folder, reference_side(), [CASE])
    with pytest.raises(OmegaError, match="a reason must say why"):
        update(folder, reference_side(), " ")


def test_update_refuses_a_run_that_proves_nothing(folder: Path) -> None:
    with pytest.raises(OmegaError, match="is refused: the run failed: RuntimeError"):
        update(folder, Side(label="reference", engine=Broken()), "why not")
    edit(folder / CASE / "case.toml", '"closed:stop_loss"', '"expired"')
    with pytest.raises(OmegaError, match="is refused: no event 'expired' happened"):
        update(folder, reference_side(), "why not")
    assert not (folder / CASE / "observed.jsonl").exists()


def test_nothing_is_written_in_ci(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_expected(folder)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(OmegaError, match="CI is set: nothing is written into the tree"):
        update(folder, reference_side(), "why not")
    with pytest.raises(OmegaError, match="CI is set"):
        accept(folder, reference_side(), [CASE], "why not")
    assert not (folder / CASE / "observed.jsonl").exists()


def test_long_run(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN_FOLDER / LONG, tmp_path / LONG)
    assert check(tmp_path, (reference_side(),)).is_green
    chain = tmp_path / LONG / "expected.chain"
    content = bytearray(chain.read_bytes())
    content[16 * 4321] ^= 1
    chain.write_bytes(content)
    said = problems(tmp_path)
    assert "expected.chain was changed" in said
    assert "chain.digest of row 4321: expected " in said
    (proposal,) = update(tmp_path, reference_side(), "mended")
    assert proposal.written
    accept(tmp_path, reference_side(), [LONG], "mended after all")
    assert check(tmp_path, (reference_side(),)).is_green
    assert json.loads((tmp_path / LONG / "meta.json").read_text())["reason"] == "mended after all"
    chain.write_bytes(content[:-1])
    assert "must hold 16 bytes per bar" in problems(tmp_path)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (2, 2.0),
        ("-x", -1.5),
        ("((0.1 + 0.2) * 3)", (0.1 + 0.2) * 3),
        ("floor(2.7) + abs(-1)", 3.0),
        ("quantize(2.675, 2)", 2.67),
        ("max(1, 2) - min(1, 2)", 1.0),
    ],
)
def test_formula(formula: object, value: float) -> None:
    assert evaluate(formula, {"x": 1.5}) == value


@pytest.mark.parametrize("formula", ["2 ** 3", "y", "x.real", "open('a')", "1 / 0", "1 +", "True", True, None, "'a'"])
def test_no_formula(formula: object) -> None:
    with pytest.raises(OmegaError, match="not a formula"):
        evaluate(formula, {"x": 1.5})


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        (ErrorCode.NOT_FOUND, 0, "NOT REPLAYED on Rust: no module; build it with: make build"),
        (ErrorCode.INVALID_STATE, 3, "no module"),
    ],
)
def test_a_module_that_is_missing_is_said_and_a_stale_one_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: ErrorCode, exit_code: int, words: str
) -> None:
    def missing() -> Side:
        raise NativeMissingError(omega_error(code, "no module"), "make build")

    monkeypatch.setattr("omega_parity.drive.sides.native_side", missing)
    result = CliRunner().invoke(app, ["check", "--folder", str(folder)])
    assert result.exit_code == exit_code
    assert words in result.output
    assert "build it with: make build" in result.output


def test_command_line(folder: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*words, "--folder", str(folder)])
        return result.exit_code, result.output

    code, said = run("check")
    assert code == 0, said
    assert "green: 1 golden cases on reference" in said
    change_expected(folder)
    code, said = run("check")
    assert code == 1
    assert f"RED {CASE}" in said
    code, said = run("check", "--json")
    assert (code, json.loads(said)["is_green"]) == (1, False)
    code, said = run("update", "--reason", "shown")
    assert code == 1
    assert "next: omega golden review, or omega golden accept --all" in said
    assert run("check", "--quiet")[0] == 1
    assert run("accept")[0] == run("accept", CASE, "--all")[0] == 2
    assert run("accept", CASE) == (0, f"accepted {CASE}\n")
    assert run("accept", "--all") == (0, "nothing waits to be accepted\n")
    assert run("check", CASE)[0] == 0
    assert run("update", "--reason", "again") == (0, "1 cases, 0 differ\n")


def test_unknown_case(folder: Path) -> None:
    with pytest.raises(OmegaError, match=rf"no golden case '{CASE}l'; nearest: {CASE}"):
        check(folder, (reference_side(),), [f"{CASE}l"])
