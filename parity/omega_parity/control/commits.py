"""Which commit makes a command answer otherwise: `git bisect run`, in a checkout of its own."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from omega.contract.errors import ErrorCode, omega_error

_TRIED: Final = 'set +e; {}; code=$?; if [ "$code" -gt 1 ]; then exit 125; fi; exit "$code"'
"""What is neither fine (0) nor the answer no (1) says nothing of its commit: git passes over it."""
_FIRST: Final = re.compile(r"^([0-9a-f]{40}) is the first bad commit$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """The first commit with which the command answers no.

    Attributes
    ----------
    log : str
        What git and the command said on the way.
    """

    commit: str
    subject: str
    log: str

    def as_data(self) -> dict[str, str]:
        """JSON form."""
        return asdict(self)


def bisect_commits(span: str, command: Sequence[str], folder: Path) -> Commit:
    """Find the first commit of a span ``GOOD..BAD`` in which ``command`` ends with 1 instead of 0.

    Raises
    ------
    OmegaError
        1001 for a span that git does not know, or of which an end answers otherwise; 1007 where no commit can be named.
    """
    good, dots, bad = span.partition("..")
    if not (good and dots and bad) or bad.startswith(".") or good == bad:
        raise _refusal(ErrorCode.INVALID_ARGUMENT, "a span of commits is GOOD..BAD", span)
    # Names such as HEAD mean something else in another checkout.
    ends = {name: _told(folder, span, "rev-parse", "--verify", f"{name}^{{commit}}") for name in (good, bad)}
    with tempfile.TemporaryDirectory(prefix="omega-bisect-") as place:
        tree = Path(place) / "tree"
        _told(folder, span, "worktree", "add", "--quiet", "--detach", str(tree), ends[bad])
        try:
            return _found(tree, span, ends, command)
        finally:
            _git(folder, "worktree", "remove", "--force", str(tree))


def _found(tree: Path, span: str, ends: Mapping[str, str], command: Sequence[str]) -> Commit:
    script = _TRIED.format(shlex.join(command))
    for (end, commit), wanted, word in zip(ends.items(), (0, 1), ("good", "bad"), strict=True):
        _told(tree, span, "checkout", "--quiet", "--detach", commit)
        done = subprocess.run(["sh", "-c", script], cwd=tree, capture_output=True, text=True, check=False)
        if done.returncode != wanted:
            code = "neither 0 nor 1" if done.returncode not in (0, 1) else str(done.returncode)
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            why = f"{end} is to be the {word} end, but the command ends there with {code}, not {wanted}"
            raise _refusal(ErrorCode.INVALID_ARGUMENT, ": ".join([why, *last]), span)
    _told(tree, span, "bisect", "start", *reversed(tuple(ends.values())))
    done = _git(tree, "bisect", "run", "sh", "-c", script)
    first = _FIRST.search(done.stdout)
    _git(tree, "bisect", "reset")
    if first is None:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise _refusal(ErrorCode.INVALID_STATE, ": ".join(["git can name no first commit", *last]), span)
    return Commit(first[1], _told(tree, span, "show", "--no-patch", "--format=%s", first[1]), done.stdout)


def _told(folder: Path, span: str, *words: str) -> str:
    done = _git(folder, *words)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise _refusal(ErrorCode.INVALID_ARGUMENT, f"git {words[0]}: {said}", span)
    return done.stdout.strip()


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise omega_error(ErrorCode.NOT_FOUND, "commits are bisected by git, which is not here", rule="F-9") from None


def _refusal(code: ErrorCode, message: str, span: str) -> Exception:
    return omega_error(code, message, rule="F-9", column="commits", value=span)
