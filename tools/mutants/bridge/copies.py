"""A copy of the checkout in which a mutant may live, and the tests that judge it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from omega.data.writing import make_folder, write_file

ROOT: Final = Path(__file__).parents[3]
_CODE: Final = ("bridge", "reference_py", "parity", "tools")


class Answer(TypedDict, total=False):
    """What the nursery says of a run of tests.

    ``code`` is pytest's exit code, None of a process that ended without a word; ``ran`` counts tests that passed.
    """

    code: int | None
    late: bool
    ran: int
    failure: dict[Literal["test", "error", "kind"], str] | None
    tests: dict[str, Any]


class Copy:
    """A copy of the checkout, and a process that runs tests in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _copy_checkout(folder)
        paths = [str(folder / name) for name in _CODE]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OMEGA_")}
        environment |= {
            "PYTHONPATH": os.pathsep.join(paths),  # of processes that tests start
            "PYTHONDONTWRITEBYTECODE": "1",  # two mutants of a second and a size would look the same
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".hypothesis"),
            "TMPDIR": str(folder / "tmp"),
        }
        make_folder(folder / "tmp")
        self._nursery = subprocess.Popen(
            [sys.executable, str(folder / "tools" / "mutants" / "bridge" / "nursery.py"), *paths],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def changed(self, file: str, source: str) -> Iterator[None]:
        """Give a file of the bridge another source for a while."""
        path = self.folder / "bridge" / "omega" / file
        healthy = path.read_text("utf-8")
        write_file(path, source)
        try:
            yield
        finally:
            write_file(path, healthy)

    def run(self, files: Sequence[str], tests: Sequence[str] = (), *, seconds: float, record: bool = False) -> Answer:
        """Run tests of these files, those of ``tests`` in that order or all, up to the first that fails."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        request = {"files": list(files), "tests": list(tests), "seconds": seconds, "record": record}
        self._nursery.stdin.write(json.dumps(request) + "\n")
        self._nursery.stdin.flush()
        line = self._nursery.stdout.readline()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        make_folder(self.folder / "tmp")
        if not line:
            raise RuntimeError(f"the process that runs the tests in {self.folder} has ended")
        answer: Answer = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        self._nursery.terminate()
        self._nursery.communicate()


def _copy_checkout(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            make_folder(target.parent)
            shutil.copy2(source, target)
    for name in (".venv", "target"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
