"""Draw mutants of the reference, let them loose, and say which survive and why: `make mutants`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mutants.changed import NOTHING, DiffOption, changed, changed_lines, changed_modules
from mutants.examples import default_examples, quick_examples
from mutants.gates import run_gates
from mutants.mutations import Mutant
from mutants.operators import MODULES, find_mutant, sampled
from mutants.report import Report
from mutants.runner import DEFAULT_SECONDS, SECONDS, Expected, Fate, expect, run_mutant
from mutants.verdicts import Verdict, read_verdicts, verdict_on, verdicts_without_mutant
from omega.data.writing import make_folder, write_file
from omega_parity.drive.sides import NativeMissingError


def main(
    count: Annotated[int | None, typer.Option(min=1, help="How many mutants to draw; all unless given.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which ones.")] = 1,
    name: Annotated[list[str] | None, typer.Option(help="Only this mutant, as execution.exits:AddNot:3.")] = None,
    diff: DiffOption = None,
    out: Annotated[Path, typer.Option(help="File for the JSON report.")] = Path("omega-report/mutants.json"),
) -> None:
    """Exit codes: 0 all killed or known as equivalent, 1 unexplained survivors or too few killed, 3 no Rust module."""
    verdicts = read_verdicts()
    mutants = _drawn(count, seed, name, diff)
    if diff is not None and not mutants:
        typer.echo(f"mutants of the reference: {NOTHING}")
        return
    try:
        quick = expect(quick_examples())
    except NativeMissingError as missing:
        typer.echo(f"error: {missing}\nbuild it with: {missing.fix}", err=True)
        raise typer.Exit(3) from None
    fates = _let_loose(mutants, lambda mutant: run_mutant(mutant, quick, SECONDS))
    fates = _again(fates, verdicts)
    stale = () if name or diff else verdicts_without_mutant(sampled(None, seed), verdicts)
    report = Report(fates=fates, verdicts=verdicts, seed=seed, stale=stale, is_part=diff is not None)
    make_folder(out.parent)
    write_file(out, json.dumps(report.as_data(), indent=1, ensure_ascii=False) + "\n")
    typer.echo(str(report))
    raise typer.Exit(0 if report.is_green else 1)


def _drawn(count: int | None, seed: int, names: list[str] | None, diff: str | None) -> list[Mutant]:
    if names:
        return [find_mutant(one) for one in names]
    if diff is None:
        return sampled(count, seed)
    lines = changed_lines(diff)
    return changed(sampled(count, seed, changed_modules(MODULES, lines)), lines)


def _again(fates: dict[Mutant, Fate], verdicts: tuple[Verdict, ...]) -> dict[Mutant, Fate]:
    """Try what survived, and is not known as equivalent, on the gates and then on the default examples."""
    left = [one for one, fate in fates.items() if fate.kind == "survived" and verdict_on(one, verdicts) is None]
    if not left:
        return fates
    expected: list[Expected] = expect(default_examples())

    def longer(mutant: Mutant) -> Fate:
        fate = run_gates(mutant)
        return run_mutant(mutant, expected, DEFAULT_SECONDS) if fate.kind == "survived" else fate

    return {**fates, **_let_loose(left, longer)}


def _let_loose(mutants: list[Mutant], judge: Callable[[Mutant], Fate]) -> dict[Mutant, Fate]:
    fates = {}
    for mutant in mutants:
        fates[mutant] = fate = judge(mutant)
        typer.echo(f"{fate.kind} {mutant.name} {fate.by} {fate.example}".rstrip())
    return fates


if __name__ == "__main__":
    typer.run(main)
