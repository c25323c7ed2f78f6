"""Which tests run which lines of the bridge: measured once, and anew for what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mutants.bridge.copies import ROOT, Copy
from omega.data.writing import make_folder, write_file

JUDGES: Final = (
    *("tests/unit/bridge", "tests/unit/native", "tests/cli", "tests/property"),
    *("tests/unit/parity/test_compare.py", "tests/unit/parity/judge/test_saved.py"),
)
"""Tests of what the bridge does; none of them compares the two sides over generated runs."""
ELSEWHERE: Final = frozenset(
    {
        "tests/unit/bridge/test_broken_module.py",
        "tests/unit/bridge/test_floating_point.py",
        "tests/unit/bridge/test_without_time_zones.py",
        "tests/unit/native/test_hostile.py",
        "tests/unit/native/test_interrupting.py",
        "tests/property/test_runs.py",
    }
)
"""Most of their tests do everything in processes that they start, where nobody sees which lines run, or take long."""
DIRECT: Final = "_from_outside.py"
"""How the files end whose tests hold what the bridge does, and declares, to values from outside it: they judge first,
and the lines too that only importing runs."""
_DECLARATIONS: Final = "tests/unit/native/test_declarations.py"
MEASURED: Final = ROOT / "target" / "mutants-bridge" / "covering.json"
_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Covering:
    """Lines by file by test, and seconds by test; a test named by its file alone stands for what importing runs."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict)

    def tests_of(self, file: str, first: int, last: int, budget: float, *, is_declared: bool) -> list[str]:
        """Choose tests that run lines of a file, the direct and quick ones first, as many as take ``budget`` seconds.

        ``is_declared`` says that importing runs them, whichever test does it first: those that run anything else of the
        file judge them, and those that hold declarations to values from outside.
        """
        wanted = frozenset(range(first, last + 1))
        by_test = {test: lines[file] for test, lines in self.lines.items() if "::" in test and file in lines}
        chosen = [test for test, lines in by_test.items() if lines & wanted]
        if is_declared or not chosen:
            declared = (test for test in self.lines if "::" in test and (_is_direct(test) or _DECLARATIONS in test))
            chosen = list(dict.fromkeys((*by_test, *declared)))
        within: list[str] = []
        spent = 0.0

        def rank(test: str) -> tuple[bool, bool, float, str]:
            return not _is_direct(test), test not in by_test, self.seconds[test], test

        for test in sorted(chosen, key=rank):
            spent += self.seconds[test]
            if within and spent > budget:
                break
            within.append(test)
        return within


def measured(copy: Copy, say: Callable[[str], None]) -> Covering:
    """Return what is known of every judging test, after running those of which nothing is.

    Raises
    ------
    RuntimeError
        When a test fails without a mutant: it could judge none.
    """
    base = _digest_of(_shared_files())
    known = json.loads(MEASURED.read_text("utf-8")) if MEASURED.is_file() else {}
    files = known.get("files", {}) if known.get("base") == base else {}
    found: dict[str, Any] = {}
    for file in judging_files():
        digest = _digest_of([ROOT / file])
        if files.get(file, {}).get("digest") != digest:
            say(f"measuring {file}")
            answer = copy.run([file], seconds=_SECONDS, record=True)
            if answer["code"] != 0:
                raise RuntimeError(f"{file} is not green without a mutant: {answer.get('failure')}")
            files[file] = {"digest": digest, "tests": answer["tests"]}
            make_folder(MEASURED.parent)
            write_file(MEASURED, json.dumps({"base": base, "files": files}))
        found[file] = files[file]["tests"]
    return covering_of(found)


def covering_of(found: Mapping[str, Mapping[str, Any]]) -> Covering:
    """Put together what was measured file by file."""
    covering = Covering()
    for file, tests in found.items():
        for test, facts in tests.items():
            name = test or file
            covering.seconds[name] = facts["seconds"]
            covering.lines[name] = {module: frozenset(lines) for module, lines in facts["lines"].items()}
    return covering


def judging_files() -> list[str]:
    """List the files of the judging tests."""
    paths = [path for judge in JUDGES for path in _files_below(ROOT / judge)]
    return [name for path in paths if (name := path.relative_to(ROOT).as_posix()) not in ELSEWHERE]


def _is_direct(test: str) -> bool:
    return test.partition("::")[0].endswith(DIRECT)


def _files_below(path: Path) -> list[Path]:
    return sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def _shared_files() -> list[Path]:
    bridge = sorted((ROOT / "bridge" / "omega").rglob("*.py"))
    return [*bridge, *sorted((ROOT / "tests").rglob("conftest.py"))]


def _digest_of(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
