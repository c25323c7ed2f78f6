"""The command line ``omega``: the bridge's own commands, and those other packages register under ``omega.commands``."""

from __future__ import annotations

import sys
from collections.abc import Sequence


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

    app(args=words, prog_name="omega")
