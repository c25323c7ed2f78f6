"""Replay a kept counterexample by hand, on one side or both::

python -m omega_parity.cli.replay golden/regressions/NAME --side reference
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omega.contract.errors import OmegaError
from omega_parity.drive.sides import NativeMissingError, both_sides
from omega_parity.golden.case_files import has_calls, read_case
from omega_parity.judge.replay import replay
from omega_parity.report.one_side import side_text


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of the case.")],
    side: Annotated[str, typer.Option(help="reference, rust, or both to compare them.")] = "both",
) -> None:
    """Replay a kept case: the events of one side, or the comparison of both."""
    if side not in ("reference", "rust", "both"):
        raise typer.BadParameter(f"{side!r} is not one of reference, rust, both", param_hint="--side")
    try:
        sides = both_sides()
        if side != "both" and not has_calls(folder):
            case, steps, _ = read_case(folder)
            typer.echo(side_text(case, steps, sides, side))
            return
        replayed = replay(folder, sides)
    except NativeMissingError as missing:
        typer.echo(f"error: {missing}\nbuild it with: {missing.fix}", err=True)
        raise typer.Exit(3) from None
    except OmegaError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(replayed.difference or f"identical: {replayed.comparisons:,} values compared")
    raise typer.Exit(1 if replayed.difference else 0)


if __name__ == "__main__":
    typer.run(main)
