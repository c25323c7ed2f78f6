"""Draw mutants of the bridge, let the unit tests judge them, and say which survive and why: `make mutants-bridge`."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from mutants.bridge.copies import Copy
from mutants.bridge.covering import measured
from mutants.bridge.judging import judged
from mutants.changed import NOTHING, DiffOption, changed, changed_lines, changed_modules
from mutants.mutations import Mutant, shared_modules, source_of
from mutants.operators import find_mutant, mutants_of, sampled
from mutants.report import Report
from mutants.runner import Fate
from mutants.verdicts import Verdict, read_verdicts, verdict_on, verdicts_without_mutant
from omega.data.writing import make_folder, write_file

VERDICTS_FILE = Path(__file__).with_name("verdicts.toml")


def main(
    sample: Annotated[int | None, typer.Option(min=1, help="How many mutants to draw; all unless given.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which ones.")] = 1,
    module: Annotated[list[str] | None, typer.Option(help="Only of these modules, as omega.saved.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only this mutant, as omega.saved:AddNot:3.")] = None,
    diff: DiffOption = None,
    out: Annotated[Path, typer.Option(help="File for the JSON report.")] = Path("omega-report/mutants-bridge.json"),
) -> None:
    """Exit codes: 0 all killed or known as equivalent, 1 unexplained survivors, too few killed or stale verdicts."""
    verdicts = read_verdicts(VERDICTS_FILE)
    modules = tuple(module or shared_modules())
    unknown = set(modules) - set(shared_modules())
    if unknown:
        raise typer.BadParameter(f"no module {', '.join(sorted(unknown))}; they are named as omega.saved")
    if diff is not None:
        lines = changed_lines(diff)
        modules = changed_modules(modules, lines)
    mutants = [_found(one) for one in name] if name else sampled(sample if diff is None else None, seed, modules)
    if diff is not None and not (mutants := changed(mutants, lines)):
        typer.echo(f"mutants of the bridge: {NOTHING}")
        return
    every = [one for some in modules for one in mutants_of(some)]
    stale = () if name or module or diff else verdicts_without_mutant(_near(every, verdicts), verdicts)
    fates: dict[Mutant, Fate] = {}
    with tempfile.TemporaryDirectory(prefix="omega-mutants-", ignore_cleanup_errors=True) as folder:
        copy = Copy(Path(folder))
        try:
            covering = measured(copy, typer.echo)
            begun = time.monotonic()
            for mutant in mutants:
                fates[mutant] = fate = judged(mutant, copy, covering)
                typer.echo(f"{fate.kind} {mutant.name} {fate.by} {fate.example}".rstrip())
        finally:
            copy.close()
    report = Report(fates=fates, verdicts=verdicts, seed=seed, stale=stale, what="bridge", is_part=diff is not None)
    make_folder(out.parent)
    write_file(out, json.dumps(report.as_data(), indent=1, ensure_ascii=False) + "\n")
    typer.echo(f"{_by_room(report)}\n{report}")
    typer.echo(f"{len(every)} made; {(time.monotonic() - begun) / len(fates):.1f} s a mutant")
    raise typer.Exit(0 if report.is_green else 1)


def _found(name: str) -> Mutant:
    if name.partition(":")[0] not in shared_modules():
        raise typer.BadParameter(f"no module of the mutant {name!r}; they are named as omega.saved:AddNot:3")
    try:
        return find_mutant(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _near(mutants: list[Mutant], verdicts: tuple[Verdict, ...]) -> list[Mutant]:
    """Keep the mutants about a line that a verdict speaks of: making all of them takes minutes."""
    lines: dict[str, set[int]] = {}
    for verdict in verdicts:
        for number, text in enumerate(source_of(verdict.module).splitlines(), 1):
            if text.strip() == verdict.before:
                lines.setdefault(verdict.module, set()).update(range(number - 1, number + 2))
    return [one for one in mutants if one.line in lines.get(one.module, ())]


def _by_room(report: Report) -> str:
    """Say by room how many were drawn, and what became of them."""
    rooms: dict[str, Counter[str]] = {}
    for mutant, fate in report.fates.items():
        is_known = fate.kind == "survived" and verdict_on(mutant, report.verdicts) is not None
        parts = mutant.module.split(".")
        rooms.setdefault(parts[1] if len(parts) > 1 else "omega", Counter())[
            "equivalent" if is_known else fate.kind
        ] += 1
    return "\n".join(
        f"{room}: {counts.total()} drawn; " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        for room, counts in sorted(rooms.items())
    )


if __name__ == "__main__":
    typer.run(main)
