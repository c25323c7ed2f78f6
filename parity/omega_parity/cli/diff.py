"""``omega diff``; :mod:`omega.cli` registers it through the entry points ``omega.commands``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omega.cli.output import exit_code
from omega.contract.errors import OmegaError
from omega_parity.cli.exits import EXIT_GO, EXIT_NO_GO


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A saved result, or a folder of them.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The one to compare it with.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")] = False,
) -> None:
    """Compare two saved results bit by bit: the first diverging bar, and the fields that differ there.

    Exit codes: 0 identical, 1 different, 2 wrong use, 3 a result that may not be read.

    Example: omega diff results/python results/rust
    """
    from omega_parity.cli.screen import Screen
    from omega_parity.judge.saved import compare_saved

    screen = Screen(is_json=json_output, is_quiet=quiet)
    try:
        found = compare_saved(a, b)
    except OmegaError as error:
        screen.fail(error)
        raise typer.Exit(exit_code(error)) from None
    screen.show_difference(found)
    raise typer.Exit(EXIT_GO if found.comparison.is_identical else EXIT_NO_GO)
