"""What the commands print: progress and tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from omega.cli.output import console, error_data, report_error
from omega.contract.errors import OmegaError
from omega_parity.gates.verdict import Cause, ComponentVerdict, Part, Verdict
from omega_parity.judge.saved import SavedComparison
from omega_parity.judge.verdict import CaseVerdict


class Screen:
    """Where a command speaks; errors and progress go to standard error."""

    def __init__(self, *, is_json: bool, is_quiet: bool) -> None:
        self._is_json = is_json
        self._is_quiet = is_quiet
        self._out = console(markup=True)
        self._err = console(stderr=True, markup=True)

    @contextmanager
    def progress(self, steps: Mapping[str, int]) -> Iterator[Callable[[str, int], None] | None]:
        """Show a bar over the lengths of all ``steps``, on a terminal only."""
        if self._is_json or self._is_quiet or not self._err.is_terminal:
            yield None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        before = dict(zip(steps, accumulate(steps.values(), initial=0), strict=False))
        with Progress(*columns, console=self._err, transient=True) as display:
            task = display.add_task("verify", total=sum(steps.values()))

            def on_step(name: str, done: int) -> None:
                display.update(task, description=name, completed=before[name] + done)

            yield on_step

    def show(self, verdict: Verdict, folder: Path, unwritten: OmegaError | None = None) -> None:
        """Print the verdict, where its report is, and why that is not whole."""
        page = folder / "verdict.html"
        if self._is_json:
            lost = None if unwritten is None else error_data(unwritten)
            shown = {"report": str(page) if unwritten is None else None, "unwritten": lost}
            typer.echo(json.dumps({**verdict.as_data(), **shown}, indent=2, ensure_ascii=False))
            return
        if not self._is_quiet:
            self._out.print(_table(verdict, self._out.width))
            self._out.print()
            self._out.print(_component_table(verdict.components, verdict.inheriting))
            for cause in verdict.causes:
                typer.echo("\n" + "\n".join(_cause_lines(cause, folder)))
            for why in _most(verdict.against):
                typer.echo(f"against: {why}")
            for note in verdict.notes:
                typer.echo(f"note: {note}")
            for left_out in verdict.left_out:
                typer.echo(f"left out: {left_out}")
            if verdict.kills_text:
                typer.echo(verdict.kills_text)
        typer.echo(_last_line(verdict))
        if unwritten is not None:
            typer.echo(f"the report is not whole: {unwritten}", err=True)
        elif not self._is_quiet:
            typer.echo(f"report: {page}")

    def show_difference(self, saved: SavedComparison) -> None:
        """Print how two saved results compare."""
        if self._is_json:
            typer.echo(json.dumps(saved.as_data(), indent=2, ensure_ascii=False))
            return
        if not self._is_quiet:
            for difference in saved.made_with:
                typer.echo(f"made with {difference}")
            for divergence in saved.divergences:
                typer.echo(divergence.text())
        answer = "identical" if saved.comparison.is_identical else "different"
        comparison = saved.comparison
        differing = f"{comparison.bits_differing:,} bits" if comparison.bits_differing else None
        differing = differing or f"{comparison.values_differing:,} values"
        counts = f"{comparison.comparisons:,} values compared, {differing} differ"
        typer.echo(f"{answer}: {saved.results} results, {counts}")

    def fail(self, error: OmegaError, fix: str = "") -> None:
        """Print an error, and the command that mends it."""
        lines = [f"  fix    build it with: {fix}"] if fix else []
        report_error(error, as_json=self._is_json, more={"fix": fix} if fix else None, lines=lines)


_COUNTS: Final[dict[str, Callable[[CaseVerdict | Part], int]]] = {
    "bars": lambda one: one.bars,
    "trades": lambda one: one.trades,
    "compared": lambda one: one.comparisons,
    "differ": lambda one: one.bits_differing,
}
_GAP: Final = 2
_SHORTEST_NAME: Final = 12
_MOST_REASONS: Final = 20
_MOST_LINES: Final = 22
"""Of a divergence, so that it takes 25 with where to find its page and how to replay it."""


def _table(verdict: Verdict, width: int) -> Table:
    """One row per case, headed by its set of bars; where the screen is narrow, names give way and figures do not."""
    rows: list[CaseVerdict | Part] = [*verdict.cases, *verdict.parts]
    table = _plain_table("Python reference against Rust, bit by bit")
    widths = [max([len(head), *(len(f"{count(one):,}") for one in rows)]) for head, count in _COUNTS.items()]
    taken = sum(widths) + len("verdict") + _GAP * (len(widths) + 2)
    table.add_column("case", no_wrap=True, max_width=max(width - taken, _SHORTEST_NAME))
    for head, least in zip(_COUNTS, widths, strict=True):
        table.add_column(head, justify="right", no_wrap=True, min_width=least)
    table.add_column("verdict", no_wrap=True, min_width=len("verdict"))
    heading = ""
    for case in verdict.cases:
        bars, _, rest = case.case.partition("/")
        if bars != heading:
            heading = bars
            table.add_row(f"[bold]{bars}[/]")
        table.add_row(f"  {rest}", *_counted(case), _answer(case.is_go))
    if verdict.parts:
        table.add_row("[bold]besides[/]")
    for part in verdict.parts:
        table.add_row(f"  {part.name}, {part.items:,}", *_counted(part), _answer(part.is_go))
    return table


def _component_table(components: Sequence[ComponentVerdict], inheriting: Container[str]) -> Table:
    """One row per component, in the order of the waves."""
    table = _plain_table("")
    for head in ("component", "wave", "compared", "differ", "rules hit", "faults killed", "verdict"):
        is_name = head in ("component", "verdict")
        table.add_column(head, justify="left" if is_name else "right", no_wrap=True, min_width=len(head))
    for one in components:
        killed = "not measured" if one.faults is None else f"{one.killed}/{one.faults}" if one.faults else "none"
        rules = f"{one.rules_hit}/{one.rules}"
        counts = (str(one.wave), f"{one.comparisons:,}", f"{one.values_differing:,}", rules, killed)
        answer = "[red]NO-GO, inherited[/]" if one.name in inheriting else _answer(one.is_go)
        table.add_row(one.name, *counts, answer)
    return table


def _plain_table(title: str) -> Table:
    return Table(title=title or None, title_justify="left", box=None, padding=(0, _GAP, 0, 0), pad_edge=False)


def _counted(one: CaseVerdict | Part) -> Iterator[str]:
    return (f"{count(one):,}" for count in _COUNTS.values())


def _answer(is_go: bool) -> str:
    return "[green]GO[/]" if is_go else "[bold red]NO-GO[/]"


def _cause_lines(cause: Cause, folder: Path) -> Iterator[str]:
    case = cause.smallest
    if case.divergence is not None:
        yield from case.divergence.text().splitlines()[:_MOST_LINES]
    if case.page:
        yield f"  page: {folder / case.page}"
    if case.replay:
        yield f"  replay: {case.replay}"
    if cause.others:
        yield f"  {cause.others_text}"


def _most(against: Sequence[str]) -> Iterator[str]:
    yield from (why.partition("\n")[0] for why in against[:_MOST_REASONS])
    if len(against) > _MOST_REASONS:
        yield f"{len(against) - _MOST_REASONS} more, all of them in the report"


def _last_line(verdict: Verdict) -> str:
    totals = verdict.totals
    bits = f"{totals.bits_differing:,} bits differ"
    found = f"{len(verdict.against)} findings" if verdict.against and not totals.bits_differing else bits
    proof = f"Rust ran: {totals.crossings:,} boundary crossings" if totals.crossings else "Rust never ran"
    return (
        f"{verdict.word}: {totals.cases} cases, {totals.bars:,} bars, {totals.trades:,} trades, "
        f"{totals.comparisons:,} values compared, {found}; {proof}"
    )
