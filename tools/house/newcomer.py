"""The newcomer's test: functions drawn from the reference, looked for on the other side by path and name alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from house.exceptions import Excuses
from house.items import Item, Module
from house.python_items import python_module
from house.rust_items import rust_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One function of the reference and where it was found; None if it was not."""

    function: str
    here: str
    there: str | None


def candidates(reference: Path, excuses: Excuses) -> list[tuple[Module, Item]]:
    """Functions of the reference that are on no list of exceptions, in the order of files and lines."""
    excused = {(module, name) for _, side, module, name in excuses if side == "reference"}
    modules = (python_module(path, reference) for path in sorted(reference.rglob("*.py")))
    return [
        (module, item)
        for module in modules
        if module.no_twin is None
        for item in module.items
        if item.kind != "class" and not item.is_optional and (module.stem, item.key) not in excused
    ]


def look_for(functions: Sequence[tuple[Module, Item]], core: Path, *, count: int, seed: int) -> list[Search]:
    """Draw ``count`` functions by ``seed`` and look for each where its path says."""
    drawn = random.Random(seed).sample(functions, count)
    return [_search(module, item, core) for module, item in drawn]


def _search(module: Module, item: Item, core: Path) -> Search:
    for path in (core / f"{module.stem}.rs", core / module.stem / "mod.rs"):
        if path.is_file():
            twin = rust_module(path, core)
            for other in twin.items:
                if other.key == item.key:
                    return Search(function=item.signature, here=module.place(item), there=twin.place(other))
    return Search(function=item.signature, here=module.place(item), there=None)


def table(searches: Sequence[Search]) -> str:
    """Print the searches side by side."""
    rows = [(one.function, one.here, one.there or "NOT FOUND") for one in searches]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    found = sum(one.there is not None for one in searches)
    return "\n".join([*lines, f"{found} of {len(searches)} found"])
