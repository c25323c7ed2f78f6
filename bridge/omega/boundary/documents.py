"""Documents that say little and mean much: depth, and size once every alias is written out (X-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from omega.boundary.limits import exceeded, limit
from omega.boundary.scalars import OWN_CLASSES

_TEXT_UNIT = 64
"""Characters that count as one value."""
_TEXTS: Final = (str, bytes)
_PARTS: Final = (dict, Mapping, list, tuple, set, frozenset)


def check_document(document: object, column: str) -> None:
    """Refuse a document that is nested too deep, contains itself, or is too large with its aliases written out.

    Raises
    ------
    OmegaError
        6004 naming the limit ``nesting`` or ``values``.
    """
    _Measure(column).of(document, 1)


class _Measure:
    """Sizes and heights of shared parts, each looked at once."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.nesting, self.values = limit("nesting"), limit("values")
        self.known: dict[int, tuple[int, int]] = {}

    def of(self, part: object, depth: int) -> tuple[int, int]:
        """Return how many values ``part`` stands for, and how deep it is."""
        if isinstance(part, _TEXTS):
            return 1 + len(part) // _TEXT_UNIT, 0
        if type(part) in OWN_CLASSES or not isinstance(part, _PARTS):
            return 1, 0
        size, height = self.known.get(id(part), (0, 0))
        if depth + height > self.nesting:
            raise exceeded("nesting", "values inside values", depth + height, column=self.column)
        if size:
            return size, height
        inner: list[object] = [*part.keys(), *part.values()] if isinstance(part, Mapping) else list(part)
        size = 1
        for value in inner:
            more, deeper = self.of(value, depth + 1)
            size, height = size + more, max(height, deeper + 1)
            if size > self.values:
                raise exceeded("values", "values of a document, aliases written out", size, column=self.column)
        self.known[id(part)] = size, height
        return size, height


def check_aliases(events: Iterable[object], column: str) -> None:
    """Refuse a YAML text by its events, before anything is made of them: a merge key copies as it is read.

    Parameters
    ----------
    events : iterable
        Of a YAML parser; their classes are told by name (``ScalarEvent``, ``AliasEvent`` …).

    Raises
    ------
    OmegaError
        6004 naming the limit ``nesting`` or ``values``.
    """
    most, deepest = limit("values"), limit("nesting")
    sizes: dict[object, int] = {}
    open_parts: list[tuple[object, int]] = [(None, 0)]
    for event in events:
        kind, anchor = type(event).__name__, getattr(event, "anchor", None)
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            open_parts.append((anchor, 1))
            if len(open_parts) > deepest + 1:
                raise exceeded("nesting", "values inside values", len(open_parts) - 1, column=column)
            continue
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            anchor, size = open_parts.pop()
        elif kind == "ScalarEvent":
            size = 1 + len(getattr(event, "value", "")) // _TEXT_UNIT
        elif kind == "AliasEvent":
            size, anchor = sizes.get(anchor, 1), None
        else:
            continue
        if anchor is not None:
            sizes[anchor] = size
        outer, sum_so_far = open_parts[-1]
        open_parts[-1] = outer, sum_so_far + size
        if sum_so_far + size > most:
            raise exceeded("values", "values of a document, aliases written out", sum_so_far + size, column=column)
