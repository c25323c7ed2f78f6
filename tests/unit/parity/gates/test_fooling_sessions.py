"""Ways to fool a session of `pytest parity`, each with the word and the exit code that it ends with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
GO, NO_GO, PARTIAL = 0, 1, 4

CHEAP = ("parity/test_slippage_fee.py",)


def _pytest(*arguments: str, **variables: str) -> tuple[int, str]:
    environment = {**os.environ, "CI": "", "PYTEST_ADDOPTS": "", **variables}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "code"),
    [
        ((*CHEAP, "-k", "zero"), {}, GO),
        (("parity", "-k", "zero_pips", "--gate"), {}, PARTIAL),
        ((*CHEAP, "--gate"), {}, PARTIAL),
        ((*CHEAP, "--gate", "--deselect", "parity/test_slippage_fee.py::test_costs"), {}, PARTIAL),
        (("parity", "--gate"), {"PYTEST_ADDOPTS": "-k zero_pips"}, PARTIAL),
        (("parity", "--gate", "--collect-only"), {}, PARTIAL),
        (("parity", "--gate", "--setup-plan"), {}, NO_GO),
        ((*CHEAP, "--gate", "-n", "2"), {}, PARTIAL),
        ((*CHEAP, "--gate", "--parity-examples", "1"), {}, PARTIAL),
    ],
)
def test_a_part_of_the_gates_is_partial(arguments: tuple[str, ...], variables: dict[str, str], code: int) -> None:
    found, output = _pytest(*arguments, **variables)
    assert found == code, output
    assert "PARTIAL: " in output
    assert "recorded gates ran whole; not " in output
    assert "--parity-examples" not in arguments or "1 of 1,000 recorded sequences" in output


def test_in_ci_a_part_is_no_answer_and_its_document_says_so(tmp_path: Path) -> None:
    artifacts = {"CI": "true", "CI_ARTIFACTS": str(tmp_path)}
    (tmp_path / "parity.json").write_text('{"verdict": "GO"}', encoding="utf-8")
    code, output = _pytest(*CHEAP, **artifacts)
    assert code == PARTIAL, output
    document = json.loads((tmp_path / "parity.json").read_text("utf-8"))
    assert document["verdict"] == "PARTIAL"
    assert document["passed"]["test_slippage_fee.py::test_costs"] == 2
    assert document["counts"]["comparisons"] > 1_000
    (tmp_path / "parity.json").write_text('{"verdict": "GO"}', encoding="utf-8")
    code, output = _pytest(*CHEAP, "-p", "torn", PYTHONPATH=str(_torn(tmp_path)), **artifacts)
    assert code not in (GO, PARTIAL), output
    assert json.loads((tmp_path / "parity.json").read_text("utf-8"))["verdict"] == "NO-GO"


def test_what_market_data_would_have_shown_has_not_passed(tmp_path: Path) -> None:
    variables = {"OMEGA_MARKET_DATA": str(tmp_path / "none"), "OMEGA_REQUIRE_MARKET_DATA": ""}
    gate = "test_broker_days.py::test_three_years_of_real_hours"
    code, output = _pytest(f"parity/{gate}", *CHEAP, CI="true", CI_ARTIFACTS=str(tmp_path), **variables)
    assert code == PARTIAL, output
    document = json.loads((tmp_path / "parity.json").read_text("utf-8"))
    (left_out,) = document["left_out"]
    assert left_out.startswith(f"{gate}: 2, no market data on this machine")
    assert f"left out: {left_out}" in output
    assert gate not in document["passed"]
    assert gate not in str(document["against"])  # not there is not the same as not run


def _torn(folder: Path) -> Path:
    text = "import os\ndef pytest_runtest_logreport(report):\n    os._exit(9)\n"
    (folder / "torn.py").write_text(text, encoding="utf-8")
    return folder


def test_a_plugin_from_elsewhere_makes_a_session_partial(tmp_path: Path) -> None:
    text = "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n"
    (tmp_path / "rosy.py").write_text(text, encoding="utf-8")
    code, output = _pytest(*CHEAP, "-k", "zero", "-p", "rosy", "--gate", PYTHONPATH=str(tmp_path))
    assert code == PARTIAL, output
    assert "PARTIAL: the plugin rosy took part, which may change what is reported" in output


def test_without_the_plugin_no_gate_runs() -> None:
    code, output = _pytest(*CHEAP, "--noconftest", "-k", "zero")
    assert code == NO_GO, output
    assert "fixture 'hold' not found" in output
    code, output = _pytest(*CHEAP, "-p", "no:omega-parity-whole")
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert "without it the gates prove nothing" in output


def test_gates_without_assertions_are_refused() -> None:
    code, output = _pytest(*CHEAP, PYTHONOPTIMIZE="1")
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert "Python runs without assertions" in output


def test_gates_of_another_checkout_are_refused(tmp_path: Path) -> None:
    (tmp_path / "parity" / "omega_parity").mkdir(parents=True)
    shutil.copy(ROOT / "parity" / "conftest.py", tmp_path / "parity" / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    code, output = _pytest("--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), str(tmp_path / "parity"))
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert "are not those of this omega_parity" in output
