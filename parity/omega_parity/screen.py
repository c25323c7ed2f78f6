"""What the commands print: progress and tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from omega.contract.errors import OmegaError
from omega_parity.cases import Case
from omega_parity.results import SavedComparison
from omega_parity.runner import OnCase
from omega_parity.verdict import CaseVerdict, Verdict


class Screen:
    """Where a command speaks; errors and progress go to standard error."""

    def __init__(self, *, is_json: bool, is_quiet: bool) -> None:
        self._is_json = is_json
        self._is_quiet = is_quiet
        self._out = Console()
        self._err = Console(stderr=True)

    @contextmanager
    def progress(self, cases: Sequence[Case]) -> Iterator[OnCase | None]:
        """Show a bar over all bars of ``cases``, on a terminal only."""
        if self._is_json or self._is_quiet or not self._err.is_terminal:
            yield None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        before = {}
        total = 0
        for case in cases:
            before[case.name] = total
            total += case.bars.num_rows
        with Progress(*columns, console=self._err, transient=True) as display:
            task = display.add_task("verify", total=total)

            def on_case(case: Case, done: int) -> None:
                display.update(task, description=case.name, completed=before[case.name] + done)

            yield on_case

    def show(self, verdict: Verdict, page: Path) -> None:
        """Print the verdict."""
        if self._is_json:
            typer.echo(json.dumps({**verdict.as_data(), "report": str(page)}, indent=1))
            return
        if not self._is_quiet:
            self._out.print(_table(verdict.cases))
            for case in verdict.cases:
                if case.divergence is not None:
                    typer.echo("\n" + case.divergence.text())
            for why in verdict.against:
                typer.echo(f"against: {why}")
            for note in verdict.notes:
                typer.echo(f"note: {note}")
        typer.echo(_last_line(verdict))
        if not self._is_quiet:
            typer.echo(f"report: {page}")

    def show_difference(self, saved: SavedComparison) -> None:
        """Print how two saved results compare."""
        if self._is_json:
            typer.echo(json.dumps(saved.as_data(), indent=1))
            return
        for divergence in () if self._is_quiet else saved.divergences:
            typer.echo(divergence.text())
        answer = "identical" if saved.comparison.is_identical else "different"
        counts = f"{saved.comparison.comparisons:,} values compared, {saved.comparison.bits_differing:,} bits differ"
        typer.echo(f"{answer}: {saved.results} results, {counts}")

    def fail(self, error: OmegaError, fix: str = "") -> None:
        """Print an error, and the command that mends it."""
        if self._is_json:
            data = {"code": int(error.code), "error": error.code.name, "message": error.message, **error.context}
            typer.echo(json.dumps({"error": data, "fix": fix or None}, indent=1))
            return
        typer.echo(f"error: {error}", err=True)
        if fix:
            typer.echo(f"build it with: {fix}", err=True)


_COUNTS: Final[dict[str, Callable[[CaseVerdict], int]]] = {
    "bars": lambda case: case.bars,
    "trades": lambda case: case.trades,
    "compared": lambda case: case.comparisons,
    "differ": lambda case: case.bits_differing,
}


def _table(cases: Sequence[CaseVerdict]) -> Table:
    """One row per case, headed by its set of bars; where the screen is narrow, names give way and figures do not."""
    table = Table(
        title="Python reference against Rust, bit by bit",
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
    )
    table.add_column("case", no_wrap=True)
    for head, count in _COUNTS.items():
        width = max(len(head), *(len(f"{count(case):,}") for case in cases))
        table.add_column(head, justify="right", no_wrap=True, min_width=width)
    table.add_column("verdict", no_wrap=True, min_width=len("verdict"))
    heading = ""
    for case in cases:
        bars, _, rest = case.case.partition("/")
        if bars != heading:
            heading = bars
            table.add_row(f"[bold]{bars}[/]")
        counts = [count(case) for count in _COUNTS.values()]
        answer = "[green]GO[/]" if case.is_go else "[bold red]NO-GO[/]"
        table.add_row(f"  {rest}", *(f"{count:,}" for count in counts), answer)
    return table


def _last_line(verdict: Verdict) -> str:
    totals = verdict.totals
    answer = "GO" if verdict.is_go else "NO-GO"
    proof = f"Rust ran: {totals.crossings:,} boundary crossings" if totals.crossings else "Rust never ran"
    return (
        f"{answer}: {totals.cases} cases, {totals.bars:,} bars, {totals.trades:,} trades, "
        f"{totals.comparisons:,} values compared, {totals.bits_differing:,} bits differ; {proof}"
    )
