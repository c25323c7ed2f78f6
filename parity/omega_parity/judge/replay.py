"""Replay kept counterexamples on both sides, and keep new ones, reduced."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from omega.compare.compare import compare_outcomes
from omega.contract.errors import OmegaError
from omega_parity.drive.lockstep import drive
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.generate.reduce import reduce_case
from omega_parity.golden.case_files import read_case
from omega_parity.golden.kept import folder_to_write, keep
from omega_parity.judge.run_case import run_case

_COMMAND: Final = "omega_parity.cli.replay"


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
    command = f"{python} -m {_COMMAND} {shlex.quote(place.as_posix())} --side"
    return f"{command} reference", f"{command} rust"
