"""The command line ``omega``: the bridge's own commands, and those other packages register under ``omega.commands``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 fine, 1 the answer is no, 2 wrong use, 3 broken environment, 130 interrupted.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        # Before anything else is imported: scripts ask for it often.
        from omega import __version__

        print(f"omega {__version__}")
        return
    from omega.cli.app import app

    try:
        try:
            app(args=words, prog_name="omega")
        finally:
            sys.stdout.flush()
    except OSError as error:
        _end_unanswered(error)


def _end_unanswered(error: OSError) -> None:
    """End a command whose answer could not be written: a full disk must not look like an answer that is no."""
    from omega.cli.output import ANSWER_IS_NO, BROKEN_ENVIRONMENT, report_error
    from omega.contract.errors import OmegaError
    from omega.data.files import io_errors

    # What is still buffered would fail again when the process ends.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # nobody listens any more
        raise SystemExit(ANSWER_IS_NO)
    try:
        with io_errors(Path("(standard output)")):
            raise error
    except OmegaError as coded:
        report_error(coded, as_json=False)
    raise SystemExit(BROKEN_ENVIRONMENT)
