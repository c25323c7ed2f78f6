"""``omega verify`` and ``omega diff``; :mod:`omega.cli` registers them through the entry points ``omega.commands``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from omega.contract.errors import OmegaError

EXIT_GO: Final = 0
EXIT_NO_GO: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_BROKEN: Final = 3


def verify(
    data: Annotated[
        list[Path] | None, typer.Argument(help="Files of bars (Parquet, CSV, Arrow) to verify on as well.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewest cases, 100 sequences, 5 kills; answers within 30 s.")
    ] = False,
    component: Annotated[
        str | None,
        typer.Option(help="Judge one only: costs, indicators, portfolio, engine, execution, strategy, data."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("omega-report"),
    symbol: Annotated[str | None, typer.Option(help="Symbol of the files, where they do not say.")] = None,
) -> None:
    """Run the same backtests through Python and through Rust, compare every bit, and say GO or NO-GO.

    The built-in sample, golden cases, generated sequences, your files, and calls of each component; built-in faults
    prove that a difference would have been noticed. The report folder holds verdict.html, verdict.json, junit.xml, and
    a page and the input of each divergence.

    Exit codes: 0 GO, 1 NO-GO, 2 wrong use, 3 the Rust module is missing or stale.

    Example: omega verify eurusd_m5.parquet --out report
    """
    from omega_parity.cli.screen import Screen
    from omega_parity.drive.sides import NativeMissingError, both_sides
    from omega_parity.gates.verify import examine, make_folder, make_plan, write_report

    screen = Screen(is_json=json_output, is_quiet=quiet)
    try:
        sides = both_sides()
        plan = make_plan(data or (), is_quick=quick, component=component, symbol=symbol)
        make_folder(out)
        with screen.progress(plan.steps) as on_step:
            verdict = examine(plan, sides, out, on_step)
        page = write_report(verdict, out)
    except NativeMissingError as missing:
        screen.fail(missing.error, fix=missing.fix)
        raise typer.Exit(EXIT_BROKEN) from None
    except OmegaError as error:
        screen.fail(error)
        raise typer.Exit(EXIT_WRONG_USE) from None
    screen.show(verdict, page)
    raise typer.Exit(EXIT_GO if verdict.is_go else EXIT_NO_GO)


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A saved result, or a folder of them.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The one to compare it with.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")] = False,
) -> None:
    """Compare two saved results bit by bit: the first diverging bar, and the fields that differ there.

    Exit codes: 0 identical, 1 different, 2 wrong use.

    Example: omega diff results/python results/rust
    """
    from omega_parity.cli.screen import Screen
    from omega_parity.judge.saved import compare_saved

    screen = Screen(is_json=json_output, is_quiet=quiet)
    try:
        found = compare_saved(a, b)
    except OmegaError as error:
        screen.fail(error)
        raise typer.Exit(EXIT_WRONG_USE) from None
    screen.show_difference(found)
    raise typer.Exit(EXIT_GO if found.comparison.is_identical else EXIT_NO_GO)
