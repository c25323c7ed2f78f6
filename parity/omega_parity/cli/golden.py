"""``omega golden``; :mod:`omega.cli` registers it through the entry points ``omega.commands``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omega.contract.errors import ErrorCode
from omega_parity.cli.exits import EXIT_BROKEN, EXIT_GO, EXIT_NO_GO

if TYPE_CHECKING:
    from omega_parity.drive.observe import Side
    from omega_parity.golden.check import GoldenCheck

app = typer.Typer(
    help="Replay the golden cases, and change what they expect.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

CasesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases, as execution_simulator/e7-tie.")
]
FolderOption = Annotated[Path | None, typer.Option(help="Folder of the cases, instead of the checkout's golden/.")]
ReasonOption = Annotated[str, typer.Option(help="Why the expectation changes.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")]


@app.command(epilog="Example: omega golden check execution_simulator/e7-tie-v1")
def check(
    cases: CasesArgument = None, folder: FolderOption = None, as_json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """Replay every case on the reference, and on Rust if it is built, bit by bit.

    Exit codes: 0 all hold, 1 one does not or there is none, 2 wrong use, 3 the Rust module is stale.
    """
    from omega_parity.golden.case import GOLDEN_FOLDER
    from omega_parity.golden.check import check as golden_check

    sides, note = _sides()
    found = golden_check(folder or GOLDEN_FOLDER, sides, cases or ())
    if as_json:
        document = {**asdict(found), "is_green": found.is_green, "sides": [side.label for side in sides]}
        typer.echo(json.dumps(document, indent=2))
    else:
        _show(found, [side.label for side in sides], note, is_quiet=quiet)
    raise typer.Exit(EXIT_GO if found.is_green else EXIT_NO_GO)


@app.command(epilog='Example: omega golden update --reason "E-7 prefers the target" execution_simulator/e7-tie-v1')
def update(reason: ReasonOption, cases: CasesArgument = None, folder: FolderOption = None) -> None:
    """Write what the reference does now beside what is expected, show the difference, and leave the check red.

    Exit codes: 0 nothing differs, 1 an observed record was written, 2 wrong use.
    """
    from omega_parity.drive.sides import reference_side
    from omega_parity.golden.case import GOLDEN_FOLDER
    from omega_parity.golden.update import update as golden_update

    proposals = golden_update(folder or GOLDEN_FOLDER, reference_side(), reason, cases or ())
    written = [proposal for proposal in proposals if proposal.written]
    for proposal in written:
        typer.echo(proposal.name)
        for line in proposal.differences:
            typer.echo(f"  {line}")
    if written:
        typer.echo("next: omega golden review, or omega golden accept --all")
    typer.echo(f"{len(proposals)} cases, {len(written)} differ")
    raise typer.Exit(EXIT_NO_GO if written else EXIT_GO)


@app.command(epilog='Example: omega golden accept execution_simulator/e7-tie-v1 --reason "E-7 prefers the target"')
def accept(
    cases: CasesArgument = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every case that update wrote an observed record for.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; otherwise what was said to update.")] = None,
    folder: FolderOption = None,
) -> None:
    """Make the observed records of cases the expected ones, all or none, and record the reason in each meta.json.

    Exit codes: 0 accepted, 2 refused.
    """
    from omega_parity.drive.sides import reference_side
    from omega_parity.golden.case import GOLDEN_FOLDER
    from omega_parity.golden.update import accept as golden_accept
    from omega_parity.golden.update import proposed

    if bool(cases) is is_all:
        raise typer.BadParameter("name cases, or say --all", param_hint="CASE")
    names = list(proposed(folder or GOLDEN_FOLDER)) if is_all else list(cases or ())
    if names:
        golden_accept(folder or GOLDEN_FOLDER, reference_side(), names, reason)
    typer.echo("\n".join(f"accepted {name}" for name in names) or "nothing waits to be accepted")


@app.command(epilog="Example: omega golden review")
def review(cases: CasesArgument = None, folder: FolderOption = None) -> None:
    """Show each proposed change event by event and ask whether to accept it; what is accepted is written at the end.

    Exit codes: 0 nothing waits any more, 1 something still waits, 2 refused.
    """
    from omega_parity.drive.sides import reference_side
    from omega_parity.golden.case import GOLDEN_FOLDER
    from omega_parity.golden.update import accept as golden_accept
    from omega_parity.golden.update import proposed

    waiting = proposed(folder or GOLDEN_FOLDER, cases or ())
    accepted = []
    for place, (name, lines) in enumerate(waiting.items(), start=1):
        typer.echo("\n".join([f"{name} ({place} of {len(waiting)})", *(f"  {line}" for line in lines)]))
        if typer.confirm("accept it?", default=False):
            accepted.append(name)
    if accepted:
        golden_accept(folder or GOLDEN_FOLDER, reference_side(), accepted)
    typer.echo(f"{len(accepted)} of {len(waiting)} accepted")
    raise typer.Exit(EXIT_GO if len(accepted) == len(waiting) else EXIT_NO_GO)


@app.command(epilog="Example: git config diff.omega-golden.textconv 'omega golden text'")
def text(file: Annotated[Path, typer.Argument(help="A Parquet file or a chain of a long case.")]) -> None:
    """Print a binary file of a golden case as lines, for git to show what changed in it."""
    from omega_parity.golden.text import file_text

    for line in file_text(file):
        typer.echo(line)


def _sides() -> tuple[tuple[Side, ...], str]:
    from omega_parity.drive.sides import NativeMissingError, native_side, reference_side

    try:
        return (reference_side(), native_side()), ""
    except NativeMissingError as missing:
        if missing.error.code is not ErrorCode.NOT_FOUND:  # there, but not to be trusted
            typer.echo(f"error: {missing.error}\nbuild it with: {missing.fix}", err=True)
            raise typer.Exit(EXIT_BROKEN) from None
        return (reference_side(),), f"NOT REPLAYED on Rust: {missing.error.message}; build it with: {missing.fix}"


def _show(found: GoldenCheck, labels: list[str], note: str, *, is_quiet: bool) -> None:
    if not is_quiet:
        for case in found.cases:
            typer.echo(f"{'ok ' if case.is_green else 'RED'} {case.name}")
            for problem in case.problems:
                typer.echo(f"      {problem}")
        for stray in found.strays:
            typer.echo(f"RED {stray}")
        if note:
            typer.echo(note)
    answer = "green" if found.is_green else "RED"
    count = f"{len(found.cases)} golden cases" if found.cases else "no golden case"
    typer.echo(f"{answer}: {count} on {' and '.join(labels)}, {found.comparisons:,} values compared")
