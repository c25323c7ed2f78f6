"""How often each side was asked, how long it took, and how often Rust was left or differed (F-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock


@dataclass(slots=True)  # frozen it would take three times as long to make, twice in each call
class Served:
    """What became of a component; the seconds are informative, and part of no result that is saved.

    Attributes
    ----------
    calls : int
        Runs, or calls of what is no run. A simulator's steps are calls.
    compared : int
        Those that both sides made.
    fallbacks : int
        Times that Rust failed and the reference went on.
    divergences : int
        Times that both sides differed.
    python_seconds, rust_seconds : float
        Spent on each side, of simulators not counted.
    """

    calls: int = 0
    compared: int = 0
    fallbacks: int = 0
    divergences: int = 0
    python_seconds: float = 0.0
    rust_seconds: float = 0.0

    def __add__(self, other: Served) -> Served:
        return Served(
            self.calls + other.calls,
            self.compared + other.compared,
            self.fallbacks + other.fallbacks,
            self.divergences + other.divergences,
            self.python_seconds + other.python_seconds,
            self.rust_seconds + other.rust_seconds,
        )


class Tally:
    """What happened so far, by component; threads may share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._served: dict[str, Served] = {}

    def add(self, component: str, served: Served) -> None:
        """Count for a component."""
        with self._lock:
            known = self._served.get(component)
            self._served[component] = served if known is None else known + served

    def merge(self, other: Mapping[str, Served]) -> None:
        """Count what another tally has."""
        for component, served in other.items():
            self.add(component, served)

    def read(self) -> dict[str, Served]:
        """Return what was counted."""
        with self._lock:
            return {component: replace(served) for component, served in self._served.items()}


_OF_PROCESS = Tally()


def count(component: str, served: Served) -> None:
    """Count for a component of this process."""
    _OF_PROCESS.add(component, served)


def counters() -> dict[str, Served]:
    """Return what happened in this process so far, by component; those that nothing watched over are not in it."""
    return _OF_PROCESS.read()
