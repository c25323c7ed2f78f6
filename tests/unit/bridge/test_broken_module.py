"""A native module that is there and broken (F-2, F-6): a word, a warning or a code, and never a death."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from omega import doctor

FILE = "omega_rust.abi3.so"
RUN = """
import json, sys, warnings
import omega
from omega.contract.errors import OmegaError
sys.path.insert(0, sys.argv[1])
config = {"symbol": "EURUSD", "strategy": {"parameters": {"enabled_scenarios": [1], "window_length": 20}}}
def one(backend):
    bars = omega.sample_bars(100, backend=backend)
    return omega.run_backtest(config, bars, backend=backend)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        results = [one(None if sys.argv[2] == "auto" else sys.argv[2]) for _ in range(2)]
        answer = {
            "backend": results[0].backend,
            "why": results[0].flags[0].why,
            "versions": results[0].versions,
            "warnings": [str(item.message) for item in caught],
        }
    except OmegaError as error:
        answer = {"code": int(error.code), "rule": error.rule, "message": error.message}
answer["is_loaded"] = "omega_rust" in sys.modules
print(json.dumps(answer))
"""
DOCTOR = "import sys; sys.path.insert(0, sys.argv[1]); from omega.cli import main; main(['doctor', '--json'])"

pytestmark = [
    pytest.mark.rule("F-6"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF files"),
]


def library() -> bytes:
    spec = find_spec("omega_rust")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / FILE).read_bytes()


def c_library(tmp_path: Path, source: str) -> bytes:
    (tmp_path / "made.c").write_text(source, encoding="utf-8")
    made = tmp_path / "made.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(made), str(tmp_path / "made.c")], check=True)
    return made.read_bytes()


Make = Callable[[Path], None]


def in_file(content: Callable[[Path], bytes]) -> Make:
    def make(folder: Path) -> None:
        as_package("from .omega_rust import *\n")(folder)
        (folder / "omega_rust" / FILE).write_bytes(content(folder))

    return make


def as_module(text: str) -> Make:
    def make(folder: Path) -> None:
        (folder / "omega_rust.py").write_text(text, encoding="utf-8")

    return make


def as_package(text: str) -> Make:
    def make(folder: Path) -> None:
        (folder / "omega_rust").mkdir()
        (folder / "omega_rust" / "__init__.py").write_text(text, encoding="utf-8")

    return make


BROKEN: dict[str, Make] = {
    "empty file": in_file(lambda _: b""),
    "no library": in_file(lambda _: b"#!/bin/sh\n" * 1000),
    "no symbol": in_file(lambda folder: c_library(folder, "int omega(void) { return 1; }")),
    "cut in the header": in_file(lambda _: library()[:40]),
    "cut in the first page": in_file(lambda _: library()[:3000]),
    "cut in half": in_file(lambda _: library()[: len(library()) // 2]),
    "cut by 5 %": in_file(lambda _: library()[: len(library()) * 19 // 20]),
    "no file in the package": as_package("from .omega_rust import *\n"),
    "init raises": as_module("raise RuntimeError('the licence has expired')"),
    "init raises no Exception": as_module("class Panic(BaseException): pass\nraise Panic('panicked')"),
    "init ends the process": as_module("import sys; sys.exit(7)"),
    "a missing import of its own": as_module("import no_such_module_of_omega"),
    "another module": as_module("VERSION = 3"),
    "half a module": as_module("CONTRACT_VERSION = 1\nCHAIN_LAYOUT_VERSION = 2"),
}


def answer_of(script: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMEGA_USE_RUST_")}
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.fixture(params=sorted(BROKEN))
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    BROKEN[request.param](tmp_path)
    return tmp_path


@pytest.mark.rule("Q-F6")
def test_false_never_loads_it(broken: Path) -> None:
    ended = answer_of(RUN, broken, "python")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["backend"], answer["is_loaded"], answer["warnings"]) == ("python", False, [])
    assert "omega_rust" not in answer["versions"]


@pytest.mark.rule("Q-F6")
def test_auto_falls_back_with_one_warning_and_a_word_in_the_result(broken: Path) -> None:
    ended = answer_of(RUN, broken, "auto")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["backend"] == "python"
    assert answer["why"].startswith("omega_rust is broken: ")
    assert answer["warnings"] == [f"the native module is not used: {answer['why']}"]


def test_true_is_a_coded_error(broken: Path) -> None:
    ended = answer_of(RUN, broken, "rust")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["code"], answer["rule"]) == (1007, "F-6")
    assert "omega_rust is broken: " in answer["message"]


def test_doctor_says_so(broken: Path) -> None:
    ended = answer_of(DOCTOR, broken)
    assert ended.returncode == 3, ended.stderr
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert not found["native module"]["is_healthy"]
    assert found["a run on each side"]["found"].startswith("300 bars: python ")
    assert "rust" not in found["a run on each side"]["found"]


def test_doctor_survives_a_module_that_kills_its_process(tmp_path: Path) -> None:
    as_module("import os, signal; os.kill(os.getpid(), signal.SIGBUS)")(tmp_path)
    ended = answer_of(DOCTOR, tmp_path)
    assert ended.returncode == 3, ended.stderr
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert found["native module"]["found"] == "importing omega_rust kills the process: SIGBUS"
    assert found["a run on each side"]["is_healthy"]


def test_doctor_wants_the_probe_where_the_gates_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    (probe,) = (check for check in doctor.examine() if check.name == "probe module")
    assert (probe.is_healthy, probe.found[-10:]) == (False, "make probe")
    monkeypatch.setattr("omega.serve.native.checkout_root", lambda: None)
    assert doctor._probe()[0]
