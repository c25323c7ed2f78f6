"""Size as a question: files over 400 lines and functions over 40, in both languages, tests and tools included."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from house.items import Item
from house.python_items import python_functions
from house.rust_items import rust_functions

FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 40
"""Documentation in front of a function or at its beginning is not counted."""

_READERS: Final[dict[str, Callable[[Path], Iterator[Item]]]] = {".py": python_functions, ".rs": rust_functions}


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """A file, or a function of it (``path::Class.function``), and its lines."""

    name: str
    lines: int


def too_long(root: Path, folders: Iterable[str]) -> Iterator[TooLong]:
    """Measure every source below the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _READERS and "target" not in path.parts:
                yield from _measured(path, path.relative_to(root).as_posix())


def _measured(path: Path, name: str) -> Iterator[TooLong]:
    lines = len(path.read_text("utf-8").splitlines())
    if lines > FILE_LINES_MAX:
        yield TooLong(name=name, lines=lines)
    for item in _READERS[path.suffix](path):
        if item.lines > FUNCTION_LINES_MAX:
            yield TooLong(name=f"{name}::{item.key}", lines=item.lines)


def read_reasons(path: Path) -> dict[str, str]:
    """Read the list of what may be long: name and reason."""
    reasons: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["long"]
    return reasons
