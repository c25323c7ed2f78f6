"""A GO record of these sources stands behind `auto` and all beyond it; a flag alone flips nothing (F-8)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.registry import BY_NAME, COMPONENTS
from omega.serve import approvals
from omega.serve.approvals import KIND, record_of, sources_here, trial
from omega.serve.evidence import VARIABLE, Stamp, add
from omega.serve.planning import plan_run

HERE = Stamp(commit="c", is_clean=True, sources="s", versions={}, machine={})
NO_RECORD = "portfolio has no GO record of these sources"
COMMAND = "get one with: omega go-no-go --wave 2"


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "evidence.sqlite"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def say(word: str, components: Iterable[str], **changes: Any) -> None:
    add(KIND, {**record_of(0, word, components, [1]), **changes}, HERE)


def sides() -> dict[str, str]:
    return {choice.component: choice.backend for choice in plan_run()}


PYTHON = dict.fromkeys(BY_NAME, "python")
RUST = dict.fromkeys(BY_NAME, "rust")


@pytest.mark.rule("F-8")
def test_red_then_green_then_red(evidence: Path) -> None:
    assert sides() == PYTHON
    why = plan_run().choice("portfolio").why
    assert why.startswith(NO_RECORD)
    assert COMMAND in why
    say("GO", BY_NAME)
    plan = plan_run()
    assert sides() == RUST
    assert plan_run() is plan
    say("NO-GO", ["slippage_fee"])
    assert plan_run().choice("slippage_fee").why.startswith("slippage_fee is NO-GO; get one with")
    engine = ("slippage_fee", "portfolio", "event_engine", "execution_simulator", "strategy")
    assert sides() == {**RUST, **dict.fromkeys(engine, "python")}
    assert plan_run().choice("strategy").why.startswith("slippage_fee is NO-GO")
    say("GO", ["slippage_fee"])
    assert sides() == RUST


@pytest.mark.rule("F-8")
@pytest.mark.parametrize("value", ["true", "always"])
@pytest.mark.parametrize("source", ["environment", "set_feature_flag", "override", "configuration"])
def test_no_source_of_a_flag_goes_round_it(
    source: str, value: str, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = [("data_handler", value)] if source == "configuration" else []
    if source == "environment":
        monkeypatch.setenv("OMEGA_USE_RUST_DATA_HANDLER", value)
    if source == "set_feature_flag":
        omega.config.set_feature_flag("data_handler", value)
    overrides = {"data_handler": value} if source == "override" else {}
    with omega.config.override_flags(**overrides), pytest.raises(OmegaError) as caught:
        plan_run(configuration=configuration)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_STATE, "F-8")
    assert "data_handler has no GO record of these sources; get one with: omega go-no-go --wave 5" in str(caught.value)
    say("GO", BY_NAME)
    values = {"data_handler": "true"} if source == "override" else {}
    if value == "true":
        with omega.config.override_flags(**values):
            assert plan_run(configuration=configuration).backend("data_handler") == "rust"


@pytest.mark.rule("F-8")
def test_what_it_needs_has_to_have_one_too(evidence: Path) -> None:
    say("GO", [name for name in BY_NAME if name != "portfolio"])
    assert sides() == {
        **RUST,
        **dict.fromkeys(("portfolio", "event_engine", "execution_simulator", "strategy"), "python"),
    }
    assert plan_run().choice("strategy").why.startswith(NO_RECORD)
    engine = dict.fromkeys(("event_engine", "execution_simulator", "strategy"), "true")
    with (
        omega.config.override_flags(**engine),
        pytest.raises(OmegaError, match="is refused while the reference") as found,
    ):
        plan_run()
    assert (found.value.code, found.value.rule) == (ErrorCode.INVALID_STATE, "F-8")


@pytest.mark.rule("F-8")
@pytest.mark.parametrize("value", ["shadow", "verify"])
def test_what_is_compared_needs_none(value: str, evidence: Path, sample: omega.Bars, config: dict[str, Any]) -> None:
    with omega.config.override_flags(strategy=value):
        found = omega.run_backtest(config, sample)
    assert found.backend == ("python" if value == "shadow" else "rust")
    assert omega.config.counters()["event_engine"].compared > 0
    # What is not compared after all is not let in by it: a need is off.
    with omega.config.override_flags(event_engine="auto", indicator_cache=value, slippage_fee="false"):
        choices = {choice.component: choice for choice in plan_run()}
    assert choices["portfolio"].backend == "python"


@pytest.mark.rule("F-8")
def test_a_flag_of_what_cannot_be_rust_compares_nothing(evidence: Path) -> None:
    with omega.config.override_flags(portfolio="shadow", slippage_fee="false"):
        assert plan_run().backend("indicator_cache") == "python"


@pytest.mark.rule("F-8")
def test_one_run_by_argument_sets_no_flag(evidence: Path, sample: omega.Bars, config: dict[str, Any]) -> None:
    assert omega.run_backtest(config, sample, backend="rust").backend == "rust"
    served = omega.run_backtest(config, sample)
    assert served.backend == "python"
    assert NO_RECORD in next(choice.why for choice in served.flags if choice.component == "portfolio")
    assert "               event_engine has no GO record of these sources; get one with: omega go-no-go" in str(served)


@pytest.mark.rule("F-8")
def test_who_measures_needs_none(evidence: Path) -> None:
    with trial():
        assert sides() == RUST
    assert sides() == PYTHON


@pytest.mark.rule("F-8")
def test_a_record_of_other_sources_is_none(evidence: Path) -> None:
    say("GO", BY_NAME, sources=f"0{sources_here()[1:]}" if sources_here()[0] != "0" else f"1{sources_here()[1:]}")
    assert sides() == PYTHON


@pytest.mark.rule("F-8")
def test_a_record_that_a_hand_wrote_is_none(evidence: Path) -> None:
    say("NO-GO", BY_NAME)
    with sqlite3.connect(evidence) as database:
        database.execute("DROP TRIGGER never_changed")
        database.execute("UPDATE evidence SET row = replace(row, 'NO-GO', 'GO')")
    database.close()
    assert sides() == PYTHON
    why = plan_run().choice("portfolio").why
    assert "row 1 was changed after it was written" in why
    # Another record would not help: it could not be added either.
    assert why.endswith(f"; move the file away, or name another ({VARIABLE})")


@pytest.mark.rule("F-8")
def test_what_a_release_carries(evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = tmp_path / "go.json"
    monkeypatch.setattr(approvals, "CARRIED", carried)
    for text, expected in (
        ("[{", PYTHON),
        ("{}", PYTHON),
        ("[{}, 1]", PYTHON),
        (json.dumps([{**record_of(0, "GO", BY_NAME, []), "components": 8}]), PYTHON),
        (json.dumps([{**record_of(0, "GO", BY_NAME, []), "sources": "of another build"}]), PYTHON),
        (json.dumps([record_of(0, "GO", BY_NAME, [])]), RUST),
    ):
        carried.write_text(text, "utf-8")
        approvals._known.cache_clear()
        assert sides() == expected, text
    # What was found here outranks what was carried.
    say("NO-GO", BY_NAME)
    assert sides() == PYTHON
    approvals._known.cache_clear()


@pytest.mark.rule("F-8")
def test_the_digest_is_of_what_serves() -> None:
    python, _, rust = sources_here().partition("-")
    assert (len(python), len(rust)) == (32, 32)


@pytest.mark.rule("F-8")
def test_a_process_of_its_own(evidence: Path) -> None:
    def flags() -> set[str]:
        command = [sys.executable, "-m", "omega", "flags", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
        return {one["backend"] for one in json.loads(done.stdout)["flags"]}

    assert flags() == {"python"}
    say("GO", [one.name for one in COMPONENTS])
    assert flags() == {"rust"}
