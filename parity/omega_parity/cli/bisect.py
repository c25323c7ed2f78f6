"""``omega bisect``: which option, or which commit, first makes runs part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omega.cli.output import JsonOption, Output, QuietOption
from omega_parity.cli.exits import EXIT_GO, EXIT_NO_GO


def bisect(
    words: Annotated[
        list[str], typer.Argument(metavar="A B | -- COMMAND …", help="Two saved results; with --commits a command.")
    ],
    data: Annotated[
        Path | None, typer.Option(help="The bars, or ticks, of both, where their configurations name none.")
    ] = None,
    signals: Annotated[Path | None, typer.Option(help="The signals of both, in place of a strategy.")] = None,
    detail: Annotated[Path | None, typer.Option(help="The detail bars of both.")] = None,
    commits: Annotated[str | None, typer.Option(metavar="GOOD..BAD", help="Bisect commits instead of options.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find the option, of those that differ between two saved results, with which the run first becomes another one.

    Options are keys of the configuration and the side of each component. They are taken over from B into A one after
    the other, and how many is bisected by runs; the answer says where the run parts, as `omega diff` does.

    With --commits: the first commit in which COMMAND ends with 1 instead of 0, by git, in a checkout of its own. Other
    exit codes say nothing of a commit. COMMAND runs at the root of that checkout, and builds what it needs itself.

    Exit codes: 0 A and B run alike here, 1 found, 2 wrong use, 3 a result that may not be read.

    Example: omega bisect results/monday results/tuesday --data eurusd_m5.parquet
    """
    output = Output(as_json, quiet)
    if commits is not None:
        from omega_parity.control.commits import bisect_commits

        if data or signals or detail:
            raise typer.BadParameter("data, signals and detail go with two results, not with commits")
        found = bisect_commits(commits, words, Path.cwd())
        output.answer(found.as_data(), lambda: f"first parts with commit {found.commit[:12]}: {found.subject}")
        raise typer.Exit(EXIT_NO_GO)
    from omega_parity.judge.bisect import Inputs, bisect_saved

    if len(words) != 2:
        raise typer.BadParameter("two saved results, A and B", param_hint="A B")
    answer = bisect_saved(Path(words[0]), Path(words[1]), Inputs(data, signals, detail))
    output.answer(answer.as_data(), lambda: "\n".join(answer.lines))
    raise typer.Exit(EXIT_NO_GO if answer.culprits else EXIT_GO)
