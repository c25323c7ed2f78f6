"""The guide to a pair of one's own: its files run as they stand, red first, and green once the port is right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "runbooks" / "own-pair.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(.*?)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))
FILES = {head.rpartition("=")[2]: text for head, text in BLOCKS.items() if head}


def _run(folder: Path) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    paths = os.pathsep.join([str(folder), *(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert set(FILES) == {"my_pair.py", "conftest.py", "test_vwap.py"}
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_port_of_the_guide_is_found_out(folder: Path) -> None:
    code, output = _run(folder)
    assert code == 1, output
    # Which example Hypothesis ends at is its affair; how it is told is ours.
    for words in ("]: 1 values differ", "result.value: 0x", " against 0x"):
        assert words in re.sub(r"-?[\d.]+ 0x", "0x", output)
        assert words in re.sub(r"-?[\d.]+ 0x", "0x", BLOCKS[""])


def test_the_right_port_is_green_and_counted(folder: Path) -> None:
    with (folder / "my_pair.py").open("a", encoding="utf-8") as pair:
        pair.write("\n\nvwap_ported = vwap\n")
    code, output = _run(folder)
    assert code == 0, output
    assert re.search(r"\b1\d\d values compared by type and bits, 0 bits differ", output)
    assert "Rust" not in output
