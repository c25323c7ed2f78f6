"""Where a fault stands: a text inside a function of a source file, in Python or in Rust.

Whitespace in a text stands for any whitespace, so that a formatter may break a line without moving a fault.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

Span = tuple[int, int]
"""First character and the one after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Source text of one side and what stands there instead.

    Attributes
    ----------
    file : str
        Path below the side's sources, as in ``execution/hits.py``.
    function : str or None
        Name of the function that holds the text, with its class or type where the name alone is not enough; None for
        text that stands in no function.
    text : str
        What stands there. In Rust one expression.
    replacement : str or None
        What stands there while the fault acts.
    before : str or None
        In the place of ``replacement``: a statement that comes before the text while the fault acts; Rust only.
    occurrence : int or None
        Which one, from 1, where the text occurs more than once in the function; None where it must not.
    """

    file: str
    function: str | None
    text: str
    replacement: str | None = None
    before: str | None = None
    occurrence: int | None = None

    def __str__(self) -> str:
        where = self.file if self.function is None else f"{self.file}, {self.function}"
        return f"{where}: {self.text!r}"


class MisplacedError(ValueError):
    """A fault that no longer finds its place: the product changed, and it has to be planted anew."""


def place_of(source: str, change: Change) -> Span:
    """Return where the text of ``change`` stands in the source of its file.

    Raises
    ------
    MisplacedError
        When there is no such function or text, or more than one and the change does not say which.
    """
    first, end = (0, len(source)) if change.function is None else _function_of(source, change)
    found = [match.span() for match in _pattern_of(change.text).finditer(source, first, end)]
    if change.occurrence is None and len(found) != 1:
        raise MisplacedError(f"{change} occurs {len(found)} times instead of once")
    wanted = 1 if change.occurrence is None else change.occurrence
    if not 1 <= wanted <= len(found):
        raise MisplacedError(f"{change} occurs {len(found)} times, there is no occurrence {wanted}")
    return found[wanted - 1]


def replaced(source: str, changes: Sequence[Change]) -> str:
    """Make the changes of one fault in one file.

    Raises
    ------
    MisplacedError
        As :func:`place_of`, and for two changes that touch.
    """
    places = sorted((place_of(source, change), change.replacement) for change in changes)
    parts, at = [], 0
    for (first, end), replacement in places:
        if first < at:
            raise MisplacedError(f"two changes of one fault touch: {source[first:end]!r}")
        assert replacement is not None, "`before` is for Rust"
        parts += [source[at:first], replacement]
        at = end
    return "".join([*parts, source[at:]])


def _pattern_of(text: str) -> re.Pattern[str]:
    """A text that begins or ends in a name or a number is not found inside a longer one."""
    words = r"\s+".join(map(re.escape, text.split()))
    start = r"(?<!\w)" if text[0].isalnum() else ""
    end = r"(?!\w)" if text[-1].isalnum() else ""
    return re.compile(start + words + end)


def _function_of(source: str, change: Change) -> Span:
    assert change.function is not None
    find = _FUNCTIONS[PurePosixPath(change.file).suffix]
    scope, _, name = change.function.rpartition(".")
    found = find(source, scope, name)
    if len(found) != 1:
        raise MisplacedError(f"{change}: {len(found)} functions of that name instead of one")
    return found[0]


def _python_functions(source: str, scope: str, name: str) -> list[Span]:
    """Find functions by name, of a class or, if ``scope`` is empty, of the module, else of any class."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[str, list[Span]] = {}

    def visit(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef) and child.name == name:
                assert child.end_lineno is not None, "it was parsed"
                found.setdefault(inside, []).append((starts[child.lineno - 1], starts[child.end_lineno]))
            visit(child, child.name if isinstance(child, ast.ClassDef) else inside)

    visit(ast.parse(source), "")
    if scope or scope in found:
        return found.get(scope, [])
    return [span for spans in found.values() for span in spans]


_OPAQUE: Final = re.compile(
    r"""
    //[^\n]*                                   # a comment to the end of the line
    | /\*.*?\*/                                # a comment
    | \bb?r(?P<hashes>\#*)".*?"(?P=hashes)     # a raw string
    | "(?:\\.|[^"\\])*"                        # a string
    | '(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])'      # a character, not a lifetime
    """,
    re.DOTALL | re.VERBOSE,
)


def _rust_functions(source: str, scope: str, name: str) -> list[Span]:
    """Find functions by name, and by the type or trait of their ``impl`` or ``trait`` unless ``scope`` is empty."""
    code = _OPAQUE.sub(lambda match: " " * len(match[0]), source)
    scopes = [(0, len(code))]
    if scope:
        heads = re.finditer(rf"^[^\n{{;]*\b(?:impl|trait)\b[^{{;]*\b{scope}\b[^{{;]*", code, re.MULTILINE)
        scopes = [(head.start(), _closing(code, head.end())) for head in heads]
    head = re.compile(rf"\bfn {name}\b(?:\[[^\]]*\]|[^{{;\[])*(?=\{{)")
    return [
        (function.start(), _closing(code, function.end()))
        for first, end in scopes
        for function in head.finditer(code, first, end)
    ]


def _closing(code: str, opening: int) -> int:
    """Return the end of the block whose brace stands at ``opening``, in code without strings and comments."""
    depth = 0
    for brace in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    raise MisplacedError("a block without an end")


_FUNCTIONS: Final[Mapping[str, Callable[[str, str, str], list[Span]]]] = MappingProxyType(
    {".py": _python_functions, ".rs": _rust_functions}
)
