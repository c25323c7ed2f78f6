"""From observation to verdict, report and exit code, with engines that are faulty on purpose."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from omega.contract.errors import omega_error
from omega_parity import cli, sides, verify
from omega_parity.cases import Floors
from omega_parity.observe import observe
from omega_parity.outcome import Failure
from omega_parity.report_html import render
from omega_parity.runner import run_case
from omega_parity.verdict import Verdict

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
    verdict = verify.judge([toys.case("a<b")], faulty, notes=("mind the gap",))
    page = verify.write_report(verdict, tmp_path / "deep" / "report").read_text(encoding="utf-8")
    for words in ("NO-GO", "a&lt;b", "diverges at bar 20", "mind the gap", "omega_rust", "OMEGA_USE_RUST_STRATEGY"):
        assert words in page
    assert "<svg" in page
    assert "http" not in page.replace('name="viewport"', "")
    assert "<script" not in page
    assert "GO" in render(verify.judge([toys.case()], toys.sides(toys.engine())))
    data = json.loads((tmp_path / "deep" / "report" / "verdict.json").read_text(encoding="utf-8"))
    assert data["verdict"] == "NO-GO"
    assert data["cases"][0]["divergence"]["bar"] == 20
    assert data["totals"]["cases"] == 1


def test_report_is_the_same_for_equal_runs(toys: Toys) -> None:
    first, second = (verify.judge([toys.case()], toys.sides(toys.engine())).as_data() for _ in range(2))
    assert first == second


APP = typer.Typer()
APP.command("verify")(cli.verify)
APP.command("diff")(cli.diff)


@pytest.fixture
def run_verify(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(engine: object, *arguments: str):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(sides, "both_sides", lambda: toys.sides(engine))
        monkeypatch.setattr(verify, "sample_market", lambda: None)
        monkeypatch.setattr(verify, "full_cases", lambda _: [toys.case("full")])
        monkeypatch.setattr(verify, "quick_cases", lambda _: [toys.case("quick")])
        return CliRunner().invoke(APP, ["verify", "--out", str(tmp_path / "report"), *arguments])

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


def test_progress_on_a_terminal(toys: Toys) -> None:
    from rich.console import Console

    from omega_parity.screen import Screen

    screen = Screen(is_json=False, is_quiet=False)
    screen._err = Console(force_terminal=True, stderr=True)
    cases = [toys.case("one"), toys.case("two")]
    with screen.progress(cases) as on_case:
        assert on_case is not None
        verify.judge(cases, toys.sides(toys.engine()), on_case)
