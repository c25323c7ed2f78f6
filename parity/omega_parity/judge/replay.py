"""Replay kept counterexamples on both sides, and keep new ones, reduced."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from omega.compare.answers import compare_results
from omega.compare.compare import compare_outcomes
from omega.compare.outcome import Failure
from omega.contract.errors import OmegaError
from omega_parity.drive.components import factories
from omega_parity.drive.lockstep import drive
from omega_parity.drive.observe import capture, observe
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.generate.reduce import MAX_ATTEMPTS, reduce_case
from omega_parity.golden.case_files import KeptCalls, has_calls, read_calls, read_case
from omega_parity.golden.kept import folder_to_write, keep
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.run_case import run_case
from omega_parity.judge.verdict import CaseVerdict

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
    if has_calls(folder):
        return _replayed_calls(read_calls(folder))
    case, steps, _ = read_case(folder)
    if steps is None:
        verdict = run_case(case, sides)
        against = "; ".join(verdict.against)
        text = f"{against}\n{verdict.divergence.text()}" if verdict.divergence else against
        return Replayed(name=case.name, comparisons=verdict.comparisons, difference=text)
    driven = drive(case, steps)
    text = "" if driven.divergence is None else driven.divergence.text()
    return Replayed(name=case.name, comparisons=driven.comparisons, difference=text)


def _replayed_calls(kept: KeptCalls) -> Replayed:
    """Make the same calls of one component on both sides, and compare each answer."""
    subjects = [capture(partial(make, *kept.made_of)) for make in factories(kept.component)]
    compared = 0
    for number, (name, arguments) in enumerate(kept.calls):
        answers = [_answer(subject, name, arguments) for subject in subjects]
        comparison = compare_results(*map(_seen, answers))
        compared += comparison.comparisons
        if comparison.differences:
            lines = [f"call {number}, {name}: differs", *(f"  {one}" for one in comparison.differences)]
            return Replayed(name=kept.name, comparisons=compared, difference="\n".join(lines))
        if name == "stream":
            subjects = answers
    return Replayed(name=kept.name, comparisons=compared)


def _answer(subject: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """Make one call; the last argument of an indicator's are its parameters, by their names."""
    if isinstance(subject, Failure):
        return subject
    if name in ("get", "stream"):
        *given, parameters = arguments
        return capture(lambda: getattr(subject, name)(*given, **parameters))
    return capture(lambda: getattr(subject, name)(*arguments))


def _seen(answer: Any) -> Any:
    """See what a side keeps in a form of its own by what it shows: checked bars, series, streams."""
    if hasattr(answer, "push"):
        return "a stream"
    if hasattr(answer, "quality"):
        return {"rows": len(answer), **asdict(answer.quality())}
    if isinstance(answer, tuple) and all(hasattr(part, "__array__") for part in answer):
        return tuple(map(np.asarray, answer))
    return answer


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
    outcomes = [observe(side, case.bars, case.signals, case.config, detail=case.detail).outcome for side in sides]
    return bool(compare_outcomes(*outcomes).differences)


def report(case: Case, sides: Sides, *, found_by: str, folder: Path | None = None) -> str:
    """Reduce a case that differs, keep it, and say what is wrong and how to replay it on each side."""
    smallest = reduced(case, sides) if differs(case, sides) else case
    verdict = run_case(smallest, sides)
    shown = "" if verdict.divergence is None else f"\n{verdict.divergence.text()}"
    place = keep_one(smallest, verdict, sides, found_by, folder_to_write() if folder is None else folder)
    size = "{} bars and {} signals".format(*size_of(smallest))
    return f"{case.name}: {'; '.join(verdict.against)}{shown}\nreduced to {size}\n{replay_hint(place)}"


def reduced(case: Case, sides: Sides, first: Divergence | None = None, attempts: int = MAX_ATTEMPTS) -> Case:
    """Return the smallest case found that still differs; ``first`` is where ``case`` does, as far as that is known."""
    last = None if first is None or case.config.start is not None else first.bar
    return reduce_case(case, lambda one: differs(one, sides), attempts=attempts, last=last)


def size_of(case: Case) -> tuple[int, int]:
    """Return the numbers of bars and of signals."""
    return case.bars.num_rows, 0 if case.signals is None else case.signals.num_rows


def keep_one(case: Case, verdict: CaseVerdict, sides: Sides, found_by: str, folder: Path) -> Path:
    """Keep a case below ``folder``, but only the smallest of those that part in the same rule, event and field.

    A case of the same cause that no longer differs is another fault's, long mended: it stays, and the new one gets a
    name of its own.
    """
    why, cause = "; ".join(verdict.against), verdict.divergence.cause if verdict.divergence is not None else ""
    name = cause
    if cause and (folder / cause).is_dir():
        before = read_case(folder / cause)[0]
        if differs(before, sides) and size_of(before) <= size_of(case):
            return folder / cause
        name = cause if differs(before, sides) else ""
    return keep(case, why, found_by=cause or found_by, folder=folder, name=name)


def replay_hint(place: Path) -> str:
    """Say where a case was kept and which command replays it."""
    shown = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    return f"kept as {shown}; replay it with\n  {replay_command(shown)}"


def replay_command(place: Path) -> str:
    """Return the command that replays a kept case on both sides, to be pasted where this process was started."""
    interpreter = Path(sys.executable)
    python = interpreter.relative_to(Path.cwd()).as_posix() if interpreter.is_relative_to(Path.cwd()) else "python"
    return f"{python} -m {_COMMAND} {shlex.quote(place.as_posix())} --side both"
