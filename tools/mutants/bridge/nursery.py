"""Run tests in forks of a process that has the libraries imported, and nothing of Omega: a test run starts at once.

It reads requests, a JSON object a line, and answers each with one. Nothing here imports the project, so that a fork
takes the copy in which a module was changed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = (
    *("coverage", "duckdb", "filelock", "hypothesis", "numpy", "numpy.random", "pandas", "polars", "pyarrow"),
    *("pyarrow.compute", "pyarrow.csv", "pyarrow.feather", "pyarrow.parquet", "pydantic", "pytest", "rich.console"),
    *("ruamel.yaml", "typer.testing", "xxhash", "_pytest.main", "_pytest.config", "_pytest.assertion.rewrite"),
)
_MEMORY_BYTES: Final = 6 << 30
_WAIT: Final = 10.0
"""Seconds to wait for one second of processor time, on a busy machine."""
_NOTICED: Final = frozenset({"AssertionError", "Failed", "OmegaError", "CalledProcessError"})
"""What a test fails with when a value, or the error of the contract, is not the one it wants."""


_PRELOADED: Final = "ignore::pytest.PytestAssertRewriteWarning"


class Picked:
    """Keep the tests that were asked for, in that order, and say what the first failure was."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}
        self.ran = 0
        self.failure: dict[str, str] | None = None

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Sort, and drop the others."""
        if self._places:
            items[:] = sorted(
                (item for item in items if base_of(item.nodeid) in self._places),
                key=lambda item: self._places[base_of(item.nodeid)],
            )

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count."""
        self.ran += report.when == "call" and report.passed

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """Keep what the first failure raised."""
        if self.failure is None:
            kinds = {kind.__name__ for kind in type(call.excinfo.value).__mro__}
            self.failure = {
                "test": node.nodeid,
                "error": type(call.excinfo.value).__name__,
                "kind": "killed" if kinds & _NOTICED and report.when != "collect" else "crashed",
            }


class Recorded:
    """Write down which lines each test runs, and how long it takes."""

    def __init__(self, folder: Path) -> None:
        import coverage

        self._coverage = coverage.Coverage(data_file=None, source=[str(folder)], config_file=False)
        self._coverage.start()
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Lines belong to this test from here."""
        self._coverage.switch_context(base_of(nodeid))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add the time."""
        test = base_of(report.nodeid)
        self.seconds[test] = self.seconds.get(test, 0.0) + report.duration

    def tests(self, folder: Path) -> dict[str, Any]:
        """Return by test its seconds, and its lines by file; under an empty name what importing runs."""
        self._coverage.stop()
        found: dict[str, Any] = {test: {"seconds": seconds, "lines": {}} for test, seconds in self.seconds.items()}
        found[""] = {"seconds": 0.0, "lines": {}}
        data = self._coverage.get_data()
        for file in data.measured_files():
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    if test in found:
                        lines = found[test]["lines"]
                        lines.setdefault(Path(file).relative_to(folder).as_posix(), []).append(line)
        return found


def base_of(test: str) -> str:
    """Return the identifier of a test without its parameters."""
    return test.partition("[")[0]


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Run tests here, in a process that ends with them."""
    import pytest

    picked = Picked(request["tests"])
    plugins: list[Any] = [picked]
    folder = Path.cwd() / "bridge" / "omega"
    recorded = None
    if request["record"]:
        recorded = Recorded(folder)
        plugins.append(recorded)
    arguments = ["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-W", _PRELOADED, *request["files"]]
    code = int(pytest.main(arguments, plugins=plugins))
    answer = {"code": code, "ran": picked.ran, "failure": picked.failure}
    return answer if recorded is None else {**answer, "tests": recorded.tests(folder)}


def in_fork(request: dict[str, Any], log: Path) -> dict[str, Any]:
    """Run tests in a fork, until they are done or its time is over."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live_as_child(request, log, writer)
    os.close(writer)
    try:
        content = _read_all(reader, request["seconds"] * _WAIT)
    finally:
        os.close(reader)
        _end(child)
    if content is None:
        return {"code": None, "late": True}
    return json.loads(content) if content else {"code": None, "late": _status == -signal.SIGXCPU}


_status = 0
"""Exit status of the last child; below 0 the signal."""


def _end(child: int) -> None:
    """End what is left of a child and of what it started: they are a group of their own."""
    global _status
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _live_as_child(request: dict[str, Any], log: Path, writer: int) -> None:
    try:
        os.setpgid(0, 0)
        limit = max(1, round(request["seconds"]))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        content = json.dumps(run(request)).encode()
        while content:
            content = content[os.write(writer, content) :]
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _read_all(reader: int, seconds: float) -> bytes | None:
    """Read to the end; None when that takes longer than ``seconds``."""
    content, deadline = b"", time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        piece = os.read(reader, 1 << 16)
        if not piece:
            return content
        content += piece


def main(folders: Collection[str]) -> None:
    """Import the libraries, put ``folders`` in front of the installed project, and answer until there are no more."""
    for library in LIBRARIES:
        try:
            importlib.import_module(library)
        except ImportError:
            continue
    installed = [name for name in sys.modules if name.partition(".")[0] == "omega"]
    assert not installed, installed
    sys.path[:0] = folders
    log = Path.cwd() / "last-tests.txt"
    for line in sys.stdin:
        print(json.dumps(in_fork(json.loads(line), log)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
