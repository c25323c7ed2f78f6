"""What is known about mutants that nothing notices: a committed table, one verdict each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutants.mutations import Mutant

VERDICTS_FILE: Final = Path(__file__).with_name("verdicts.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a mutant may survive.

    Attributes
    ----------
    before, after : str
        The line, which finds the mutant again when others move.
    why : str
        Why it is the same program for every input that can reach it.
    lines : int
        Equal lines of the module that it speaks of, each of them.
    """

    module: str
    before: str
    after: str
    why: str
    lines: int = 1


def read_verdicts(path: Path = VERDICTS_FILE) -> tuple[Verdict, ...]:
    """Read the table.

    Raises
    ------
    ValueError
        For an entry without a reason.
    """
    entries = tomllib.loads(path.read_text("utf-8")).get("equivalent", [])
    verdicts = tuple(Verdict(**entry) for entry in entries)
    for verdict in verdicts:
        if not verdict.why.strip():
            raise ValueError(f"{verdict.module}: {verdict.after!r} has no reason")
    return verdicts


def verdict_on(mutant: Mutant, verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Find what is known about a mutant."""
    if not any(one.module == mutant.module for one in verdicts):
        return None
    key = (mutant.module, *mutant.change())
    return next((one for one in verdicts if (one.module, one.before, one.after) == key), None)


def verdicts_without_mutant(mutants: Iterable[Mutant], verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Return the verdicts that none of ``mutants`` needs: the line they spoke of has changed."""
    needed = {verdict_on(mutant, verdicts) for mutant in mutants}
    return tuple(verdict for verdict in verdicts if verdict not in needed)
