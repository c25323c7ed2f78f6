"""Let mutants of the reference loose, one process each, against what the healthy Rust module makes of each example."""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final, Literal

from mutants.mutations import Mutant
from mutants.planted import plant
from omega.compare.compare import Comparison, compare_outcomes
from omega.compare.outcome import Failure, Outcome
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import native_side, reference_side
from omega_parity.generate.cases import Case

SECONDS: Final = 20.0
"""Processor time of a mutant; one that is not done by then is listed as timed out, however busy the machine is."""
DEFAULT_SECONDS: Final = 240.0
"""For survivors, on the default examples."""
_WAIT: Final = 20.0
"""Seconds to wait for one second of processor time: of a mutant that waits for something, and has a slow machine."""
_MEMORY_BYTES: Final = 6 << 30

Kind = Literal["killed", "survived", "crashed", "timed out"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant.

    Attributes
    ----------
    by : str
        The field that differs, or the exception it crashed with.
    example : str
        Name of the case.
    """

    kind: Kind
    by: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A case, and what healthy Rust makes of it."""

    case: Case
    outcome: Outcome


def expect(cases: Iterable[Case]) -> list[Expected]:
    """Run the healthy Rust module over the cases.

    Raises
    ------
    NativeMissingError
        When there is none to judge by.
    """
    side = native_side()
    return [Expected(one, observe(side, one.bars, one.signals, one.config).outcome) for one in cases]


def run_mutant(mutant: Mutant, expected: Sequence[Expected], seconds: float) -> Fate:
    """Let one mutant loose in a process of its own, until something notices it or its processor time is over."""
    source = mutant.source()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_in_child, args=(mutant.module, source, expected, seconds, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(_WAIT * seconds):
            return Fate("timed out")
        fate = _answer(receiver)
        if fate is not None:
            return fate
        process.join()
        return Fate("timed out") if process.exitcode == -signal.SIGXCPU else Fate("crashed", "process")
    finally:
        process.kill()
        process.join()
        receiver.close()


def _answer(receiver: Connection) -> Fate | None:
    try:
        fate = receiver.recv()
    except EOFError:  # the process died without a word
        return None
    assert isinstance(fate, Fate)
    return fate


def _in_child(module: str, source: str, expected: Sequence[Expected], seconds: float, sender: Connection) -> None:
    limit = max(1, round(seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))  # its signal ends the process
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        plant(module, source)
    except BaseException as error:  # the change decides what importing raises
        sender.send(Fate("crashed", type(error).__name__, "import"))
        return
    sender.send(_first_notice(expected))


def _first_notice(expected: Sequence[Expected]) -> Fate:
    side = reference_side()
    for one in expected:
        case = one.case
        outcome = observe(side, case.bars, case.signals, case.config).outcome
        if isinstance(outcome, Failure) and outcome.code is None:
            return Fate("crashed", outcome.error, case.name)
        comparison = compare_outcomes(outcome, one.outcome)
        if comparison.differences:
            return Fate("killed", _given_away_by(comparison), case.name)
    return Fate("survived")


def _given_away_by(comparison: Comparison) -> str:
    fields = [difference.name for difference in comparison.differences]
    return next((name for name in fields if not name.startswith("chain.")), fields[0])
