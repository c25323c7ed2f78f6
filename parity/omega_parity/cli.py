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
    quick: Annotated[bool, typer.Option("--quick", help="Fewest cases; answers within 30 s.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("omega-report"),
    symbol: Annotated[str | None, typer.Option(help="Symbol of the files, where they do not say.")] = None,
) -> None:
    """Run the same backtests through Python and through Rust, compare every bit, and say GO or NO-GO.

    Exit codes: 0 GO, 1 NO-GO, 2 wrong use, 3 the Rust module is missing or stale.

    Example: omega verify eurusd_m5.parquet --out report
    """
    from omega_parity.screen import Screen
    from omega_parity.sides import NativeMissingError, both_sides
    from omega_parity.verify import choose_cases, judge, write_report

    screen = Screen(is_json=json_output, is_quiet=quiet)
    try:
        sides = both_sides()
        cases, notes = choose_cases(data or (), is_quick=quick, symbol=symbol)
        with screen.progress(cases) as on_case:
            verdict = judge(cases, sides, on_case, notes)
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
    from omega_parity.results import compare_saved
    from omega_parity.screen import Screen

    screen = Screen(is_json=json_output, is_quiet=quiet)
    try:
        found = compare_saved(a, b)
    except OmegaError as error:
        screen.fail(error)
        raise typer.Exit(EXIT_WRONG_USE) from None
    screen.show_difference(found)
    raise typer.Exit(EXIT_GO if found.comparison.is_identical else EXIT_NO_GO)
