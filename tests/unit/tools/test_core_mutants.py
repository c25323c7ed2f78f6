"""What cargo-mutants leaves behind is read as fates, and each pattern that leaves mutants out is explained."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from mutants import core
from mutants.core import CoreFate, CoreReport, excluded, exclusions, fate_of

ROOT = Path(__file__).parents[3]
NAME = "rust_impl/core/src/execution/fills.rs:14:43: replace > with >= in fill_stop"
HEADER = "     Running `target/debug/deps/omega_core-1`\n"


def failed(test: str, message: str) -> str:
    return f"{HEADER}test {test} ... FAILED\n\nthread '{test}' (7) panicked at src/x.rs:40:9:\n{message}\n"


def fate(summary: str, log: str = "") -> str:
    found = fate_of({"scenario": {"Mutant": {"name": NAME}}, "summary": summary}, log)
    assert found.name == NAME
    return found.kind


DIFFERS = "assertion `left == right` failed: execution/E-3: line 81 of the outcome"
OVERFLOW = "attempt to subtract with overflow"


@pytest.mark.parametrize(
    ("summary", "log", "kind"),
    [
        ("MissedMutant", "", "survived"),
        ("Timeout", "", "timed out"),
        ("Unviable", "", "does not compile"),
        ("CaughtMutant", failed("every_run_gives_what_the_reference_gave", DIFFERS), "corpus"),
        ("CaughtMutant", failed("execution::fills::tests::a_stop_fills", DIFFERS), "unit tests"),
        ("CaughtMutant", failed("a::tests::b", DIFFERS) + failed("every_call", DIFFERS), "corpus"),
        (
            "CaughtMutant",
            failed("a::tests::b", "called `Result::unwrap()` on an `Err` value: OmegaError"),
            "unit tests",
        ),
        ("CaughtMutant", failed("every_run_gives_what_the_reference_gave", OVERFLOW), "crashed"),
        ("CaughtMutant", f"{HEADER}error: test failed: signal: 6, SIGABRT", "crashed"),
        ("CaughtMutant", "test a::tests::b - should panic ... FAILED", "unit tests"),
    ],
)
def test_a_mutant_is_killed_by_a_difference_only(summary: str, log: str, kind: str) -> None:
    assert fate(summary, log) == kind


def test_a_crash_beside_a_difference_in_another_test_is_a_kill_by_that_test() -> None:
    log = failed("every_run_gives_what_the_reference_gave", OVERFLOW) + failed("a::tests::b", DIFFERS)
    assert fate("CaughtMutant", log) == "unit tests"


def report(*kinds: core.Kind, stale: tuple[str, ...] = ()) -> CoreReport:
    fates = tuple(CoreFate(f"{NAME} {row}", kind) for row, kind in enumerate(kinds))
    return CoreReport(fates=fates, share="0/1", found=len(fates) + 1, equivalent=1, stale=stale)


def test_a_report_is_green_when_nothing_is_left_to_explain() -> None:
    green = report("corpus", "unit tests", "crashed", "timed out", "does not compile")
    assert green.is_green
    assert green.killed_ratio == 1.0
    assert "6 found, 1 of them equivalent" in str(green)
    assert green.as_data()["counts"] == {
        "corpus": 1,
        "crashed": 1,
        "does not compile": 1,
        "timed out": 1,
        "unit tests": 1,
    }


def test_a_survivor_or_a_stale_pattern_is_red_and_named() -> None:
    killed: list[core.Kind] = ["corpus"] * 99
    survived = report(*killed, "survived")
    assert survived.killed_ratio == 0.99
    assert not survived.is_green
    assert f"SURVIVED {NAME} 99" in str(survived)
    stale = report("corpus", stale=("in gone",))
    assert not stale.is_green
    assert "STALE in gone" in str(stale)
    assert not report().is_green


def test_patterns_find_what_they_leave_out() -> None:
    assert excluded([NAME], ["> with >= in fill_stop", "in gone"]) == {"> with >= in fill_stop": [NAME], "in gone": []}


def test_every_pattern_is_explained_and_none_names_a_line() -> None:
    table = (ROOT / "rust_impl" / "core" / "mutants.md").read_text("utf-8")
    explained = re.findall(r"^\| `([^`]+)` \| \S.* \|$", table, re.MULTILINE)
    patterns = [pattern.replace("\\|", "|") for pattern in exclusions()]
    assert explained == [pattern.replace("|", "\\|") for pattern in patterns]
    assert not [pattern for pattern in patterns if re.search(r":\\?\d", pattern)]


def test_without_cargo_mutants_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    app = Typer()
    app.command()(core.main)
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 3
    assert core.INSTALL in result.output
