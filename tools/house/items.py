"""What a module defines, in a form that does not depend on its language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["function", "class", "method"]

NO_TWIN = "No twin:"
"""Begins the reason, in the first line of the documentation of a module that is only plumbing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A function, a class (struct, enum, trait) or a method.

    Attributes
    ----------
    name : str
        As the other language would write it: without leading underscores; a constructor is ``new``.
    parameters : tuple of str
        Their names in order, without ``self``, ``cls`` and the interpreter's token.
    owner : str, optional
        Class of a method.
    line, lines : int
        Where the item begins in its file, and how many lines it has (documentation not counted).
    is_optional : bool
        Needs no twin, but may be one: constructors that a language writes by itself, implementations of
        traits of the standard library.
    """

    kind: Kind
    name: str
    parameters: tuple[str, ...] = ()
    owner: str | None = None
    line: int
    lines: int = 1
    is_optional: bool = False

    @property
    def key(self) -> str:
        """Name within the module: ``fee`` or ``CostModel.fee``."""
        return self.name if self.owner is None else f"{self.owner}.{self.name}"

    @property
    def signature(self) -> str:
        """Name with parameters, for messages."""
        return self.key if self.kind == "class" else f"{self.key}({', '.join(self.parameters)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A source file and what it defines, in the order of the file.

    ``stem`` is its path without the ending, seen from the root of its implementation; the file of a package
    itself (``__init__.py``, ``mod.rs``, ``lib.rs``) has the path of its folder. ``called`` are the words by which its
    code, tests left out, may call a function of Rust; one after a dot has the dot in front (``.fee``).
    """

    path: Path
    stem: str
    items: tuple[Item, ...]
    no_twin: str | None
    called: frozenset[str] = frozenset()

    def place(self, item: Item) -> str:
        """File and line of an item."""
        return f"{self.path}:{item.line}"


def no_twin_reason(documentation: str) -> str | None:
    """Return the reason for which a module has no twin, if its documentation begins with one."""
    first = documentation.strip().partition("\n")[0]
    return first.partition(NO_TWIN)[2].strip() if NO_TWIN in first else None
