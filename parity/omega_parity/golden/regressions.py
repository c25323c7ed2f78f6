"""Counterexamples kept as explicit data and replayed first from then on.

One can be replayed by hand, on one side or both::

    python -m omega_parity.golden.regressions golden/regressions/NAME --side reference
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import pyarrow as pa
import typer
import xxhash

from omega.compare.compare import compare_outcomes, table_value
from omega.compare.outcome import Failure
from omega.compare.values import decimal_text
from omega.contract.errors import OmegaError
from omega.contract.protocols import ExecutionSimulator, RunOutput
from omega_parity.drive.components import factories
from omega_parity.drive.lockstep import Step, drive
from omega_parity.drive.observe import capture, observe
from omega_parity.drive.sides import NativeMissingError, both_sides
from omega_parity.gates.environment import CI_VARIABLE, is_set
from omega_parity.generate.cases import Case
from omega_parity.generate.reduce import reduce_case
from omega_parity.golden.case_files import case_texts, read_case
from omega_parity.judge.explain import event_text
from omega_parity.judge.runner import Sides, run_case

REGRESSIONS_FOLDER: Final = Path(__file__).parents[3] / "golden" / "regressions"
"""Beside a checkout's packages."""

ARTIFACTS_VARIABLE: Final = "CI_ARTIFACTS"
DEFAULT_ARTIFACTS: Final = "omega-report"

_MODULE: Final = "omega_parity.golden.regressions"
_DIGEST_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What replaying a case on both sides found.

    Attributes
    ----------
    comparisons : int
        Values compared; 0 is no proof.
    difference : str
        What differs; empty if nothing does.
    """

    name: str
    comparisons: int
    difference: str = ""


def folder_to_write() -> Path:
    """Return where new cases go: into the tree, but under ``CI=true`` into the folder of artefacts."""
    if is_set(CI_VARIABLE):
        return Path(os.environ.get(ARTIFACTS_VARIABLE) or DEFAULT_ARTIFACTS) / "regressions"
    return REGRESSIONS_FOLDER


def case_folders(folder: Path = REGRESSIONS_FOLDER) -> list[Path]:
    """List what lies in the folder of kept cases, by name; what is no case is for :func:`replay_all` to refuse."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def keep(case: Case, why: str, *, found_by: str, steps: Sequence[Step] | None = None, folder: Path) -> Path:
    """Write a counterexample below ``folder``; an equal one gets the same name.

    Parameters
    ----------
    why : str
        What differed.
    found_by : str
        Name of the check; begins the name of the case.
    steps : sequence of Step, optional
        The calls of the simulators, for a case that is no whole run.
    """
    texts = case_texts(case, {"found_by": found_by, "why": why}, steps)
    content = "\0".join(texts[name] for name in sorted(texts))
    place = folder / f"{found_by}-{xxhash.xxh3_128_hexdigest(content.encode())[:_DIGEST_DIGITS]}"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8", newline="\n")
    return place


def replay(folder: Path, sides: Sides) -> Replayed:
    """Replay a kept case on both sides and compare every bit.

    Raises
    ------
    OmegaError
        As :func:`omega_parity.golden.case_files.read_case`.
    """
    case, steps, _ = read_case(folder)
    if steps is None:
        verdict = run_case(case, sides)
        against = "; ".join(verdict.against)
        text = f"{against}\n{verdict.divergence.text()}" if verdict.divergence else against
        return Replayed(name=case.name, comparisons=verdict.comparisons, difference=text)
    driven = drive(case, steps)
    text = "" if driven.divergence is None else driven.divergence.text()
    return Replayed(name=case.name, comparisons=driven.comparisons, difference=text)


def replay_all(folders: Iterable[Path], sides: Sides) -> list[Replayed]:
    """Replay kept cases; one that cannot be read, or compares nothing, differs from what it should be."""
    replayed = []
    for folder in folders:
        try:
            one = replay(folder, sides)
        except OmegaError as error:
            one = Replayed(name=f"{folder.parent.name}/{folder.name}", comparisons=0, difference=str(error))
        replayed.append(one if one.comparisons or one.difference else replace(one, difference="nothing was compared"))
    return replayed


def differs(case: Case, sides: Sides) -> bool:
    """Whether a run of ``case`` differs between the sides; a case that both refuse alike does not."""
    outcomes = [observe(side, case.bars, case.signals, case.config).outcome for side in sides]
    return bool(compare_outcomes(*outcomes).differences)


def report(case: Case, sides: Sides, *, found_by: str, folder: Path | None = None) -> str:
    """Reduce a case that differs, keep it, and say what is wrong and how to replay it on each side."""
    smallest = reduce_case(case, lambda one: differs(one, sides)) if differs(case, sides) else case
    verdict = run_case(smallest, sides)
    shown = "" if verdict.divergence is None else f"\n{verdict.divergence.text()}"
    place = keep(
        smallest, "; ".join(verdict.against), found_by=found_by, folder=folder_to_write() if folder is None else folder
    )
    signals = 0 if smallest.signals is None else smallest.signals.num_rows
    size = f"{smallest.bars.num_rows} bars and {signals} signals"
    return f"{case.name}: {'; '.join(verdict.against)}{shown}\nreduced to {size}\n{replay_hint(place)}"


def replay_hint(place: Path) -> str:
    """Say where a case was kept and which commands replay it."""
    shown = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    return "\n".join([f"kept as {shown}; replay it with", *(f"  {command}" for command in replay_commands(shown))])


def replay_commands(place: Path) -> tuple[str, str]:
    """Return the commands that replay a kept case on each side, to be pasted where this process was started."""
    interpreter = Path(sys.executable)
    python = interpreter.relative_to(Path.cwd()).as_posix() if interpreter.is_relative_to(Path.cwd()) else "python"
    command = f"{python} -m {_MODULE} {shlex.quote(place.as_posix())} --side"
    return f"{command} reference", f"{command} rust"


def _side_text(case: Case, steps: Sequence[Step] | None, sides: Sides, chosen: str) -> str:
    side = sides[0] if chosen == "reference" else sides[1]
    if steps is not None:
        make = factories("execution_simulator")[0 if chosen == "reference" else 1]
        return f"{side.label}:\n" + "\n".join(_step_lines(case, steps, make(case.config)))
    outcome = observe(side, case.bars, case.signals, case.config).outcome
    if isinstance(outcome, Failure):
        return f"{side.label}: {outcome}"
    return f"{side.label}:\n" + "\n".join(_output_lines(outcome))


def _step_lines(case: Case, steps: Sequence[Step], simulator: ExecutionSimulator) -> Iterator[str]:
    """What each call returns, and the state after it."""
    for number, step in enumerate(steps):
        bars, signals = step.rows(case)
        call = partial(simulator.evaluate_exits, bars)
        outcome = capture(call if signals is None else partial(simulator.process_signals, bars, signals))
        yield f"  operation {number}, {step}" + (f": {outcome}" if isinstance(outcome, Failure) else "")
        yield from () if isinstance(outcome, Failure) else (f"  {line}" for line in _event_lines(outcome))
        state = f"cash {simulator.cash!r}, equity {simulator.equity!r}, hash {decimal_text(simulator.state_hash)}"
        yield f"    {state}, {simulator.positions().num_rows} positions"


def _event_lines(events: pa.Table) -> list[str]:
    return [f"  {row['seq']} {row['timestamp']} {event_text(row)}" for row in events.to_pylist()]


def _output_lines(output: RunOutput) -> list[str]:
    digest = table_value(pa.table({"digest": output.chain}), "digest", len(output.chain) - 1)
    metrics = ", ".join(f"{name} {decimal_text(value)}" for name, value in output.metrics.items())
    return [
        *_event_lines(output.events),
        *_row_lines("trade", output.trades),
        *_row_lines("left", output.positions),
        f"  metrics: {metrics}",
        f"  digest {decimal_text(digest)}",
    ]


def _row_lines(what: str, table: pa.Table) -> Iterator[str]:
    """Every field that is set, row by row."""
    for row in range(table.num_rows):
        values = {name: table_value(table, name, row) for name in table.column_names}
        fields = ", ".join(f"{name} {decimal_text(value)}" for name, value in values.items() if value is not None)
        yield f"  {what}: {fields}"


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of the case.")],
    side: Annotated[str, typer.Option(help="reference, rust, or both to compare them.")] = "both",
) -> None:
    """Replay a kept case: the events of one side, or the comparison of both."""
    if side not in ("reference", "rust", "both"):
        raise typer.BadParameter(f"{side!r} is not one of reference, rust, both", param_hint="--side")
    try:
        sides = both_sides()
        if side != "both":
            case, steps, _ = read_case(folder)
            typer.echo(_side_text(case, steps, sides, side))
            return
        replayed = replay(folder, sides)
    except NativeMissingError as missing:
        typer.echo(f"error: {missing}\nbuild it with: {missing.fix}", err=True)
        raise typer.Exit(3) from None
    except OmegaError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(replayed.difference or f"identical: {replayed.comparisons:,} values compared")
    raise typer.Exit(1 if replayed.difference else 0)


if __name__ == "__main__":
    typer.run(main)
