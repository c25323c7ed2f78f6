"""Which mutants are of lines that changed since another commit: `make mutants DIFF=main`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from mutants.mutations import Mutant, file_of_shared, is_shared
from omega_parity.selftest.probe.reference import file_of

ROOT: Final = Path(__file__).parents[2]
NOTHING: Final = "nothing that changed has mutants here"

DiffOption = Annotated[
    str | None, typer.Option(help="Only of lines that changed since this commit left the branch, as main.")
]
_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_FILE: Final = re.compile(r"^\+\+\+ b/(.*)$", re.MULTILINE)


def changed_lines(commit: str, root: Path = ROOT) -> dict[str, set[int]]:
    """Return by path the lines of the checkout that are not as they were where ``commit`` and it parted.

    Of a file that git does not have yet these are all.

    Raises
    ------
    typer.BadParameter
        For what git does not know as a commit.
    """
    found = {
        path: {
            line for start, count in _HUNK.findall(hunks) for line in range(int(start), int(start) + int(count or 1))
        }
        for path, hunks in _by_file(diff_of(commit, root, "--unified=0"))
    }
    for path in _git(root, "ls-files", "--others", "--exclude-standard", "*.py", "*.rs").splitlines():
        found[path] = set(range(1, len((root / path).read_text("utf-8").splitlines()) + 1))
    return found


def diff_of(commit: str, root: Path = ROOT, *words: str) -> str:
    """Return what changed, as git writes it. Errors as :func:`changed_lines`."""
    return _git(root, "diff", "--no-ext-diff", "--no-color", "--merge-base", *words, commit, "--")


def changed(mutants: Iterable[Mutant], lines: Mapping[str, set[int]]) -> list[Mutant]:
    """Keep the mutants of lines that changed."""
    return [mutant for mutant in mutants if mutant.line in lines.get(path_of(mutant.module), ())]


def changed_modules(modules: Iterable[str], lines: Mapping[str, set[int]]) -> tuple[str, ...]:
    """Keep the modules with lines that changed: making the mutants of all takes minutes."""
    return tuple(module for module in modules if lines.get(path_of(module)))


def path_of(module: str) -> str:
    """Return the path of a module's source in the checkout."""
    if is_shared(module):
        return f"bridge/omega/{file_of_shared(module)}"
    return f"reference_py/omega_reference/{file_of(module)}"


def _by_file(diff: str) -> Iterable[tuple[str, str]]:
    _, *rest = _FILE.split(diff)
    return zip(rest[::2], rest[1::2], strict=True)


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no word"])[0]
        raise typer.BadParameter(f"git {words[0]}: {said}", param_hint="--diff")
    return done.stdout
