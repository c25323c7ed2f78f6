"""The runbooks of the waves: their commands are run as they stand."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from omega.flags.sources import read_flags

ROOT = Path(__file__).parents[2]
RUNBOOKS = sorted((ROOT / "runbooks").glob("wave-*.md"))
OMEGA = [sys.executable, "-m", "omega"]


def commands(text: str) -> list[list[str]]:
    """Return the commands of a runbook, word by word; the head's steps of the way back first.

    A walk-through is done by a test of its own.
    """
    text = text.split("## Walk-through")[0]
    steps = re.findall(r"^    - ((?:export|omega) .*)$", text.split("---\n")[1], re.MULTILINE)
    blocks = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [shlex.split(line) for line in (*steps, *"".join(blocks).splitlines())]


def run(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMEGA_")}
    return subprocess.run(
        [*OMEGA, *words[1:]], cwd=folder, env={**kept, **variables}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_every_command_is_one(path: Path, tmp_path: Path) -> None:
    found = commands(path.read_text("utf-8"))
    flags: dict[str, str] = {}
    seen = set()
    done = []
    for words in found:
        if words[0] == "export":
            flags |= dict(word.split("=") for word in words[1:])
            read_flags(environment=flags)
            continue
        seen.add(words[1])
        if words[1] in (
            "verify",
            "drill",
            "performance",
        ):  # they take their time: the next test, and what they say of themselves
            answer = run([*words[:2], "--help"], tmp_path)
            assert (answer.returncode, answer.stderr) == (0, "")
            assert all(word in answer.stdout for word in words[2:] if word.startswith("--"))
            continue
        if (words, flags) in done:
            continue
        done.append((words, dict(flags)))
        answer = run(words, tmp_path, **({} if words[1] != "flags" else flags))
        no = "go-no-go" in words or "sign-off" in words
        # Nothing was measured in this folder: the answer is no, and not that the question is wrong.
        assert (answer.returncode, answer.stderr) == (1 if no else 0, ""), words
    assert {"flags", "verify", "drill", "go-no-go", "sign-off"} <= seen


def test_a_drill_is_written_down(tmp_path: Path) -> None:
    answer = run(["omega", "drill", "--wave", "5", "--json"], tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    document = json.loads(answer.stdout)
    assert (len(document["drills"]), document["failed"], document["record"]) == (7, 0, 1)
    assert (tmp_path / ".omega" / "evidence.sqlite").is_file()
    judged = json.loads(run(["omega", "go-no-go", "--wave", "5", "--json"], tmp_path).stdout)
    gates = {(gate["evidence"], gate["figure"]): gate for gate in judged["waves"][0]["gates"]}
    # The checkout of a developer is rarely clean: then even this does not count, and the answer says so.
    measured = gates["drill", "drills"]
    assert measured["value"] == 7 or "commit" in measured["against"]
