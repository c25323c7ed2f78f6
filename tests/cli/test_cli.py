"""Commands: answers, JSON, exit codes, errors as blocks."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer

import omega
from omega.cli import app as app_module
from omega.cli import output
from omega.cli.output import Output, error_block, exit_code, plain
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.flags.plan import NativeStatus
from omega.serve.planning import native_status

from .conftest import Omega

COMMANDS = [*(name.split() for name in ("backtest", "lookahead", "warm-up", "flags", "data", "data check", "sample"))]
COMMANDS += [["indicators"], ["doctor"]]


def test_version(omega_command: Omega) -> None:
    for words in (("--version",), ("--version", "flags")):
        answer = omega_command(*words)
        assert (answer.code, answer.out, answer.err) == (0, f"omega {omega.__version__}\n", "")


def test_help_lists_the_main_job_first(omega_command: Omega) -> None:
    answer = omega_command("--help")
    names = [line.split()[0] for line in answer.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
    own = [name for name in names if name in ("verify", "backtest", "diff", "flags", "data", "sample", "doctor")]
    assert own == [name for name in app_module._ORDER if name in own]
    assert "Exit codes" in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(omega_command: Omega, command: list[str]) -> None:
    answer = omega_command(*command, "--help")
    assert answer.code == 0
    if command != ["data"]:
        assert "Example: " in answer.out
        assert "--json" in answer.out
        assert "--quiet" in answer.out


@pytest.mark.parametrize("words", [("nonsense",), ("backtest",), ("sample", "--n", "many"), ("flags", "--colour")])
def test_wrong_use(omega_command: Omega, words: tuple[str, ...]) -> None:
    answer = omega_command(*words)
    assert answer.code == 2
    assert "Traceback" not in answer.err


def test_backtest(omega_command: Omega, strategy_file: Path, tmp_path: Path) -> None:
    answer = omega_command("backtest", strategy_file, "--backend", "python", "--out", tmp_path / "run")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert len(lines) == 17
    assert lines[0].startswith("EURUSD M5, canonical, 600 bars")
    assert lines[-1] == f"saved to {tmp_path / 'run'}"
    assert omega.load_result(tmp_path / "run").backend == "python"


def test_backtest_json_and_quiet(omega_command: Omega, strategy_file: Path, tmp_path: Path) -> None:
    answer = omega_command("backtest", strategy_file, "--backend", "python", "--json")
    document = json.loads(answer.out)
    assert (document["backend"], document["crossings"], document["bars"]) == ("python", 0, 600)
    assert document["metrics"]["trades"] > 0
    assert document["flags"][0]["origin"] == "backend argument"
    quiet = omega_command("backtest", strategy_file, "--backend", "python", "--quiet", "--out", tmp_path / "run")
    assert (quiet.code, quiet.out) == (0, "")
    assert (tmp_path / "run" / "manifest.json").exists()


def test_backtest_with_data_and_signals(omega_command: Omega, strategy_file: Path, tmp_path: Path) -> None:
    bars = omega.sample_bars(100, backend="python")
    pq.write_table(bars.table, tmp_path / "bars.parquet")
    row = {"timestamp": int(bars.times[5]), "symbol": "EURUSD", "signal_type": "entry", "direction": "long"}
    table = omega_signal_table([{**row, "order_type": "market", "stop_loss": 1.09}])
    pq.write_table(table, tmp_path / "signals.parquet")
    options = ("--data", tmp_path / "bars.parquet", "--signals", tmp_path / "signals.parquet", "--json")
    document = json.loads(omega_command("backtest", strategy_file, "--backend", "python", *options).out)
    assert (document["bars"], document["events"], document["open_positions"]) == (100, 2, 1)


@pytest.mark.rule("F-3")
@pytest.mark.parametrize("value", ["false", "true"])
@pytest.mark.parametrize("is_given", [False, True])
def test_backtest_reads_its_data_where_the_configuration_says(
    omega_command: Omega, strategy_file: Path, tmp_path: Path, value: str, is_given: bool
) -> None:
    if value == "true" and not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    pq.write_table(omega.sample_bars(600, backend="python").table, tmp_path / "bars.parquet")
    strategy_file.write_text(f"{strategy_file.read_text()}feature_flags: {{data_handler: {value!r}}}\n")
    data = ("--data", tmp_path / "bars.parquet") if is_given else ()
    document = json.loads(omega_command("backtest", strategy_file, *data, "--json").out)
    reader = next(choice for choice in document["flags"] if choice["component"] == "data_handler")
    assert (reader["value"], reader["origin"]) == (value, "configuration")
    assert reader["backend"] == ("rust" if value == "true" else "python")


def omega_signal_table(rows: list[dict[str, Any]]) -> Any:
    from omega.data.signals import signal_table

    return signal_table(rows)


def test_errors_are_one_block(omega_command: Omega, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("symbl: EURUSD\n")
    answer = omega_command("backtest", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "error 1001 INVALID_ARGUMENT",
        "  unknown configuration key 'symbl'; did you mean 'symbol'?",
        "  rule   'config'",
        "  column 'symbl'",
        "  value  'EURUSD'",
    ]
    document = json.loads(omega_command("backtest", path, "--json").out)
    assert document["error"] == {
        "code": 1001,
        "name": "INVALID_ARGUMENT",
        "message": "unknown configuration key 'symbl'; did you mean 'symbol'?",
        "rule": "config",
        "column": "symbl",
        "row": None,
        "value": "EURUSD",
        "recoverable": True,
        "next": None,
    }


def test_flags(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_USE_RUST_EXECUTION", "off")
    answer = omega_command("flags")
    assert answer.code == 0
    row = next(line for line in answer.out.splitlines() if "EXECUTION_SIMULATOR" in line and "environment" in line)
    assert row.split()[1:4] == ["false", "environment", "python"]
    document = json.loads(omega_command("flags", "--json").out)
    by_name = {choice["component"]: choice for choice in document["flags"]}
    assert len(by_name) == 8
    assert by_name["strategy"]["backend"] == "python"
    assert "OMEGA_USE_RUST_EXECUTION_SIMULATOR=false (environment)" in by_name["strategy"]["why"]
    assert by_name["multi_symbol"]["why"] == by_name["data_handler"]["why"]


@pytest.mark.parametrize(
    ("variable", "value"), [("OMEGA_USE_RUST_STRATEGY", "ture"), ("OMEGA_USE_RUST_STRATEGI", "true")]
)
def test_typo_in_a_flag(omega_command: Omega, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    answer = omega_command("flags")
    assert answer.code == 2
    assert variable in answer.err


def test_data_check(omega_command: Omega, tmp_path: Path) -> None:
    bars = omega.sample_bars(100, backend="python")
    path = tmp_path / "bars.parquet"
    pq.write_table(bars.table, path)
    answer = omega_command("data", "check", path, "--symbol", "EURUSD")
    assert answer.code == 0
    assert bars.content_hash in answer.out
    document = json.loads(omega_command("data", "check", path, "--json").out)
    assert (document["bars"], document["timeframe"], document["symbol"]) == (100, "M5", None)
    pq.write_table(bars.table.take([1, 0]), path)
    refused = omega_command("data", "check", path, "--timeframe", "M5")
    assert refused.code == 1
    assert "1006" in refused.err
    assert json.loads(omega_command("data", "check", path, "--json").out)["error"]["column"] == "timestamp"
    assert omega_command("data", "check", tmp_path / "absent.csv").code == 2
    assert omega_command("data", "check", path, "--quality", "repair").code == 2
    assert omega_command("data", "check").code == 2


@pytest.mark.parametrize("name", ["s.parquet", "s.csv", "s.arrow"])
def test_sample(omega_command: Omega, tmp_path: Path, name: str) -> None:
    answer = omega_command("sample", "--n", "50", "--seed", "3", "--out", tmp_path / name, "--json")
    document = json.loads(answer.out)
    assert omega.read_bars(tmp_path / name).content_hash == document["content_hash"]
    assert (document["bars"], document["written"]) == (50, str(tmp_path / name))


@pytest.mark.rule("X-6")
def test_a_full_disk_is_the_environments_fault(
    omega_command: Omega, strategy_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    omega_command("backtest", strategy_file, "--backend", "python", "--out", tmp_path / "run")
    before = omega.load_result(tmp_path / "run")
    monkeypatch.setattr(os, "fsync", fsync)
    for words in (
        ("backtest", strategy_file, "--backend", "python", "--out", tmp_path / "run"),
        ("sample", "--n", "100", "--backend", "python", "--out", tmp_path / "bars.parquet"),
    ):
        answer = omega_command(*words)
        assert answer.code == 3
        assert answer.err.startswith("error 3007 DISK_FULL\n  no room to write ")
    assert not (tmp_path / "bars.parquet").exists()
    assert omega.load_result(tmp_path / "run").last_state_hash == before.last_state_hash


@pytest.mark.rule("X-6")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("words", [("flags",), ("sample", "--n", "50", "--json"), ("--help",)])
def test_an_answer_that_cannot_be_written_is_not_an_answer_that_is_no(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "omega", *words]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 3
    assert ended.stderr.startswith("error 3007 DISK_FULL\n  no room to write (standard output)")
    assert "Traceback" not in ended.stderr


def test_sample_without_a_file_only_describes(omega_command: Omega, tmp_path: Path) -> None:
    answer = omega_command("sample", "--n", "50")
    assert (answer.code, "content hash" in answer.out) == (0, True)
    assert omega_command("sample", "--n", "0").code == 2
    refused = omega_command("sample", "--n", "5", "--out", tmp_path / "no" / "s.csv")
    assert refused.code == 2
    assert f"no such folder: {tmp_path / 'no'}; make it first" in refused.err
    assert "s.csv" not in refused.err, "the file is not at fault"
    negative = omega_command("sample", "--n", "-5")
    assert (negative.code, "1003" in negative.err, "Traceback" in negative.err) == (2, True, False)


def test_doctor(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = omega_command("doctor", "--json")
    document = json.loads(answer.out)
    broken = [check["name"] for check in document["checks"] if not check["is_healthy"]]
    assert broken == (["native module"] if native_status().is_alarming else [])
    assert answer.code == (3 if broken else 0)
    monkeypatch.setenv("OMEGA_USE_RUST_STRATEGY", "ture")
    answer = omega_command("doctor")
    assert answer.code == 3
    assert "BROKEN" in answer.out


def test_doctor_names_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    from omega import doctor

    monkeypatch.setattr(doctor, "_REQUIRED", ("numpy", "no-such-package"))
    found = next(check for check in doctor.examine() if check.name == "packages")
    assert not found.is_healthy
    assert found.found.endswith("missing: no-such-package")


def test_missing_native_module_is_a_broken_environment(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    from omega.serve import planning

    missing = NativeStatus(is_usable=False, why="not there", fix="make build")
    monkeypatch.setattr(planning, "native_status", lambda: missing)
    answer = omega_command("sample", "--n", "5", "--backend", "rust")
    assert answer.code == 3
    assert "build it with: make build" in answer.err


@pytest.mark.parametrize(
    ("code", "rule", "expected"),
    [
        (ErrorCode.INVALID_ARGUMENT, "F-2", 2),
        (ErrorCode.NOT_FOUND, "X-1", 2),
        (ErrorCode.NOT_FOUND, "F-6", 3),
        (ErrorCode.NOT_IMPLEMENTED, None, 2),
        (ErrorCode.INTERNAL_ERROR, None, 3),
        (ErrorCode.DISK_FULL, None, 3),
        (ErrorCode.FFI_PANIC_CAUGHT, None, 3),
        (ErrorCode.OUT_OF_MEMORY, None, 3),
    ],
)
def test_whose_fault(code: ErrorCode, rule: str | None, expected: int) -> None:
    assert exit_code(omega_error(code, "x", rule=rule)) == expected


def test_block_leaves_out_what_does_not_apply() -> None:
    assert error_block(omega_error(1001, "bad", row=0)) == "error 1001 INVALID_ARGUMENT\n  bad\n  row    0"


def test_json_is_strict() -> None:
    assert plain({"a": float("nan"), "b": (1, None), 3: {"c": Path("x")}}) == {
        "a": "nan",
        "b": [1, None],
        "3": {"c": "x"},
    }


def test_progress_only_on_a_terminal_and_only_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with Output(as_json=False, is_quiet=False).progress("bars") as on_progress:
        assert on_progress is None
    terminal = SimpleNamespace(isatty=lambda: True, write=lambda text: len(text), flush=lambda: None)
    monkeypatch.setattr(output.sys, "stderr", terminal)  # type: ignore[attr-defined]
    monkeypatch.setattr(output, "_BAR_DELAY_SECONDS", 0.0)
    for silent in (Output(as_json=True, is_quiet=False), Output(as_json=False, is_quiet=True)):
        with silent.progress("bars") as on_progress:
            assert on_progress is None
    with Output(as_json=False, is_quiet=False).progress("bars") as on_progress:
        assert on_progress is not None
        on_progress(1, 2)
        on_progress(2, 2)


class Entry:
    """An entry point of another package."""

    def __init__(self, loaded: object) -> None:
        self.name = "extra"
        self.value = "somewhere:extra"
        self.loaded = loaded

    def load(self) -> object:
        if isinstance(self.loaded, ImportError):
            raise self.loaded
        return self.loaded


def extra(as_json: output.JsonOption = False) -> None:
    """Say no."""
    raise OmegaError(ErrorCode.INVALID_STATE, f"json {as_json}")


def interrupted() -> None:
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def group() -> typer.Typer:
    commands = typer.Typer()
    commands.command("inner")(interrupted)
    commands.command("other")(extra)
    return commands


@pytest.mark.parametrize(
    ("loaded", "words", "code", "said"),
    [
        (extra, (), 2, "json False"),
        (extra, ("--json",), 2, ""),
        (interrupted, (), 130, "interrupted\n"),
        (group(), ("inner",), 130, "interrupted\n"),
        (ImportError("no such thing"), (), 3, "cannot be loaded: no such thing"),
    ],
)
def test_commands_of_other_packages(
    omega_command: Omega, monkeypatch: pytest.MonkeyPatch, loaded: object, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.setattr(app_module, "_registered", lambda: {"extra": Entry(loaded)})
    answer = omega_command("extra", *words)
    assert answer.code == code
    assert said in answer.err
    assert "Traceback" not in answer.err


LONG_RUN = """
import signal
import sys

# Who runs the suite in the background has it ignore Ctrl-C, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
import omega.cli
import omega_reference.engine as engine

run_bars = engine.run_bars


def announced(*arguments):
    print("the bars begin", file=sys.stderr, flush=True)
    run_bars(*arguments)


engine.run_bars = announced
omega.cli.main(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_ends_a_long_run_with_one_line(strategy_file: Path) -> None:
    config = strategy_file.read_text().replace("n: 600", "n: 400000")
    strategy_file.write_text(config)
    words = [sys.executable, "-c", LONG_RUN, "backtest", str(strategy_file), "--backend", "python"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    assert process.stderr.readline() == "the bars begin\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
