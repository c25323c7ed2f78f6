"""The gate's own rules: a skip, missing data and zero comparisons turn it red with the right words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def _gate(folder: Path, source: str, **environment: str) -> tuple[int, str]:
    """Run one gate file under the gates' own conftest, in a process of its own."""
    shutil.copy(ROOT / "parity" / "conftest.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  market: data\n  rule: rules\n", encoding="utf-8")
    (folder / "test_gate.py").write_text(f"import pytest\n\n{source}", encoding="utf-8")
    paths = os.pathsep.join([*(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    variables = {**os.environ, "PYTHONPATH": paths, "OMEGA_MARKET_DATA": str(folder / "none"), **environment}
    finished = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=folder, check=False)
    return finished.returncode, finished.stdout


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
def test_a_skip_is_a_failure(tmp_path: Path, source: str) -> None:
    code, output = _gate(tmp_path, source)
    assert code != 0
    assert "a skip in parity/ is a failure" in output


MARKET_GATE = "@pytest.mark.market\ndef test_it(market_folder): pass\n\ndef test_other(): pass\n"


def test_declared_absence_of_market_data_is_mentioned(tmp_path: Path) -> None:
    code, output = _gate(tmp_path, MARKET_GATE, OMEGA_REQUIRE_MARKET_DATA="0")
    assert code == 0, output
    assert "1 passed, 1 skipped" in output


def test_required_market_data_must_be_there(tmp_path: Path) -> None:
    code, output = _gate(tmp_path, MARKET_GATE, OMEGA_REQUIRE_MARKET_DATA="1")
    assert code == 1
    assert "OMEGA_REQUIRE_MARKET_DATA=1, and no market data on this machine" in output


COUNTING = """
@pytest.fixture(scope="session")
def sides():
    return None

def test_it(agree):
    {body}
"""


def test_a_summary_says_what_was_compared(tmp_path: Path) -> None:
    code, output = _gate(tmp_path, COUNTING.format(body="agree(lambda: [1.0, 2.0], lambda: [1.0, 2.0])"))
    assert code == 0, output
    assert "2 values compared by type and bits, 0 bits differ" in output
    assert "Rust never ran a case" in output
    assert "NOT COMPARED: no market data" in output


def test_comparing_nothing_is_red(tmp_path: Path) -> None:
    code, output = _gate(tmp_path, COUNTING.format(body="pass"))
    assert code == 1
    assert "nothing was compared" in output


def test_one_bit_is_red(tmp_path: Path) -> None:
    code, output = _gate(tmp_path, COUNTING.format(body="agree(lambda: 0.0, lambda: -0.0, about='zero')"))
    assert code == 1
    assert "zero: 1 values differ" in output
