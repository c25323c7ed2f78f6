"""Changes that Cosmic Ray does not know and that shared code lives on: keys, sides, membership, keyword arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import parso
from cosmic_ray.operators.operator import Example, Operator

_Span = tuple[tuple[int, int], tuple[int, int]]

_OPPOSITES: Final = (
    *(("ask", "bid"), ("long", "short"), ("python", "rust"), ("entry", "exit"), ("open", "close"), ("high", "low")),
    *(("opened", "closed"), ("reference", "candidate"), ("symbol", "timeframe"), ("pending", "position")),
    *(("left", "right"), ("first", "last"), ("start", "end"), ("us", "ns"), ("report", "refuse"), ("on", "off")),
)
_OTHER: Final = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_KEY: Final = re.compile(r"""(?P<quote>["'])(?P<text>[A-Za-z_][\w.-]*)["']""")


class ChangeKey(Operator):  # type: ignore[misc]  # the library has no types
    """Changes a text that is one word: a key, a column, a name of a side. Messages are sentences and stay."""

    def mutation_positions(self, node: Any) -> Iterator[_Span]:
        """Yield the text."""
        if node.type == "string" and _KEY.fullmatch(node.value) and not _says_only_a_type(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put its opposite in its place, or a word that nothing has."""
        found = _KEY.fullmatch(node.value)
        assert found is not None
        text = found["text"]
        node.value = found["quote"] + _OTHER.get(text, text + "_") + found["quote"]
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Show what it does."""
        return (Example('row["bid"]', 'row["ask"]'), Example('row["fee"]', 'row["fee_"]'))


class NegateIn(Operator):  # type: ignore[misc]  # the library has no types
    """Asks whether something is not in what it was to be in, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[_Span]:
        """Yield the operator."""
        if node.type == "comparison" and _operator_of(node) in ("in", "not in"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Negate."""
        operator = "in" if _operator_of(node) == "not in" else "not in"
        node.children[1] = parso.parse(f" {operator}")
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Show what it does."""
        return (Example("a in b", "a not in b"), Example("a not in b", "a in b"))


class DropKeyword(Operator):  # type: ignore[misc]  # the library has no types
    """Leaves out a keyword argument of a call."""

    def mutation_positions(self, node: Any) -> Iterator[_Span]:
        """Yield the arguments."""
        if node.type == "arglist":
            # Listed first: the one who walks the tree changes it before it asks for the next.
            yield from [(node.children[place].start_pos, node.children[place].end_pos) for place in _keywords(node)]

    def mutate(self, node: Any, index: int) -> Any:
        """Take one out, and one comma with it."""
        place = _keywords(node)[index]
        comma = place - 1 if place else place + 1
        node.children = [child for at, child in enumerate(node.children) if at not in (place, comma)]
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Show what it does."""
        return (Example("f(a, b=1)", "f(a)"), Example("f(a=1, b=2)", "f(b=2)"))


OWN: Final = {"ChangeKey": ChangeKey, "NegateIn": NegateIn, "DropKeyword": DropKeyword}
FROM_LIBRARY: Final = (
    *(
        f"ReplaceBinaryOperator_{a}_{b}"
        for a in ("FloorDiv", "Mod")
        for b in ("Add", "Mul", "FloorDiv", "Mod")
        if a != b
    ),
    *("ReplaceBinaryOperator_Add_FloorDiv", "ReplaceBinaryOperator_Mul_FloorDiv", "ReplaceBinaryOperator_Sub_Mod"),
)
"""Whole numbers: times in microseconds, counts of rows."""


def _keywords(arguments: Any) -> list[int]:
    return [
        place
        for place, child in enumerate(arguments.children)
        if child.type == "argument" and child.children[1] == "=" and len(arguments.children) > 1
    ]


def _operator_of(comparison: Any) -> str:
    return " ".join(str(comparison.children[1].get_code(include_prefix=False)).split())


def _says_only_a_type(node: Any) -> bool:
    """Whether a text is a documentation, or stands where only a type checker reads: in `cast`, `Literal`, `__all__`."""
    parent = node.parent
    if parent.type == "simple_stmt":
        return True
    while parent is not None and parent.type not in ("funcdef", "classdef", "file_input"):
        code = parent.get_code(include_prefix=False)
        if parent.type in ("atom_expr", "power") and re.match(r"Literal\b|TypeVar\b|ParamSpec\b", code):
            return True
        if code.startswith("__all__"):
            return True
        parent = parent.parent
    siblings = node.parent.children
    return node.parent.type == "arglist" and node is siblings[0] and _called(node.parent) == "cast"


def _called(arguments: Any) -> str:
    call = arguments.parent.parent
    return str(call.children[0].get_code(include_prefix=False)) if call is not None else ""
