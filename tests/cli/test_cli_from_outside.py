"""What the commands print, word for word and key by key, held to tables written by hand and to what pandas reads."""

from __future__ import annotations

import errno
import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pandas
import pytest

import omega.cli
from omega import doctor
from omega.cli import output
from omega.cli.output import Output, console, error_block, exit_code, plain, report_error
from omega.contract.errors import ErrorCode, omega_error

from .conftest import Omega

COMMON = {
    "--json": "Print one JSON document instead of text.",
    "-q, --quiet": "Print nothing; the exit code is the answer.",
}
BACKEND = {"--backend <str>": "Run everything on one side: python or rust. Otherwise the flags decide."}
HELP: dict[str, dict[str, str]] = {
    "backtest": {
        "config <path>": "Configuration: YAML, JSON or TOML. [required]",
        "--data <path>": "Bars (Parquet, CSV, Arrow), instead of the configuration's.",
        "--signals <path>": "Run these signals instead of the strategy.",
        "--out <path>": "Save the result in this folder.",
        **BACKEND,
        **COMMON,
    },
    "flags": {**BACKEND, **COMMON},
    "data check": {
        "file <path>": "Bars: Parquet, CSV or Arrow IPC.",
        "--bid <path>": "Bid side, with --ask or --spread-pips.",
        "--ask <path>": "Ask side.",
        "--symbol <str>": "Symbol the data must be of.",
        "--timeframe <str>": "M1 … D1; otherwise the commonest step.",
        "--spread-pips <float>": "Makes the missing side.",
        "--quality <str>": "report or refuse quality findings. [default: report]",
        **BACKEND,
        **COMMON,
    },
    "sample": {
        "--n <int>": "Number of bars. [default: 30000]",
        "--seed <int>": "Seed of the generator. [default: 7]",
        "--out <path>": "Write them here: .parquet, .arrow or .csv.",
        **BACKEND,
        **COMMON,
    },
    "doctor": COMMON,
}
ABOUT = {
    "": "Omega: an FX backtester twice, in Python and in Rust, the same to the bit.",
    "backtest": "Run a backtest and print its summary.",
    "flags": "Show every feature flag: value, where it comes from, which side serves, and why.",
    "data check": "Check bars against the contract (T-2), and list every breach: "
    "exit 0 when they can be run, 1 when they cannot.",
    "sample": "Make the built-in sample, a five-minute EURUSD, the same to the bit on every machine.",
    "doctor": "Look at the installation: exit 0 when everything works, 3 when something is broken.",
    "data": "Look at data.",
}
EXAMPLES = {
    "backtest": "Example: omega backtest strategy.yaml --data eurusd_m5.parquet --out run",
    "flags": "Example: OMEGA_USE_RUST_EXECUTION=false omega flags",
    "data check": "Example: omega data check eurusd_m5.parquet --quality refuse",
    "sample": "Example: omega sample --n 100000 --seed 1 --out eurusd_m5.parquet",
    "doctor": "Example: omega doctor --json",
    "": "Exit codes: 0 fine, 1 the answer is no, 2 wrong use, 3 broken environment, 130 interrupted.",
}
NAMES = [
    *("slippage_fee", "indicator_cache", "portfolio", "event_engine", "execution_simulator", "strategy"),
    *("data_handler", "multi_symbol"),
]


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("command", HELP)
def test_the_help_of_a_command(omega_command: Omega, command: str) -> None:
    answer = omega_command(*command.split(), "--help")
    text = words(answer.out)
    assert answer.code == 0
    assert text.startswith(f"Usage: omega {command} [OPTIONS]")
    for option, says in HELP[command].items():
        assert f"{option} {says}" in text
    assert ABOUT[command] in text
    assert text.endswith(EXAMPLES[command])


@pytest.mark.parametrize("command", ["", "data"])
def test_the_help_of_a_group(omega_command: Omega, command: str) -> None:
    shown = omega_command(*command.split(), "--help")
    assert shown.code == 0
    assert ABOUT[command] in words(shown.out)
    bare = omega_command(*command.split())
    assert bare.code == 2
    assert ABOUT[command] in words(bare.out + bare.err)
    if not command:
        assert words(shown.out).endswith(EXAMPLES[""])
        assert "--version Print the version and exit." in words(shown.out)
        assert "install-completion" not in shown.out
        names = [line.split()[0] for line in shown.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
        assert (
            " ".join(names[:11]) == "verify backtest lookahead warm-up diff bisect reconcile flags config data sample"
        )


def test_the_document_of_a_backtest(omega_command: Omega, strategy_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    answer = omega_command("backtest", strategy_file, "--backend", "python", "--json", "--out", out)
    document = json.loads(answer.out)
    assert list(document) == [
        *("symbol", "timeframe", "variant", "bars", "backend", "crossings", "fallbacks", "divergences"),
        *("metrics", "events", "open_positions"),
        *("data_hash", "detail", "last_state_hash", "flags", "versions", "saved"),
    ]
    manifest = json.loads((out / "manifest.json").read_bytes())
    both = set(document) & set(manifest)
    assert len(both) == 11
    assert {key: document[key] for key in both} == {key: manifest[key] for key in both}
    names = ("events", "positions", "equity")
    tables = {name: pandas.read_parquet(next(out.glob(f"{name}-*.parquet"))) for name in names}
    assert document["events"] == len(tables["events"])
    assert document["open_positions"] == len(tables["positions"])
    assert document["bars"] == len(tables["equity"]) == 600
    assert (document["variant"], document["saved"]) == ("canonical", str(out))
    unsaved = json.loads(omega_command("backtest", strategy_file, "--backend", "python", "--json").out)
    assert unsaved == {**document, "saved": None}


def test_the_flags_as_a_table(omega_command: Omega) -> None:
    lines = [line.split() for line in omega_command("flags", "--backend", "python").out.splitlines()]
    assert lines[0] == ["flag", "value", "origin", "backend", "why"]
    variables = [f"OMEGA_USE_RUST_{name.upper()}" for name in NAMES]
    assert lines[1:9] == [[name, "false", "backend", "argument", "python", "[1]"] for name in variables]
    assert lines[9][:5] == ["strongest", "origin", "first:", "backend", "argument,"]
    assert lines[-1] == ["[1]", "set", "to", "false"]
    document = json.loads(omega_command("flags", "--backend", "python", "--json").out)
    assert document["flags"][0] == {
        "component": "slippage_fee",
        "flag": "OMEGA_USE_RUST_SLIPPAGE_FEE",
        "value": "false",
        "origin": "backend argument",
        "backend": "python",
        "why": "set to false",
    }
    assert [choice["component"] for choice in document["flags"]] == NAMES


def test_facts_of_bars(omega_command: Omega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    path = tmp_path / "bars.parquet"
    document = json.loads(omega_command("sample", "--n", "1500", "--seed", "3", "--out", path, "--json").out)
    frame = pandas.read_parquet(path)
    quality = ["crossed_quotes", "zero_spread", "gaps", "spikes", "weekend_bars"]
    quality += ["uneven_steps", "off_grid", "no_volume"]
    facts = ["symbol", "timeframe", "bars", "first", "last", "content_hash", *quality]
    assert list(document) == [*facts, "written"]
    assert (document["symbol"], document["timeframe"], document["bars"], len(frame)) == ("EURUSD", "M5", 1500, 1500)
    first, last = (f"{moment:%Y-%m-%dT%H:%M:%S}Z" for moment in frame["timestamp"].iloc[[0, -1]])
    assert (document["first"], document["last"], document["written"]) == (first, last, str(path))
    assert omega_command("data", "check", path).out.split()[:2] == ["timeframe", "M5"]
    assert omega_command("sample", "--n", "5").out.splitlines()[0].split() == ["symbol", "EURUSD"]
    text = {" ".join(line.split()) for line in omega_command("data", "check", path).out.splitlines()}
    assert {"timeframe M5", "bars 1,500", f"first {first}", f"last {last}"} <= text
    assert f"content hash {document['content_hash']}" in text
    assert not any(line.startswith("symbol") for line in text)  # the file does not say
    checked = json.loads(omega_command("data", "check", path, "--json").out)
    assert [(one["column"], one["rows"]) for one in checked.pop("findings")] == [("gaps", [1416])]
    assert checked | {"written": str(path)} == document | {"symbol": None, "report": checked["report"]}
    assert json.loads(omega_command("sample", "--n", "5", "--json").out)["written"] is None
    other = json.loads(omega_command("sample", "--n", "1500", "--json").out)
    assert other["content_hash"] != document["content_hash"]


def sides(path: Path, tmp_path: Path) -> tuple[Path, Path]:
    frame = pandas.read_parquet(path)
    for side in ("bid", "ask"):
        names = {f"{side}_{part}": part for part in ("open", "high", "low", "close")}
        half = frame[["timestamp", *names, "volume"]].rename(columns=names)
        half.to_parquet(tmp_path / f"{side}.parquet", index=False)
    return tmp_path / "bid.parquet", tmp_path / "ask.parquet"


def test_every_option_of_a_check(omega_command: Omega, tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    whole = json.loads(omega_command("sample", "--n", "300", "--out", path, "--json").out)
    bid, ask = sides(path, tmp_path)

    def found(*options: str | Path) -> tuple[int, dict[str, Any]]:
        answer = omega_command("data", "check", *options, "--json")
        return answer.code, json.loads(answer.out)

    assert found("--bid", bid, "--ask", ask)[1]["content_hash"] == whole["content_hash"]
    assert found("--bid", ask, "--ask", bid)[1]["content_hash"] != whole["content_hash"]
    assert found(path, "--symbol", "GBPUSD")[1]["symbol"] == "GBPUSD"
    code, one_side = found("--bid", bid, "--spread-pips", "0", "--symbol", "EURUSD")
    assert (code, one_side["zero_spread"]) == (0, 300)
    code, refusal = found("--bid", bid, "--spread-pips", "0", "--symbol", "EURUSD", "--quality", "refuse")
    assert (code, refusal["error"]["code"], refusal["error"]["column"]) == (1, 1006, "zero_spread")
    code, refusal = found("--bid", bid)
    assert (code, refusal["error"]["code"], refusal["error"]["column"]) == (2, 1008, "spread_pips")
    code, refusal = found(path, "--timeframe", "H1")
    assert (code, refusal["error"]["rule"]) == (1, "T-4")
    assert found(path, "--timeframe", "M5")[0] == 0
    code, refusal = found(path, "--timeframe", "M7")
    assert (code, refusal["error"]["code"]) == (2, 1001)
    code, refusal = found(path, "--backend", "fortran")
    assert (code, refusal["error"]["column"]) == (2, "backend")
    assert omega_command("data", "check", path, "--quiet").out == ""
    text = omega_command("data", "check", "--bid", bid)
    said = "error 1008 MISSING_REQUIRED_FIELD\n  only bid= is given; give the other side too, or spread_pips=\n"
    assert (text.code, text.out, text.err[: len(said)]) == (2, "", said)


@pytest.mark.rule("X-1")
def test_whose_fault_every_code_is(omega_command: Omega, tmp_path: Path) -> None:
    environment = {3002, 3007, 4000, 4002, 4003, 4004}
    for code in ErrorCode:
        if code:
            is_environment = int(code) in environment or int(code) >= 5000
            assert exit_code(omega_error(code, "x")) == (3 if is_environment else 2), code.name
            assert exit_code(omega_error(code, "x", rule="F-6")) == 3
    # Of data that cannot be run the answer is no, of what is no data there is none.
    for number, expected in {1002: 2, 1004: 2, 2004: 2, 1001: 2, 1009: 2, 3001: 2, 6004: 3}.items():
        found = SimpleNamespace(bars=None, error=omega_error(number, "x"), findings=[])
        for outcome, said in (({"side_effect": found.error}, expected), ({"return_value": found}, 1)):
            with patch("omega.reading.check_bars", **outcome):
                assert omega_command("data", "check", tmp_path / "x").code == said, number


def test_errors_as_a_block_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    error = omega_error(1006, "too much", rule="T-2", column="c", row=3, value=float("inf"), recoverable=False)
    assert error_block(error) == (
        "error 1006 CONSTRAINT_VIOLATION\n  too much\n  rule   'T-2'\n  column 'c'\n  row    3\n  value  inf"
        "\n  next   mend or drop the row; `omega data check FILE` lists every breach"
    )
    report_error(error, as_json=False)
    assert capsys.readouterr() == ("", error_block(error) + "\n")
    report_error(error, as_json=True)
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (
        {
            "error": {
                "code": 1006,
                "name": "CONSTRAINT_VIOLATION",
                "message": "too much",
                "rule": "T-2",
                "column": "c",
                "row": 3,
                "value": "inf",
                "recoverable": False,
                "next": "mend or drop the row; `omega data check FILE` lists every breach",
            }
        },
        "",
    )
    assert out.startswith('{\n  "error": {\n    "code": 1006')
    report_error(omega_error(1001, "é"), as_json=True)
    assert '"message": "é"' in capsys.readouterr().out


@pytest.mark.rule("X-6")
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(errno.ENOSPC, "full"), 3, "error 3007 DISK_FULL\n  no room to write (standard output): full\n"),
        (OSError(errno.EIO, "gone"), 3, "error 3000 IO_ERROR\n  (standard output): gone\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_an_answer_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, code: int, said: str
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr("omega.cli.app.app", fails)
    monkeypatch.setattr("omega.cli.os.dup2", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        omega.cli.main(["flags"])
    assert ended.value.code == code
    assert capsys.readouterr().err.startswith(said)


def test_answers_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    def never() -> str:
        raise AssertionError

    Output(as_json=False, is_quiet=True).answer({}, never)
    Output(as_json=True, is_quiet=True).answer({}, never)
    assert capsys.readouterr() == ("", "")
    Output(as_json=True, is_quiet=False).answer({"a": float("-inf"), "é": (1,)}, never)
    assert capsys.readouterr().out == '{\n  "a": "-inf",\n  "é": [\n    1\n  ]\n}\n'
    Output(as_json=False, is_quiet=False).answer({}, lambda: "text [b] 1")
    assert capsys.readouterr().out == "text [b] 1\n"
    choice = omega.sample_bars(5, backend="python").reader
    assert isinstance(plain({1: choice, "x": {2: None}}), dict)
    assert plain({1: [choice]})["1"][0]["component"] == "data_handler"  # type: ignore[index]
    assert [plain(value) for value in (None, True, 1, 1.5, "x", float("nan"), Path("p"), {1})] == [
        *(None, True, 1, 1.5, "x", "nan", "p", "{1}"),
    ]
    assert plain(SimpleNamespace) == str(SimpleNamespace)


def test_a_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert (console().stderr, console(stderr=True).stderr) == (False, True)
    assert console().soft_wrap is False
    monkeypatch.setenv("NO_COLOR", "1")
    assert console().color_system is None
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert console()._markup is False
    assert console()._highlight is False


def test_progress_is_shown_to_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = SimpleNamespace(isatty=lambda: True, write=lambda text: len(text), flush=lambda: None)
    monkeypatch.setattr(output.sys, "stderr", terminal)  # type: ignore[attr-defined]
    for as_json, is_quiet, is_shown in ((False, False, True), (True, False, False), (False, True, False)):
        with Output(as_json, is_quiet).progress("bars") as on_progress:
            assert (on_progress is not None) is is_shown


def test_the_examination(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Python", "packages", "time zones", "floating point", "flags", "native module", "probe module"]
    document = json.loads(omega_command("doctor", "--json").out)
    assert list(document) == ["healthy", "checks"]
    assert [check["name"] for check in document["checks"]] == [*names, "instruments", "a run on each side"]
    assert all(list(check) == ["name", "is_healthy", "found"] for check in document["checks"])
    found = {check["name"]: check["found"] for check in document["checks"]}
    assert found["flags"] == "none set: auto everywhere"
    assert found["floating point"] == "round to nearest, subnormal numbers kept"
    assert found["instruments"] == "31 symbols"
    assert found["a run on each side"].startswith("300 bars: python ")
    assert f"pyarrow {__import__('pyarrow').__version__}" in found["packages"]
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Check("one", True, "a"), doctor.Check("two", False, "b")])
    answer = omega_command("doctor")
    assert answer.code == 3
    assert [line.split() for line in answer.out.splitlines()] == [
        ["check", "found"],
        ["ok", "one", "a"],
        ["BROKEN", "two", "b"],
    ]
    assert omega_command("doctor", "--quiet").out == ""


def test_probes_of_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_USE_RUST_PORTFOLIO", "off")
    assert doctor._flags() == (True, "portfolio=false (environment)")
    monkeypatch.setenv("OMEGA_USE_RUST_PORTFOLIO", "sometimes")
    check = doctor._examine("flags", doctor._flags)
    assert (check.name, check.is_healthy) == ("flags", False)
    assert "OMEGA_USE_RUST_PORTFOLIO" in check.found
    assert doctor._python()[0] is True
    monkeypatch.setattr(doctor, "_PYTHON_MIN", (99, 0))
    assert doctor._python()[0] is False
    monkeypatch.setattr(doctor, "_REQUIRED", ("numpy", "no-such-package", "nor-this"))
    healthy, found = doctor._packages()
    assert (healthy, found.endswith("; missing: no-such-package, nor-this")) == (False, True)


def test_every_package_that_the_project_needs_is_looked_for() -> None:
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert sorted(doctor._REQUIRED) == sorted(re.split("[<>=~]", need)[0] for need in declared["dependencies"])


def test_a_run_on_each_side_must_end_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = iter("ab")
    monkeypatch.setattr("omega.run.run_backtest", lambda *_, **__: SimpleNamespace(last_state_hash=next(hashes)))
    monkeypatch.setattr("omega.serve.trial.death", lambda: None)
    monkeypatch.setattr(
        "omega.serve.planning.native_status", lambda: SimpleNamespace(is_usable=True, why="", is_alarming=False)
    )
    assert doctor._runs() == (False, "300 bars: python a, rust b")
    hashes = iter("cc")
    assert doctor._runs() == (True, "300 bars: python c, rust c")
    hashes = iter("d")
    monkeypatch.setattr("omega.serve.trial.death", lambda: "it dies")
    assert doctor._runs() == (True, "300 bars: python d")
