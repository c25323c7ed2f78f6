"""From evidence to verdict and report, with engines that are faulty on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from omega_parity.drive.observe import Side
from omega_parity.drive.sides import Sides, reference_side
from omega_parity.gates import evidence, examine, plan
from omega_parity.gates.checks.bench import Check
from omega_parity.gates.verdict import Part, RuleHits, Verdict
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases
from omega_parity.judge.ownership import OWNERS
from omega_parity.report.documents import Documents
from omega_parity.report.files import write_report
from omega_parity.report.verdict import render
from omega_parity.selftest.probe import KillReport, Survived, counted_rules

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys

pytestmark = pytest.mark.usefixtures("no_probe")

Find = Callable[[KillReport | None, str], None]


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
    assert verdict.cases[0].page == "divergences/E-9-price.html"
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


def test_progress_on_a_terminal(toys: Toys, tmp_path: Path) -> None:
    from rich.console import Console

    from omega_parity.cli.screen import Screen

    screen = Screen(is_json=False, is_quiet=False)
    screen._err = Console(force_terminal=True, stderr=True)
    given = _plan(toys.case("one"), toys.case("two"))
    with screen.progress(given.steps) as on_step:
        assert on_step is not None
        _examine(given, toys.sides(toys.engine()), tmp_path, on_step)


def test_kills_that_were_not_measured_are_no_go(toys: Toys, tmp_path: Path, find: Find) -> None:
    why = "omega_rust_probe is not installed; build it with `make probe`"
    find(None, why)
    verdict = _examine(_plan(toys.case()), toys.sides(toys.engine()), tmp_path)
    assert verdict.against == (f"kills: not measured: {why}", "execution_simulator: kills: not measured")
    assert verdict.components[0].faults is None


def test_the_missing_probe_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(evidence, "kills", lambda _: None)
    monkeypatch.setattr(evidence, "why_no_probe", lambda: "build it")
    whole = plan.Plan(components=tuple(OWNERS), cases=(), sequences=0)
    assert evidence.let_loose(whole) == (None, "build it")


def test_a_survivor_speaks_against_its_component(toys: Toys, tmp_path: Path, find: Find) -> None:
    survived = Survived(side="rust", saboteur="stop_strict", after_examples=7)
    report = KillReport(fates=(survived,), is_quick=True)
    find(report, "")
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
    check = Check(kind="bars", name="toys", component="data_handler", body=lambda _: None, rules=("T-2",))
    given = plan.Plan(components=("data_handler",), cases=(), sequences=0, checks=(check,))
    idle, called = (Part(name="bars", items=1, comparisons=1, calls=calls) for calls in ({}, {"toys": 2}))
    assert evidence.rule_hits("data_handler", given, (idle,), None).against == ("rule T-2 never fired",)
    assert evidence.rule_hits("data_handler", given, (called,), None) == RuleHits(rules=1, hit=1)


def test_a_search_that_differs_stops_and_keeps_its_smallest_cases(tmp_path: Path) -> None:
    class Broken:
        def run(self, bars, signals, config, on_progress=None):  # type: ignore[no-untyped-def]
            output = reference_side().engine.run(bars, signals, config, None)
            return replace(output, metrics={**output.metrics, "trades": -1})

    pair = (reference_side(), Side(label="Rust", engine=Broken()))
    part = evidence.generated_part("toys", tuple(sample_cases(20)), pair, Documents(pair, tmp_path))
    assert part.against[-1] == "stopped after 3 of 20 cases"
    assert len(part.examples) == evidence.MOST_EXAMPLES
    assert all(1 <= example.size[0] <= 2 for example in part.examples)
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
