"""The gate's own rules: a skip, missing data and zero comparisons turn it red with the right words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

RunGate = Callable[..., tuple[int, str]]


@pytest.mark.parametrize(
    "source",
    [
        "def test_it():\n    pytest.skip('not today')\n",
        "@pytest.mark.skip(reason='not today')\ndef test_it(): pass\n",
        "@pytest.mark.xfail(reason='not today')\ndef test_it(): assert False\n",
        "pytest.skip('not today', allow_module_level=True)\n",
        "@pytest.mark.market\ndef test_it(): pytest.skip('not today')\n",
    ],
)
def test_a_skip_is_a_failure(run_gate: RunGate, source: str) -> None:
    code, output = run_gate(source)
    assert code != 0
    assert "a skip in parity/ is a failure" in output


MARKET_GATE = """
@pytest.fixture(scope="session")
def sides():
    return None

@pytest.mark.market
def test_it(market_folder): pass

def test_other(agree):
    agree(lambda: 1.0, lambda: 1.0)
"""


def test_declared_absence_of_market_data_is_mentioned(run_gate: RunGate) -> None:
    code, output = run_gate(MARKET_GATE, OMEGA_REQUIRE_MARKET_DATA="0")
    assert code == 0, output
    assert "1 passed, 1 skipped" in output
    assert "NOT COMPARED: no market data" in output
    assert "left out: test_gate.py::test_it: 1, no market data on this machine" in output


@pytest.mark.parametrize("value", ["1", "true"])
def test_required_market_data_must_be_there(run_gate: RunGate, value: str) -> None:
    code, output = run_gate(MARKET_GATE, OMEGA_REQUIRE_MARKET_DATA=value)
    assert code == 1
    assert "OMEGA_REQUIRE_MARKET_DATA=1, and no market data on this machine" in output


COUNTING = """
@pytest.fixture(scope="session")
def sides():
    return None

def test_it(agree):
    {body}
"""


def test_a_summary_says_what_was_compared(run_gate: RunGate) -> None:
    code, output = run_gate(COUNTING.format(body="agree(lambda: [1.0, 2.0], lambda: [1.0, 2.0])"))
    assert code == 0, output
    assert "2 values compared by type and bits, 0 bits differ" in output
    assert "Rust" not in output


def test_a_summary_of_runs_says_whether_rust_ran(run_gate: RunGate) -> None:
    recorded = "request.node.user_properties.append(('parity', {{'comparisons': 2, 'crossings': {}, 'set': 'sample'}}))"
    for crossings, said in ((0, "Rust never ran a case"), (2, "Rust ran: 2 boundary crossings")):
        code, output = run_gate(COUNTING.format(body=recorded.format(crossings)).replace("(agree)", "(request)"))
        assert code == 0, output
        assert said in output
        assert "1 bar sets (0 of 11 real)" in output


def test_comparing_nothing_is_red(run_gate: RunGate) -> None:
    code, output = run_gate(COUNTING.format(body="pass"))
    assert code == 1
    assert "nothing was compared" in output


def test_one_bit_is_red(run_gate: RunGate) -> None:
    code, output = run_gate(COUNTING.format(body="agree(lambda: 0.0, lambda: -0.0, about='zero')"))
    assert code == 1
    assert "zero: 1 values differ" in output


def test_an_expected_failure_that_passes_is_a_failure(run_gate: RunGate) -> None:
    code, output = run_gate("@pytest.mark.xfail(strict=False)\ndef test_it(): pass\n")
    assert code == 1
    assert "a skip in parity/ is a failure: marked xfail, and passed" in output


def test_no_parameters_are_a_failure(run_gate: RunGate) -> None:
    code, output = run_gate("@pytest.mark.parametrize('x', [])\ndef test_it(x): pass\n")
    assert code == 1
    assert "a skip in parity/ is a failure" in output


def test_a_session_that_compares_nothing_is_red(run_gate: RunGate) -> None:
    code, output = run_gate("def test_it(): pass\n")
    assert code == 1
    assert "RED: nothing was compared, which proves nothing" in output


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_choice_of_gates_is_said_to_be_one(run_gate: RunGate, workers: tuple[str, ...]) -> None:
    both = COUNTING.format(body="agree(lambda: 1.0, lambda: 1.0)") + "\ndef test_other(): pass\n"
    code, output = run_gate(both, "-k", "test_it", *workers)
    assert code == 0, output
    assert "1 values compared by type and bits, 0 bits differ" in output
    assert workers or "PARTIAL: 1 of 2 gates were deselected" in output
    code, output = run_gate(both, "-k", "test_other", *workers)
    assert code == 1
    assert "RED: nothing was compared" in output
    code, output = run_gate(both, "-k", "nonsense", *workers)
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("name", ["omega-parity-ledger", "omega-parity-search"])
def test_the_gate_cannot_be_switched_off(run_gate: RunGate, name: str) -> None:
    code, output = run_gate(COUNTING.format(body="agree(lambda: 1.0, lambda: 1.0)"), "-p", f"no:{name}")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert f"-p no:{name}: without it the gates prove nothing" in output


@pytest.mark.parametrize("value", ["0", "-1", "abc", "1e3", ""])
def test_a_number_of_examples_is_one(run_gate: RunGate, value: str) -> None:
    code, output = run_gate("def test_it(): pass\n", f"--parity-examples={value}")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert f"argument --parity-examples: a whole number from 1 on, not '{value}'" in output


def test_in_ci_nothing_is_left_behind(run_gate: RunGate, tmp_path: Path) -> None:
    searching = """
from hypothesis import given
from hypothesis import strategies as st

@pytest.fixture(scope="session")
def sides():
    return None

def test_it(search, agree):
    @search.plan.settings(20)
    @given(st.integers())
    def look(x):
        agree(lambda: x, lambda: x)

    look()
"""
    code, output = run_gate(searching, "-p", "cacheprovider", CI="true", CI_ARTIFACTS=str(tmp_path / "out"))
    assert code == 0, output
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("conftest.py", "pytest.ini", "test_gate.py"),
        *("out", "__pycache__", ".benchmarks"),
    }


def test_an_interrupted_session_says_so(run_gate: RunGate) -> None:
    body = "agree(lambda: 1.0, lambda: 1.0)"
    code, output = run_gate(COUNTING.format(body=body) + "\ndef test_other(): raise KeyboardInterrupt\n")
    assert code == pytest.ExitCode.INTERRUPTED
    assert "interrupted after 1 gates" in output
    assert "PARTIAL: interrupted" in output


def test_a_missing_module_is_said_once(run_gate: RunGate, tmp_path: Path) -> None:
    (tmp_path / "omega_rust.py").write_text("raise ImportError('taken away')", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), *(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))])
    code, output = run_gate("def test_it(sides): pass\ndef test_other(sides): pass\n", PYTHONPATH=paths)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "the native module cannot be judged" in output
    assert re.search(r"^1 error in", output, re.MULTILINE), "the second gate ran too"
    assert "build it with: " in output
    assert "!! without both sides there is nothing to judge !!" in output
