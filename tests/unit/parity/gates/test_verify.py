"""From observation to verdict, report and exit code, with engines that are faulty on purpose."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from omega.compare.compare import Comparison
from omega.compare.outcome import Failure
from omega.contract.errors import omega_error
from omega.contract.schemas import EQUITY, EVENTS, POSITIONS, TRADES
from omega_parity.cli.diff import diff
from omega_parity.cli.verify import verify
from omega_parity.drive import sides
from omega_parity.drive.observe import Side, observe
from omega_parity.drive.sides import Sides, reference_side
from omega_parity.gates import evidence, examine, plan
from omega_parity.gates.call_checks import CallCheck
from omega_parity.gates.verdict import RuleHits, Verdict
from omega_parity.generate.cases import Case, Floors
from omega_parity.judge.ownership import OWNERS, owner_named, owner_of_field, owner_of_rule
from omega_parity.judge.run_case import run_case
from omega_parity.report.documents import Documents
from omega_parity.report.files import write_report
from omega_parity.report.verdict import render
from omega_parity.selftest.ownership import owner_of_saboteur
from omega_parity.selftest.probe import SABOTEURS, KillReport, Survived, counted_rules

if TYPE_CHECKING:
    from conftest import Toys


class _Panic(BaseException):
    """What PyO3 raises for a panic nobody contained."""


def test_equal_engines_go(toys: Toys) -> None:
    seen: list[int] = []
    verdict = run_case(toys.case(), toys.sides(toys.engine()), lambda _, done: seen.append(done))
    assert verdict.is_go
    assert (verdict.bars, verdict.trades, verdict.fills, verdict.crossings) == (60, 1, 1, 2)
    assert verdict.closed_by == {"take_profit": 1}
    assert verdict.comparisons > 300
    assert seen == [0, 60]


def test_a_faulty_engine_is_no_go_at_the_right_bar_and_field(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(exit_price=math.nextafter(1.105, 2.0))))
    assert not verdict.is_go
    assert verdict.bits_differing > 0
    assert verdict.divergence is not None
    assert (verdict.divergence.bar, verdict.divergence.fields[0].field) == (20, "price")
    assert verdict.divergence.labels == ("reference", "Rust")


def test_a_fault_in_the_state_alone_is_found_by_one_replay(toys: Toys) -> None:
    def hide(output):  # type: ignore[no-untyped-def]
        return (
            toys.in_table(output, "positions", toys.run(toys.bars()).positions) if len(output.chain) == 60 else output
        )

    verdict = run_case(toys.case(), toys.sides(toys.engine(pending_price=1.25, change=hide)))
    assert verdict.divergence is not None
    assert (verdict.divergence.bar, verdict.divergence.operation) == (30, "order 2 after the bar")


@pytest.mark.rule("L-2")
@pytest.mark.parametrize(("crossings", "words"), [(0, "did not run"), (3, "3 times instead of 2")])
def test_rust_must_really_have_run(toys: Toys, crossings: int, words: str) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(crossings_per_run=crossings)))
    assert words in verdict.against[0]


@pytest.mark.rule("X-3")
def test_a_panic_is_an_outcome_and_an_interrupt_is_not(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(error=_Panic("boom"))))
    assert verdict.divergence is not None
    assert "_Panic [not an OmegaError] boom" in verdict.divergence.text()
    with pytest.raises(KeyboardInterrupt):
        run_case(toys.case(), toys.sides(toys.engine(error=KeyboardInterrupt())))


def test_equal_errors_are_equal_but_no_run(toys: Toys) -> None:
    error = omega_error(1006, "no")
    verdict = run_case(toys.case(), toys.sides(toys.engine(error=error), toys.engine(error=error)))
    assert verdict.bits_differing == 0
    assert verdict.against == ("the reference did not run: ValidationError [1006] no",)


def test_too_little_evidence_is_no_go(toys: Toys) -> None:
    floors = Floors(trades=2, fills=1, closed_by={"timeout": 5})
    verdict = run_case(toys.case(floors=floors), toys.sides(toys.engine()))
    assert verdict.against == ("too little happened: trades 1 < 2", "too little happened: timeout 0 < 5")


def test_a_side_that_writes_into_its_input_is_caught(toys: Toys) -> None:
    class Writer(toys.engine):  # type: ignore[misc, name-defined]
        def run(self, bars, *rest):  # type: ignore[no-untyped-def]
            import numpy as np

            buffer = bars["volume"].chunk(0).buffers()[1]
            import ctypes

            np.ctypeslib.as_array((ctypes.c_double * 3).from_address(buffer.address))[0] = 7.0
            return super().run(bars, *rest)

    case = toys.case()
    verdict = run_case(case, toys.sides(Writer()))
    assert "Rust changed the tables it was given" in verdict.against
    assert case.bars["volume"][0].as_py() == 1.0


def test_observation_keeps_the_failure(toys: Toys) -> None:
    case = toys.case()
    side = toys.sides(toys.engine(error=omega_error(2004, "NaN", column="price", row=3)))[1]
    seen = observe(side, case.bars, None, case.config)
    assert isinstance(seen.outcome, Failure)
    assert (seen.outcome.code, seen.outcome.row, seen.crossings) == (2004, 3, 2)


def test_no_case_is_no_go() -> None:
    assert Verdict(cases=()).against == ("nothing was compared",)


def test_report_is_self_contained_and_complete(toys: Toys, tmp_path: Path) -> None:
    faulty = toys.sides(toys.engine(exit_price=1.2))
    verdict = _examine(_plan(toys.case("a<b"), notes=("mind the gap",)), faulty, tmp_path / "deep" / "report")
    page = write_report(verdict, tmp_path / "deep" / "report").read_text(encoding="utf-8")
    for words in ("NO-GO", "a&lt;b", "diverges at bar 20", "mind the gap", "omega_rust", "OMEGA_USE_RUST_STRATEGY"):
        assert words in page
    assert "<svg" in page
    assert "http" not in page.replace('name="viewport"', "")
    assert "<script" not in page
    assert verdict.cases[0].page.startswith("divergences/a-b-")
    drawn = tmp_path / "deep" / "report" / verdict.cases[0].page
    assert "diverges at bar 20" in drawn.read_text(encoding="utf-8")
    assert verdict.cases[0].page in page
    assert "NO-GO" not in render(_examine(_plan(toys.case()), toys.sides(toys.engine()), tmp_path))
    data = json.loads((tmp_path / "deep" / "report" / "verdict.json").read_text(encoding="utf-8"))
    assert data["verdict"] == "NO-GO"
    assert data["cases"][0]["divergence"]["bar"] == 20
    assert data["totals"]["cases"] == 1


def test_report_is_the_same_for_equal_runs(toys: Toys, tmp_path: Path) -> None:
    first, second = (_examine(_plan(toys.case()), toys.sides(toys.engine()), tmp_path).as_data() for _ in range(2))
    assert first == second


def _plan(*cases: Case, **changes: Any) -> plan.Plan:
    return plan.Plan(components=("execution_simulator",), cases=cases, sequences=0, **changes)


def _examine(given: plan.Plan, both: Sides, out: Path, on_step: examine.OnStep | None = None) -> Verdict:
    return examine.examine(given, both, Documents(both, out), on_step)


@pytest.fixture(autouse=True)
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls and built-in faults are slow and real; here the engines are toys."""
    monkeypatch.setattr(examine, "check_calls", lambda *_, **__: None)
    monkeypatch.setattr(examine, "let_loose", lambda _: (None, ""))


APP = typer.Typer()
APP.command("verify")(verify)
APP.command("diff")(diff)


@pytest.fixture
def run_verify(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(engine: object, *arguments: str):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(sides, "both_sides", lambda: toys.sides(engine))
        monkeypatch.setattr(plan, "sample_market", lambda: None)
        monkeypatch.setattr(plan, "full_cases", lambda _: [toys.case("full")])
        monkeypatch.setattr(plan, "quick_cases", lambda _: [toys.case("quick")])
        monkeypatch.setattr(plan, "SEQUENCES", 0)
        monkeypatch.setattr(plan, "QUICK_SEQUENCES", 0)
        monkeypatch.setattr(plan, "GOLDEN_FOLDER", tmp_path / "none")
        words = ["verify", "--component", "execution_simulator", "--out", str(tmp_path / "report"), *arguments]
        return CliRunner().invoke(APP, words)

    return run


def test_verify_go(run_verify, toys: Toys, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine())
    assert result.exit_code == 0, result.output
    assert "GO: 1 cases, 60 bars, 1 trades" in result.output
    assert "Rust ran: 2 boundary crossings" in result.output
    assert (tmp_path / "report" / "verdict.html").is_file()


def test_verify_red_at_the_right_bar_and_field(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(exit_price=math.nextafter(1.105, 2.0)), "--quick")
    assert result.exit_code == 1
    assert "quick: diverges at bar 20 of 60" in result.output
    assert "price  (1 ulp)" in result.output
    assert "NO-GO" in result.output


def test_verify_json_and_quiet(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run_verify(toys.engine(), "--json").output)
    assert (data["verdict"], data["totals"]["bits_differing"]) == ("GO", 0)
    quiet = run_verify(toys.engine(crossings_per_run=0), "--quiet")
    assert quiet.exit_code == 1
    assert quiet.output.splitlines() == [quiet.output.strip()]
    assert "Rust never ran" in quiet.output


def test_verify_refuses_a_file_that_is_not_there(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(), "nowhere.parquet")
    assert result.exit_code == 2
    assert "3001" in result.output


def test_verify_report_folder_that_is_a_file(run_verify, toys: Toys, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "report").write_text("")
    assert run_verify(toys.engine()).exit_code == 2


@pytest.mark.rule("F-6")
@pytest.mark.parametrize("is_json", [False, True])
def test_verify_without_rust_says_how_to_build_it(monkeypatch: pytest.MonkeyPatch, is_json: bool) -> None:
    def refuse() -> None:
        raise sides.NativeMissingError(omega_error(3001, "not installed", rule="F-6"), "make build")

    monkeypatch.setattr(sides, "both_sides", refuse)
    result = CliRunner().invoke(APP, ["verify", *(["--json"] if is_json else [])])
    assert result.exit_code == 3
    assert "make build" in result.output
    assert "not installed" in result.output


def test_progress_on_a_terminal(toys: Toys, tmp_path: Path) -> None:
    from rich.console import Console

    from omega_parity.cli.screen import Screen

    screen = Screen(is_json=False, is_quiet=False)
    screen._err = Console(force_terminal=True, stderr=True)
    given = _plan(toys.case("one"), toys.case("two"))
    with screen.progress(given.steps) as on_step:
        assert on_step is not None
        _examine(given, toys.sides(toys.engine()), tmp_path, on_step)


@pytest.mark.parametrize("name", ["slippage_fee", "execution", "execution_simulator", "data_handler"])
def test_a_component_is_found_by_its_name_and_its_alias(name: str) -> None:
    owner = owner_named(name)
    assert name in (owner.name, *owner.component.aliases)


def test_an_unknown_component_is_wrong_use(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(), "--component", "engines")
    assert result.exit_code == 2
    assert ", ".join(OWNERS) in " ".join(result.output.split())


def test_every_rule_field_and_fault_has_an_owner() -> None:
    assert {owner_of_rule(rule) for rule in counted_rules()} <= set(OWNERS)
    assert {owner_of_saboteur(name) for name in SABOTEURS} <= set(OWNERS)
    assert owner_of_saboteur("a rule switched off") is None
    tables = {"events": EVENTS, "trades": TRADES, "positions": POSITIONS, "equity": EQUITY}
    for table, schema in tables.items():
        for field, is_strategy in product(schema.names, (False, True)):
            assert owner_of_field(table, field, is_strategy=is_strategy) in OWNERS
    assert owner_of_field("error", "code", is_strategy=False) == "event_engine"


def test_the_values_of_a_case_are_divided_among_the_components(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(exit_price=1.2)))
    assert sum(verdict.compared.values()) == verdict.comparisons
    assert sum(verdict.differing.values()) == verdict.values_differing
    assert verdict.differing["portfolio"] > 0


def test_kills_that_were_not_measured_are_no_go(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "omega_rust_probe is not installed; build it with `make probe`"
    monkeypatch.setattr(examine, "let_loose", lambda _: (None, why))
    verdict = _examine(_plan(toys.case()), toys.sides(toys.engine()), tmp_path)
    assert verdict.against == (f"kills: not measured: {why}", "execution_simulator: kills: not measured")
    assert verdict.components[0].faults is None


def test_the_missing_probe_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(evidence, "kills", lambda _: None)
    monkeypatch.setattr(evidence, "why_no_probe", lambda: "build it")
    whole = plan.Plan(components=tuple(OWNERS), cases=(), sequences=0)
    assert evidence.let_loose(whole) == (None, "build it")


def test_a_survivor_speaks_against_its_component(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survived = Survived(side="rust", saboteur="stop_strict", after_examples=7)
    report = KillReport(fates=(survived,), is_quick=True)
    monkeypatch.setattr(examine, "let_loose", lambda _: (report, ""))
    verdict = _examine(_plan(toys.case()), toys.sides(toys.engine()), tmp_path)
    assert verdict.components[0].against == (str(survived),)
    assert (verdict.components[0].killed, verdict.components[0].faults) == (0, 1)


def test_unhit_rules_speak_against_their_component(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plan.Plan(components=("portfolio",), cases=(), sequences=1)
    hits = dict.fromkeys(counted_rules(), 1)
    assert evidence.rule_hits("portfolio", given, (), (hits, hits)) == RuleHits(rules=7, hit=7)
    found = evidence.rule_hits("portfolio", given, (), (hits | {"P-1": 0, "P-2": 0}, hits | {"P-1": 0}))
    assert found.against == ("rule P-1 never fired", "rule P-2 fired on Rust only, never on reference")
    assert (found.rules, found.hit) == (7, 5)
    missing = evidence.rule_hits("portfolio", given, (), None)
    assert (missing.hit, missing.against) == (0, ("hits of 7 rules were not measured",))


def test_a_component_that_was_never_called_is_no_go() -> None:
    idle = CallCheck(component="data_handler", rules=("T-2",), comparison=Comparison(comparisons=0))
    given = plan.Plan(components=("data_handler",), cases=(), sequences=0)
    assert evidence.rule_hits("data_handler", given, (idle,), None).against == ("rule T-2 never fired",)


def test_a_search_that_differs_stops_and_keeps_its_smallest_cases(tmp_path: Path) -> None:
    class Broken:
        def run(self, bars, signals, config, on_progress=None):  # type: ignore[no-untyped-def]
            output = reference_side().engine.run(bars, signals, config, None)
            return replace(output, metrics={**output.metrics, "trades": -1})

    pair = (reference_side(), Side(label="Rust", engine=Broken()))
    given = plan.Plan(components=("portfolio",), cases=(), sequences=20)
    part = evidence.generated_part(given, pair, Documents(pair, tmp_path))
    assert part.against[-1] == "stopped after 3 of 20 sequences"
    assert len(part.examples) == evidence.MOST_EXAMPLES
    assert all(1 <= example.bars <= 2 for example in part.examples)
    assert all((tmp_path / example.page).is_file() for example in part.examples)
    assert len(list((tmp_path / "divergences").glob("*/case.json"))) == len({one.page for one in part.examples})


def test_junit(toys: Toys, tmp_path: Path) -> None:
    verdict = _examine(
        _plan(toys.case("a<b\x01"), toys.case("fine")), toys.sides(toys.engine(exit_price=1.2)), tmp_path
    )
    write_report(verdict, tmp_path)
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("3", "3")
    names = [test.get("name") for test in root.iter("testcase")]
    assert names == ["execution_simulator", "a<b\N{REPLACEMENT CHARACTER}", "fine"]
    failure = root.find("./testsuite[@name='cases']/testcase/failure")
    assert failure is not None
    assert "diverges at bar 20" in str(failure.text)
    assert "python -m omega_parity.cli.replay" in str(failure.text)
