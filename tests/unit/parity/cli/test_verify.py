"""``omega verify``: answers, exit codes, refusals."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

import omega
from omega.contract.errors import omega_error
from omega.data.writing import write_table
from omega_parity.cli.diff import diff
from omega_parity.cli.verify import verify
from omega_parity.drive import sides
from omega_parity.gates import plan
from omega_parity.judge.ownership import OWNERS

if TYPE_CHECKING:
    from click.testing import Result
    from tests.unit.parity.conftest import Toys

pytestmark = pytest.mark.usefixtures("no_probe")


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command("verify")(verify)
    app.command("diff")(diff)
    return app


APP = _app()


STYLED = """
from types import SimpleNamespace
from omega_parity.cli.screen import Screen, _table

case = SimpleNamespace(case="sample/x", bars=1, trades=1, comparisons=1, bits_differing=0, is_go=True)
screen = Screen(is_json=False, is_quiet=False)
screen._out.print(_table(SimpleNamespace(cases=(case,), parts=()), 80))
"""


@pytest.fixture
def run_verify(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(engine: object, *arguments: str):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(sides, "both_sides", lambda: toys.sides(engine))
        monkeypatch.setattr(plan, "sample_market", lambda: None)
        monkeypatch.setattr(plan, "market_set_names", lambda: ())
        monkeypatch.setattr(plan, "full_cases", lambda _: [toys.case("full")])
        monkeypatch.setattr(plan, "quick_cases", lambda _: [toys.case("quick")])
        monkeypatch.setattr(plan, "SEQUENCES", 0)
        monkeypatch.setattr(plan, "QUICK_SEQUENCES", 0)
        monkeypatch.setattr(plan, "GOLDEN_FOLDER", tmp_path / "none")
        monkeypatch.setattr(plan, "kept_shortfalls", lambda *_: ())
        monkeypatch.setattr(plan, "CHECKS", {})
        monkeypatch.delenv("CI", raising=False)
        words = ["verify", "--component", "execution_simulator", "--out", str(tmp_path / "report"), *arguments]
        return CliRunner().invoke(APP, words)

    return run


def test_required_market_data_must_be_there(  # type: ignore[no-untyped-def]
    run_verify, toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMEGA_REQUIRE_MARKET_DATA", "1")
    monkeypatch.setenv("OMEGA_MARKET_DATA", str(tmp_path / "nowhere"))
    for words in ((), ("--quick",)):
        result = run_verify(toys.engine(), *words)
        assert result.exit_code == 2
        assert "OMEGA_REQUIRE_MARKET_DATA=1, and no market data on this machine" in result.output


def test_required_market_data_take_part(  # type: ignore[no-untyped-def]
    run_verify, toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMEGA_REQUIRE_MARKET_DATA", "1")
    monkeypatch.setenv("OMEGA_MARKET_DATA", str(tmp_path))
    monkeypatch.setattr(plan, "_real_cases", lambda folder: [toys.case(f"real in {folder.name}")])
    result = run_verify(toys.engine())
    assert result.exit_code == 0, result.output
    assert "PARTIAL: 2 cases" in result.output
    result = run_verify(toys.engine(), "--quick")
    assert "PARTIAL: 1 cases" in result.output
    assert "left out: real bar sets: not run with --quick" in result.output


def test_verify_go(run_verify, toys: Toys, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine())
    assert result.exit_code == 0, result.output
    assert "PARTIAL: 1 cases, 60 bars, 1 trades" in result.output
    assert "Rust ran: 2 boundary crossings" in result.output
    assert (tmp_path / "report" / "verdict.html").is_file()


def test_verify_red_at_the_right_bar_and_field(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(exit_price=math.nextafter(1.105, 2.0)), "--quick")
    assert result.exit_code == 1
    assert "quick: diverges at bar 20 of 21" in result.output
    assert "reduced from quick, bar 20 of 60" in result.output
    assert "price  (1 ulp)" in result.output
    assert "NO-GO" in result.output


def test_signals_need_the_configuration_of_their_run(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(), "--signals", "signals.parquet")
    assert result.exit_code == 2
    assert "signals need the --config of their run" in result.output


def test_verify_json_and_quiet(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run_verify(toys.engine(), "--json").output)
    assert (data["verdict"], data["totals"]["bits_differing"]) == ("PARTIAL", 0)
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


@pytest.mark.rule("X-6")
@pytest.mark.parametrize("stem", ["x" * 240, "ü" * 120])
def test_a_long_name_does_not_lose_the_verdict(  # type: ignore[no-untyped-def]
    run_verify, toys: Toys, tmp_path: Path, stem: str
) -> None:
    def run() -> Result:
        return run_verify(toys.engine(exit_price=1.2), "--quick", "--symbol", "EURUSD", str(bars))  # type: ignore[no-any-return]

    bars = tmp_path / f"{stem}.parquet"
    write_table(omega.sample_bars(60, backend="python").table, bars)
    result = run()
    assert result.exit_code == 1, result.output
    assert "NO-GO" in result.output
    pages = list((tmp_path / "report" / "divergences").glob("*.html"))
    assert len(pages) == 1, "one fault, one case"
    assert all((page.with_suffix("") / "case.json").is_file() for page in pages)
    first = sorted(page.name for page in pages)
    assert run().exit_code == 1
    assert sorted(page.name for page in (tmp_path / "report" / "divergences").glob("*.html")) == first


@pytest.mark.rule("X-6")
@pytest.mark.parametrize(("exit_price", "answer", "code"), [(1.105, "PARTIAL", 3), (1.2, "NO-GO", 1)])
def test_a_full_disk_does_not_lose_the_verdict(  # type: ignore[no-untyped-def]
    run_verify, toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_price: float, answer: str, code: int
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    engine = toys.engine(exit_price=exit_price)
    run_verify(toys.engine())
    assert (tmp_path / "report" / "verdict.json").is_file()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        result = run_verify(engine, "--quick")
        data = json.loads(run_verify(engine, "--quick", "--json").output)
    assert result.exit_code == code, result.output
    assert f"{answer}: 1 cases, 60 bars" in result.output
    assert "the report is not whole: [DISK_FULL 3007]" in result.output
    assert (data["verdict"], data["report"], data["unwritten"]["code"]) == (answer, None, 3007)
    assert not [path for path in (tmp_path / "report").iterdir() if path.is_file()], "an older verdict survived"


def test_errors_are_laid_out_as_those_of_every_command(run_verify, toys: Toys, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    absent = str(tmp_path / "absent")
    for result in (run_verify(toys.engine(), f"{absent}.parquet"), CliRunner().invoke(APP, ["diff", absent, absent])):
        assert result.exit_code == 2
        first, second, *rest = result.output.splitlines()
        assert first == "error 3001 NOT_FOUND"
        assert second.startswith("  ")
        assert any(line.startswith("  column 'path'") for line in rest)
    for words in (("verify", f"{absent}.parquet", "--json"), ("diff", absent, absent, "--json")):
        document = json.loads(CliRunner().invoke(APP, words).output)
        assert list(document) == ["error"]
        names = ["code", "name", "message", "rule", "column", "row", "value", "recoverable", "next"]
        assert list(document["error"]) == names
        assert (document["error"]["code"], document["error"]["name"]) == (3001, "NOT_FOUND")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
@pytest.mark.parametrize("is_plain", [False, True])
def test_no_color_prints_no_style_on_a_terminal(is_plain: bool) -> None:
    import pty

    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    command = [sys.executable, "-c", STYLED]
    reader, writer = pty.openpty()
    with subprocess.Popen(command, stdout=writer, env=environment | ({"NO_COLOR": "1"} if is_plain else {})) as child:
        os.close(writer)
        said = b""
        with suppress(OSError):  # the end of a terminal
            while part := os.read(reader, 4096):
                said += part
        os.close(reader)
    assert child.returncode == 0
    assert b"sample" in said
    assert b"GO" in said
    assert (b"\x1b[" in said) is not is_plain


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


def test_an_unknown_component_is_wrong_use(run_verify, toys: Toys) -> None:  # type: ignore[no-untyped-def]
    result = run_verify(toys.engine(), "--component", "engines")
    assert result.exit_code == 2
    assert ", ".join(OWNERS) in " ".join(result.output.split())
