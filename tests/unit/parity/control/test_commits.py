"""``omega bisect --commits``: in a small repository whose guilty commit is known."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.control.commits import bisect_commits

TRIED = ("sh", "-c", 'read -r number < value; case "$number" in broken) exit 2;; *) test "$number" -lt 5;; esac')


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=N. N.", "-c", "user.email=n@example.org"]
    return subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for number in (1, 2, "broken", 4, 5, 6, 7):
        (folder / "value").write_text(f"{number}\n", "utf-8")
        git(folder, "add", "value")
        git(folder, "commit", "--quiet", "--message", f"the value is {number}")
    return folder


@pytest.mark.rule("F-9")
def test_the_guilty_commit_is_found_beside_the_checkout(repository: Path) -> None:
    before = (git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD"))
    found = bisect_commits("HEAD~6..HEAD", TRIED, repository)
    assert found.subject == "the value is 5"
    assert found.commit == git(repository, "rev-parse", "HEAD~2").strip()
    assert (git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")) == before
    assert len(git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.rule("F-9")
@pytest.mark.parametrize(
    ("span", "why"),
    [
        ("HEAD", "a span of commits is GOOD..BAD"),
        ("HEAD~6...HEAD", "a span of commits is GOOD..BAD"),
        ("HEAD~6..nowhere", "git rev-parse: fatal: "),
        ("HEAD~1..HEAD", "HEAD~1 is to be the good end, but the command ends there with 1, not 0"),
        ("HEAD~6..HEAD~5", "HEAD~5 is to be the bad end, but the command ends there with 0, not 1"),
        ("HEAD~4..HEAD", "HEAD~4 is to be the good end, but the command ends there with neither 0 nor 1, not 0"),
    ],
)
def test_a_span_that_says_nothing(repository: Path, span: str, why: str) -> None:
    with pytest.raises(OmegaError) as caught:
        bisect_commits(span, TRIED, repository)
    assert (caught.value.code, caught.value.value) == (ErrorCode.INVALID_ARGUMENT, span)
    assert caught.value.message.startswith(why)
    assert len(git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.rule("F-9")
def test_commits_that_say_nothing_between_the_ends(repository: Path) -> None:
    script = 'read -r number < value; case "$number" in broken|4|5) exit 3;; *) test "$number" -lt 5;; esac'
    with pytest.raises(OmegaError, match="git can name no first commit") as caught:
        bisect_commits("HEAD~6..HEAD", ("sh", "-c", script), repository)
    assert caught.value.code is ErrorCode.INVALID_STATE
