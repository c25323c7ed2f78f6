"""`make mutants DIFF=…` draws the mutants of lines that changed, and no others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import typer

from mutants import __main__ as reference
from mutants.changed import ROOT, changed, changed_lines, changed_modules, diff_of, path_of
from mutants.core import CoreFate, CoreReport
from mutants.operators import MODULES, mutants_of
from mutants.report import Report
from mutants.runner import Fate, Kind


def git(folder: Path, *words: str) -> None:
    names = ["-c", "user.name=N. N.", "-c", "user.email=n@example.org"]
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Changed on a branch: a line in the middle and two at the end, one committed; and on main what is no matter."""
    (tmp_path / "a.py").write_text("one\ntwo\nthree\n", "utf-8")
    (tmp_path / "b.py").write_text("one\n", "utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    git(tmp_path, "checkout", "--quiet", "-b", "branch")
    (tmp_path / "a.py").write_text("one\n2\nthree\n", "utf-8")
    git(tmp_path, "commit", "--quiet", "--all", "--message", "second")
    git(tmp_path, "checkout", "--quiet", "main")
    (tmp_path / "b.py").write_text("1\n", "utf-8")
    git(tmp_path, "commit", "--quiet", "--all", "--message", "beside")
    git(tmp_path, "checkout", "--quiet", "branch")
    (tmp_path / "a.py").write_text("one\n2\nthree\nfour\nfive\n", "utf-8")
    return tmp_path


def test_lines_that_changed_since_the_branch_left(repository: Path) -> None:
    assert changed_lines("main", repository) == {"a.py": {2, 4, 5}}
    assert changed_lines("HEAD", repository) == {"a.py": {4, 5}}
    assert "+2" in diff_of("main", repository)


def test_a_file_that_git_does_not_have_yet_is_new_in_every_line(repository: Path) -> None:
    (repository / "c.py").write_text("one\ntwo\n", "utf-8")
    (repository / "c.txt").write_text("no source\n", "utf-8")
    assert changed_lines("HEAD", repository)["c.py"] == {1, 2}
    assert "c.txt" not in changed_lines("HEAD", repository)


def test_lines_that_are_gone_have_no_mutants(repository: Path) -> None:
    (repository / "a.py").write_text("one\n", "utf-8")
    assert changed_lines("HEAD", repository) == {"a.py": set()}
    assert changed_modules(MODULES, {"a.py": set()}) == ()


def test_what_git_does_not_know(repository: Path) -> None:
    with pytest.raises(typer.BadParameter, match="git diff: fatal"):
        changed_lines("nowhere", repository)


def test_mutants_of_those_lines_only() -> None:
    every = mutants_of("execution.fills")
    line = every[len(every) // 2].line
    path = path_of("execution.fills")
    assert (ROOT / path).is_file()
    assert (ROOT / path_of("omega.data.times")).is_file()
    lines = {path: {line}, "elsewhere.py": {1, 2, 3}}
    found = changed(every, lines)
    assert 0 < len(found) < len(every)
    assert {mutant.line for mutant in found} == {line}
    assert changed_modules(MODULES, lines) == ("execution.fills",)


def test_nothing_that_changed_is_said_and_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "changed_lines", lambda _: {"README.md": {1}})
    out = tmp_path / "mutants.json"
    reference.main(count=None, seed=1, name=None, diff="main", out=out)
    assert capsys.readouterr().out == "mutants of the reference: nothing that changed has mutants here\n"
    assert not out.exists()


def test_of_so_few_there_may_be_none_to_kill() -> None:
    mutant = mutants_of("execution.fills")[0]
    kinds: dict[Kind, bool] = {"timed out": True, "crashed": True, "survived": False}
    for kind, is_green in kinds.items():
        fates = {mutant: Fate(kind)}
        assert Report(fates=fates, verdicts=(), seed=1, is_part=True).is_green is is_green
        assert not Report(fates=fates, verdicts=(), seed=1).is_green
        core: tuple[CoreFate, ...] = (CoreFate("one", "survived" if kind == "survived" else "does not compile"),)
        report = CoreReport(fates=core, share="0/1", found=1, equivalent=0, stale=(), is_part=True)
        assert report.is_green is is_green


def test_the_makefile_hands_it_on() -> None:
    words = ["make", "--dry-run", "mutants", "DIFF=main"]
    planned = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for module in ("mutants.bridge", "mutants.core --share 0/1", "mutants"):
        assert f"python -m {module} --diff main" in planned
