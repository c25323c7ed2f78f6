"""``omega reconcile``: a run beside the fills of a broker or a live system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omega.cli.output import JsonOption, Output, QuietOption
from omega_parity.cli.exits import EXIT_GO, EXIT_NO_GO

if TYPE_CHECKING:
    from omega_parity.judge.reconcile import Reconciled


def reconcile(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A saved result.")],
    fills: Annotated[
        Path, typer.Argument(metavar="FILLS", help="The broker's: timestamp, side, size, price; cost, symbol, id.")
    ],
    time_tolerance: Annotated[float, typer.Option(help="How far times may be apart, seconds.")] = 60.0,
    size_tolerance: Annotated[float, typer.Option(help="How far sizes may be apart, lots.")] = 0.0,
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = Path("omega-report"),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Match a run's fills with a broker's by time, side and size; show by what prices, costs and times differ.

    FILLS is Parquet, CSV or Arrow: side is buy or sell, size in lots, cost in the account's currency, positive where it
    costs. Fills of other symbols are left out. The folder gets reconcile.html and reconcile.json.

    Exit codes: 0 each fill of both is matched, 1 not all are, 2 wrong use, 3 a result that may not be read.

    Example: omega reconcile results/june broker.csv --time-tolerance 300
    """
    from omega_parity.judge.reconcile import reconcile as match
    from omega_parity.report.reconcile import write_reconciled

    found = match(result, fills, seconds=time_tolerance, size=size_tolerance)
    page = write_reconciled(found, out)
    facts = {**found.as_data(), "report": str(page)}
    Output(as_json, quiet).answer(facts, lambda: "\n".join([*_lines(found), f"report: {page}"]))
    raise typer.Exit(EXIT_GO if found.is_whole else EXIT_NO_GO)


def _lines(found: Reconciled) -> list[str]:
    """Say it in lines that fit any terminal; each fill stands in the page."""
    sums = {name: "–" if value is None else f"{value:.8g}" for name, value in found.sums.items()}
    return [
        f"{'all matched' if found.is_whole else 'NOT all matched'}: {sums['matched']} fills",
        f"of the run only: {sums['run_only']}",
        *(f"  {fill.name}" for fill in found.run_only[:5]),
        f"of the broker only: {sums['broker_only']}",
        *(f"  {fill.name}" for fill in found.broker_only[:5]),
        *([f"of other symbols: {found.other_symbols}"] if found.other_symbols else []),
        f"price worse: {sums['mean_price_worse']}, at most {sums['largest_price_difference']}",
        f"cost more: {sums['cost_more']}",
        f"seconds later: {sums['mean_seconds']}, at most {sums['largest_seconds']}",
    ]
