"""The environment that `make` sets up belongs to the interpreter that was asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
IDENTITY = f"{sys.base_prefix} {sys.version.split()[0]}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder whose environment was just set up by the interpreter that runs this test."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".interpreter").write_text(f"{IDENTITY}\n", "utf-8")
    (tmp_path / ".venv" / ".dependencies").touch()
    return tmp_path


def _plan(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    words = ["make", "--dry-run", f"PYTHON={python}", ".venv/.dependencies"]
    return subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)


def test_the_same_interpreter_keeps_its_environment(checkout: Path) -> None:
    assert "is up to date" in _plan(checkout, sys.executable).stdout


def test_another_interpreter_makes_it_anew(checkout: Path) -> None:
    (checkout / ".venv" / ".interpreter").write_text("/usr 3.99.0\n", "utf-8")
    planned = _plan(checkout, sys.executable).stdout
    assert planned.index("rm -rf .venv") < planned.index("-m venv .venv") < planned.index("--editable")


def test_an_interpreter_that_is_not_there_is_told(checkout: Path) -> None:
    words = ["make", "PYTHON=python9.9", ".venv/.dependencies"]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Omega needs Python 3.11 or newer; set PYTHON=" in done.stdout
    assert (checkout / ".venv" / ".interpreter").is_file()


def test_an_environment_of_somebody_else_is_not_taken_away(checkout: Path) -> None:
    """Without the stamp that `make` leaves, the folder that VENV names is not ours."""
    (checkout / ".venv" / ".dependencies").unlink()
    (checkout / ".venv" / ".interpreter").unlink()
    kept = checkout / ".venv" / "theirs.txt"
    kept.write_text("theirs", "utf-8")
    python = checkout / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *base_prefix*) echo /elsewhere 3.99.0;; esac\n', "utf-8")
    python.chmod(0o755)
    words = ["make", f"PYTHON={python}", ".venv/.dependencies"]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2  # there is no pip in it
    assert kept.is_file()
