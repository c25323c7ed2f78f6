"""``omega lookahead`` and ``omega warm-up``: what the data that a strategy sees do to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omega.cli.output import ANSWER_IS_NO, BackendOption, JsonOption, Output, QuietOption

ConfigArgument = Annotated[Path, typer.Argument(help="Configuration: YAML, JSON or TOML.")]
DataOption = Annotated[Path | None, typer.Option(help="Bars (Parquet, CSV, Arrow), instead of the configuration's.")]


def lookahead(
    config: ConfigArgument,
    data: DataOption = None,
    cuts: Annotated[int, typer.Option(help="How many times the bars are cut off.")] = 20,
    at: Annotated[list[int] | None, typer.Option(help="Cut after the bar of this row instead; more than once.")] = None,
    backend: BackendOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find out whether a strategy looks ahead: runs over fewer bars must be the same up to their end.

    Exit code 1 where one is not; the answer names the bar, and the indicator or order that differs.
    """
    from omega.peeking import lookahead as find

    output = Output(as_json, quiet)
    with output.progress("cuts") as on_progress:
        found = find(config, data, cuts=cuts if at is None else at, backend=backend, on_progress=on_progress)
    output.answer(found, lambda: str(found))
    if not found.is_clean:
        raise typer.Exit(ANSWER_IS_NO)


def warm_up(
    config: ConfigArgument,
    data: DataOption = None,
    later: Annotated[
        list[int] | None, typer.Option(help="Leave so many bars out at the front; more than once. 100 … 5,000.")
    ] = None,
    backend: BackendOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find out how far the start of the data changes trades, and the warm-up that suffices."""
    from omega.warming import warm_up as find

    output = Output(as_json, quiet)
    with output.progress("runs") as on_progress:
        found = find(config, data, later=later, backend=backend, on_progress=on_progress)
    facts = {"bars": found.bars, "later": [*found.later], "sufficient": found.sufficient}
    output.answer(facts, lambda: str(found))
