"""Ways to fool `omega verify`, each with the word and the exit code that it ends with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from omega_parity.cli.verify import verify
from omega_parity.drive import sides
from omega_parity.gates import examine, plan, provenance, shortfalls
from omega_parity.gates.checks import CHECKS
from omega_parity.gates.checks.bench import QUICK, Check
from omega_parity.gates.evidence import GOLDEN_CASES, REGRESSIONS, SEQUENCES
from omega_parity.gates.reach import REACH
from omega_parity.gates.recorded import recorded
from omega_parity.gates.verdict import Part
from omega_parity.generate.sequences import sample_case
from omega_parity.golden.case import GOLDEN_FOLDER
from omega_parity.judge.ownership import OWNERS
from omega_parity.judge.run_case import run_case
from omega_parity.selftest.probe import SABOTEURS, Killed, KillReport

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys

ROOT = Path(__file__).parents[4]
GO, NO_GO, PARTIAL = 0, 1, 4

Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the golden cases that can be spoilt."""
    return Path(shutil.copytree(GOLDEN_FOLDER, tmp_path / "golden"))


@pytest.fixture
def run_verify(no_probe: None, toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Run `omega verify` over one toy case and no golden one; what is recorded counts all the same."""
    app = typer.Typer()
    app.command("verify")(verify)
    app.command("other")(lambda: None)
    # A toy makes nothing of real bars.
    monkeypatch.delenv("OMEGA_REQUIRE_MARKET_DATA", raising=False)

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sides, "both_sides", lambda: toys.sides(toys.engine()))
        monkeypatch.setattr(plan, "full_cases", lambda _: [toys.case("full")])
        monkeypatch.setattr(plan, "case_folders", lambda _: ([], []))
        monkeypatch.setattr(plan, "regression_folders", lambda _: [])
        monkeypatch.setattr(plan, "CHECKS", {})
        monkeypatch.setattr(plan, "SEQUENCES", 0)
        report = tmp_path / "report"
        words = ["verify", "--component", "execution_simulator", "--quiet", "--out", str(report), *arguments]
        result = CliRunner().invoke(app, words)
        data: dict[str, Any] = json.loads((report / "verdict.json").read_text("utf-8"))
        assert result.output.startswith(f"{data['verdict']}: "), result.output
        return result.exit_code, data

    return run


def _emptied_regressions(golden: Path) -> str:
    shutil.rmtree(golden / "regressions")
    return "regressions: 0 of 9 recorded"


def _no_golden(golden: Path) -> str:
    shutil.rmtree(golden)
    return "golden cases: no such file"


def _one_case_less(golden: Path) -> str:
    shutil.rmtree(golden / "execution_simulator" / "e7-tie-v1")
    return "golden case execution_simulator/e7-tie-v1 is recorded and is not there"


def _expectation_and_meta_edited(golden: Path) -> str:
    case = golden / "execution_simulator" / "e7-tie-v1"
    for name in ("expected.jsonl", "meta.json"):
        text = (case / name).read_text("utf-8")
        (case / name).write_text(text.replace("e", "E", 1), "utf-8")
    return "golden case execution_simulator/e7-tie-v1 is not what is recorded"


def _case_and_its_record_taken(golden: Path) -> str:
    shutil.rmtree(golden / "execution_simulator" / "e7-tie-v1")
    path = golden / "recorded.json"
    record = json.loads(path.read_text("utf-8"))
    del record["cases"]["execution_simulator/e7-tie-v1"]
    path.write_text(json.dumps(record), "utf-8")
    return f"cases: {len(record['cases'])} of {len(record['cases']) + 1} recorded"


def _regression_swapped(golden: Path) -> str:
    first, second = sorted((golden / "regressions").iterdir())[:2]
    shutil.rmtree(first)
    shutil.copytree(second, first)
    return f"regression {first.name} is not what is recorded"


@pytest.mark.parametrize(
    "spoil",
    [
        _emptied_regressions,
        _no_golden,
        _one_case_less,
        _expectation_and_meta_edited,
        _case_and_its_record_taken,
        _regression_swapped,
    ],
)
@pytest.mark.rule("X-3")
def test_less_than_is_kept_is_no_go(
    spoil: Callable[[Path], str], golden: Path, run_verify: Verify, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(plan, "GOLDEN_FOLDER", golden)
    why = spoil(golden)
    code, data = run_verify("--gate")
    assert (code, data["verdict"]) == (NO_GO, "NO-GO")
    assert any(one.startswith(why) for one in data["against"]), data["against"]
    root = ElementTree.parse(tmp_path / "report" / "junit.xml").getroot()
    assert root.get("failures") != "0"


@pytest.mark.parametrize(
    ("arguments", "variables", "code"),
    [((), {"CI": ""}, GO), (("--gate",), {"CI": ""}, PARTIAL), ((), {"CI": "true"}, PARTIAL)],
)
def test_a_component_alone_is_a_part(
    arguments: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    run_verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    found, data = run_verify(*arguments)
    assert (found, data["verdict"]) == (code, "PARTIAL")
    assert "every component but execution_simulator" in data["left_out"]


@pytest.mark.parametrize("error", [RuntimeError("torn"), KeyboardInterrupt()])
def test_an_older_go_does_not_survive_a_crash(
    error: BaseException, run_verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_verify()

    def crash() -> None:
        raise error

    monkeypatch.setattr(sides, "both_sides", crash)
    app = typer.Typer()
    app.command()(verify)
    result = CliRunner().invoke(app, ["--out", str(tmp_path / "report")])
    assert result.exit_code != GO
    data = json.loads((tmp_path / "report" / "verdict.json").read_text("utf-8"))
    assert data["verdict"] == "NO-GO"
    assert data["against"] == ["the comparison has not ended: it is running, or it was stopped"]
    assert not (tmp_path / "report" / "verdict.html").exists()


def test_what_takes_part_from_elsewhere_is_no_go(run_verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "foreign_parts", lambda: ("omega_reference does not come from …",))
    code, data = run_verify()
    assert (code, data["verdict"]) == (NO_GO, "NO-GO")
    assert data["against"] == ["omega_reference does not come from …"]


SAY = "from omega_parity.gates.provenance import foreign_parts; import omega_reference.rng; print(foreign_parts())"


def _said(*options: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    command = [sys.executable, *options, "-c", SAY]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_reference_from_elsewhere_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "reference_py" / "omega_reference", tmp_path / "omega_reference")
    assert _said() == "()"
    assert "omega_reference does not come from where omega_parity does" in _said(PYTHONPATH=str(tmp_path))


def test_missing_assertions_are_noticed() -> None:
    assert "without assertions" in _said("-O")
    assert "without assertions" in _said(PYTHONOPTIMIZE="1")


def test_python_dressed_up_as_rust_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    import omega_rust

    assert provenance.foreign_parts() == ()
    disguise = ModuleType("omega_rust")
    disguise.__file__ = omega_rust.__file__
    monkeypatch.delitem(sys.modules, "omega_rust.omega_rust")
    monkeypatch.setitem(sys.modules, "omega_rust", disguise)
    assert provenance.foreign_parts() == ("omega_rust is no compiled module",)


def test_flags_do_not_let_python_be_compared_with_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from omega.flags.registry import COMPONENTS

    for component in COMPONENTS:
        monkeypatch.setenv(component.flag, "false")
    verdict = run_case(sample_case(0, 1), sides.both_sides())
    assert (verdict.is_go, verdict.crossings) == (True, 2)


def _whole_plan(**changes: Any) -> plan.Plan:
    checks = tuple(check for check in CHECKS.values() if not check.is_market)
    not_planned = tuple(name for name, check in CHECKS.items() if check.is_market)
    made = plan.Plan(
        components=tuple(OWNERS),
        cases=(),
        sequences=recorded().sequences["quick"],
        checks=checks,
        not_planned=not_planned,
        extent=QUICK,
        is_quick=True,
    )
    return replace(made, **changes)


def _killed(*names: str) -> KillReport:
    fates = tuple(
        Killed(side=side, saboteur=name, by="x", example="y", after_examples=1, by_generated=True)
        for side in ("reference", "rust")
        for name in names
    )
    return KillReport(fates=fates, is_quick=True)


def _done(of: plan.Plan) -> list[Part]:
    kinds = dict.fromkeys(check.kind for check in of.checks)
    calls = [(check, len(list(check.calls(of.extent)))) for check in of.checks]
    counts = {GOLDEN_CASES: recorded().golden["cases"], REGRESSIONS: recorded().golden["regressions"]}
    counts |= {SEQUENCES: of.sequences} | ({} if of.is_quick else {REACH: 600})
    return [
        *(Part(name=name, items=count, comparisons=1) for name, count in counts.items()),
        *_checked(kinds, calls),
    ]


def _checked(kinds: Iterable[str], calls: Sequence[tuple[Check, int]]) -> Iterator[Part]:
    return (
        Part(
            name=kind,
            items=1,
            comparisons=1,
            calls={check.name: count for check, count in calls if check.kind == kind},
        )
        for kind in kinds
    )


def test_a_whole_run_falls_short_of_nothing() -> None:
    made = _whole_plan()
    assert shortfalls.shortfalls(made, _done(made), _killed(*recorded().quick_faults)) == ()


def test_a_shortened_list_of_faults_is_no_go() -> None:
    made = _whole_plan()
    found = shortfalls.shortfalls(made, _done(made), _killed(recorded().quick_faults[0]))
    assert len(found) == 2
    assert all("recorded faults were not let loose" in why for why in found)
    whole = KillReport(fates=_killed(*SABOTEURS).fates, is_quick=False)
    full = replace(made, is_quick=False, sequences=300)
    found = shortfalls.shortfalls(full, _done(full), whole)
    assert found == (f"0 of {len(recorded().rules)} recorded rules were switched off",)


def test_fewer_sequences_or_checks_are_no_go() -> None:
    report = _killed(*recorded().quick_faults)
    made = _whole_plan(sequences=1)
    whole = recorded().sequences["quick"]
    assert shortfalls.shortfalls(made, _done(made), report) == (f"1 of {whole} recorded generated sequences",)
    fewer = _whole_plan()
    fewer = replace(fewer, checks=tuple(check for check in fewer.checks if check.name != "wrong use"))
    assert shortfalls.shortfalls(fewer, _done(fewer), report) == (
        "several symbols: wrong use: 0 of 1 recorded calls",
        "simulators: wrong use: 0 of 1 recorded calls",
        "ticks: wrong use: 0 of 1 recorded calls",
    )


def test_rules_that_are_not_counted_any_more_are_no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortfalls, "counted_rules", lambda: {rule: None for rule in recorded().rules if rule != "E-7"})
    made = _whole_plan()
    found = shortfalls.shortfalls(made, _done(made), _killed(*recorded().quick_faults))
    assert found == (f"1 of {len(recorded().rules)} recorded rules are not counted: E-7",)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (GOLDEN_CASES, f"0 of {recorded().golden['cases']} recorded golden cases"),
        (REGRESSIONS, f"0 of {recorded().golden['regressions']} recorded regressions"),
        (SEQUENCES, f"0 of {recorded().sequences['verify']} recorded generated sequences"),
        (REACH, "what generated input reaches was not judged"),
    ],
)
def test_what_was_planned_and_did_not_run_is_no_go(name: str, why: str) -> None:
    made = _whole_plan(is_quick=False, sequences=recorded().sequences["verify"], has_reach=True)
    ran = [part for part in _done(made) if part.name != name]
    fates = _killed(*SABOTEURS).fates
    report = KillReport(fates=fates, is_quick=False, switched_off=fates[: len(recorded().rules)])
    assert shortfalls.shortfalls(made, _done(made), report) == ()
    assert shortfalls.shortfalls(made, ran, report) == (why,)
