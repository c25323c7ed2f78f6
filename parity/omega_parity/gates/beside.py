"""Another process that works beside this one: it is asked to call functions, and answers with what they return.

It is a command, not a fork or a spawned copy of the caller, whose threads and main module are none of its business.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any, Self


class DiedError(Exception):
    """The other process ended without an answer; the text says how."""


class Beside:
    """One other process, from entering to leaving; it does what it is asked one after the other."""

    def __enter__(self) -> Self:
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._complaint = tempfile.TemporaryFile()  # a pipe that nobody reads would fill up
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._complaint,
            start_new_session=True,  # Ctrl-C is for the caller, who ends this process and those that it began
        )
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._complaint.close()

    def ask(self, function: Callable[..., object], *arguments: object) -> None:
        """Have a function of a module called; :meth:`answer` waits for it."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # answer() says what became of it
            pickle.dump((function, arguments), self._process.stdin)
            self._process.stdin.flush()

    def answer(self) -> Any:
        """Return what the function returned.

        Raises
        ------
        DiedError
            When the process ended before, by a signal or by what the function raised.
        """
        assert self._process.stdout is not None
        try:
            return pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            code = self._process.wait()
            self._complaint.seek(0)
            last_words = self._complaint.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise DiedError(f"ended with {code}: {last_words or 'no word'}") from None


def serve() -> None:
    """Do what is asked on standard input; what is printed meanwhile is no answer."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        with suppress(EOFError):
            while True:
                function, arguments = pickle.load(sys.stdin.buffer)
                pickle.dump(function(*arguments), answers)
                answers.flush()
