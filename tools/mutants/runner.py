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
from omega.compare.outcome import Failure
from omega_parity.drive.components import Factory, native_factory
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import native_side
from omega_parity.selftest.probe.examples import Example
from omega_parity.selftest.probe.seen import OriginalReference, Seen, compare_seen, given_away_by, see

SECONDS: Final = 60.0
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
    """A run or calls, and what healthy Rust makes of them."""

    example: Example
    seen: Seen


@dataclass(frozen=True, slots=True)
class _Rust:
    engine: Side

    def side(self) -> Side:
        return self.engine

    def component(self, name: str) -> Factory:
        return native_factory(name)


def expect(examples: Iterable[Example]) -> list[Expected]:
    """Run the healthy Rust module over the examples.

    Raises
    ------
    NativeMissingError
        When there is none to judge by.
    """
    rust = _Rust(native_side())
    return [Expected(one, see(rust, one)) for one in examples]


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
    mutant = OriginalReference()
    for one in expected:
        seen = see(mutant, one.example)
        crash = _crash(seen)
        if crash is not None:
            return Fate("crashed", crash.error, one.example.name)
        comparison = compare_seen(seen, one.seen)
        if comparison.differences:
            return Fate("killed", given_away_by(comparison), one.example.name)
    return Fate("survived")


def _crash(seen: Seen) -> Failure | None:
    """Return the first error that is none of Omega's."""
    found = [answer for _, answer in seen] if isinstance(seen, tuple) else [seen]
    return next((one for one in found if isinstance(one, Failure) and one.code is None), None)
