"""Rust modules as lists of their items: what `fn`, `struct`, `enum`, `trait` and `impl` define, tests left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from house.items import Item, Module, no_twin_reason
from house.rust_tokens import Token, tokens_of

_STANDARD_TRAITS: Final = frozenset(
    [
        "Add",
        "AddAssign",
        "AsRef",
        "Borrow",
        "Clone",
        "Debug",
        "Default",
        "Deref",
        "DerefMut",
        "Display",
        "Drop",
        "Eq",
        "Error",
        "Extend",
        "From",
        "FromIterator",
        "FromStr",
        "Hash",
        "Index",
        "IndexMut",
        "IntoIterator",
        "Iterator",
        "Mul",
        "Neg",
        "Not",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Sub",
        "TryFrom",
        "Write",
    ]
)
_TYPES: Final = frozenset({"struct", "enum", "trait", "union"})
_BEFORE_FN: Final = frozenset({"const", "async", "unsafe", "extern", "default"})
_INTERPRETER: Final = "Python"
"""The type by which a binding's function is given the interpreter."""


@dataclass(frozen=True, slots=True)
class _Owner:
    name: str
    is_optional: bool


def rust_module(path: Path, root: Path, *, prefix: str = "") -> Module:
    """Read a module below ``root``; ``prefix`` is what its types carry in front of the reference's names."""
    source = path.read_text("utf-8")
    tokens = tokens_of(source)
    stem = path.relative_to(root).with_suffix("").as_posix()
    if path.name in ("mod.rs", "lib.rs"):
        stem = stem.rpartition("/")[0]
    return Module(
        path=path,
        stem=stem,
        items=tuple(_items(tokens, None, prefix)),
        no_twin=no_twin_reason(_documentation(source)),
        called=frozenset(_called(tokens)),
    )


def rust_modules(root: Path, *, prefix: str = "") -> list[Module]:
    """Read every module below ``root`` that is compiled outside tests."""
    tests = {test for path in root.rglob("*.rs") for test in _test_files(path)}
    paths = [path for path in sorted(root.rglob("*.rs")) if not _is_below(path, tests)]
    return [rust_module(path, root, prefix=prefix) for path in paths]


def _is_below(path: Path, tests: set[Path]) -> bool:
    return any(path == test or path.is_relative_to(test.with_suffix("")) for test in tests)


def _test_files(path: Path) -> Iterator[Path]:
    """Files of the modules that a file declares for tests only."""
    folder = path.parent if path.name in ("mod.rs", "lib.rs") else path.with_suffix("")
    tokens = tokens_of(path.read_text("utf-8"))
    for position, attributes in _starts(tokens):
        after = _past_visibility(tokens, position)
        if tokens[after].text == "mod" and tokens[after + 2].text == ";" and _is_test(attributes):
            name = tokens[after + 1].text
            yield from (folder / f"{name}.rs", folder / name / "mod.rs")
            yield from (path.parent / named for named in _path_attributes(attributes))


def _path_attributes(attributes: Sequence[Token]) -> Iterator[str]:
    for attribute in attributes:
        if attribute.inner[0].text == "path":
            yield attribute.inner[-1].literal.strip('"')


def _documentation(source: str) -> str:
    lines = [line.strip() for line in source.splitlines()]
    return "\n".join(line.removeprefix("//!").strip() for line in lines if line.startswith("//!"))


def _starts(tokens: Sequence[Token]) -> Iterator[tuple[int, list[Token]]]:
    """Where each item begins, and the attributes in front of it."""
    position = 0
    while position < len(tokens):
        attributes: list[Token] = []
        while position < len(tokens) and tokens[position].text == "#":
            position += 2 if tokens[position + 1].text == "!" else 1
            attributes.append(tokens[position])
            position += 1
        if position < len(tokens):
            yield position, attributes
            position = _past_item(tokens, position)


def _past_item(tokens: Sequence[Token], position: int) -> int:
    """An item ends with the first brace or semicolon; `const`, `static`, `use` and `type` with a semicolon."""
    after = _past_visibility(tokens, position)
    ends_with_semicolon = tokens[after].text in ("use", "static", "type", "let") or (
        tokens[after].text == "const" and tokens[after + 1].text not in ("fn", "unsafe", "async", "extern")
    )
    while after < len(tokens):
        text = tokens[after].text
        if text == ";" or (text == "{" and not ends_with_semicolon):
            return after + 1
        after += 1
    return after


def _past_visibility(tokens: Sequence[Token], position: int) -> int:
    if tokens[position].text != "pub":
        return position
    return position + (2 if tokens[position + 1].text == "(" else 1)


def _is_test(attributes: Sequence[Token]) -> bool:
    for attribute in attributes:
        words = list(_words(attribute.inner))
        if words[0] != "cfg_attr" and "test" in words and (words[0] != "cfg" or "not" not in words):
            return True
    return False


def _called(tokens: Sequence[Token]) -> Iterator[str]:
    """Words outside tests, imports and definitions."""
    for position, attributes in _starts(tokens):
        if not _is_test(attributes) and tokens[_past_visibility(tokens, position)].text != "use":
            yield from _named(tokens[position : _past_item(tokens, position)])


def _named(tokens: Sequence[Token]) -> Iterator[str]:
    before = ""
    for token in tokens:
        if token.inner:
            yield from _named(token.inner)
        elif token.text.isidentifier() and before != "fn":
            yield f".{token.text}" if before == "." else token.text
        before = token.text


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield from ([token.text] if not token.inner else _words(token.inner))


def _items(tokens: Sequence[Token], owner: _Owner | None, prefix: str, *, tests: bool = False) -> Iterator[Item]:
    for position, attributes in _starts(tokens):
        if _is_test(attributes) and not tests:
            continue
        start = _past_visibility(tokens, position)
        body = _body(tokens, start)
        word = tokens[start].text
        if word in _TYPES:
            named = _Owner(tokens[start + 1].text.removeprefix(prefix), is_optional=False)
            last = body.last_line if body else tokens[start].line
            lines = last - tokens[start].line + 1
            yield Item(kind="class", name=named.name, line=tokens[start].line, lines=lines)
            if word == "trait" and body:
                yield from _items(body.inner, named, prefix, tests=tests)
        elif word == "use" and start > position:
            yield from _reexported(tokens, start)
        elif word in ("impl", "unsafe") and body and (implemented := _implemented(tokens, start, prefix)):
            yield from _items(body.inner, implemented, prefix, tests=tests)
        elif word == "mod" and body and tests:
            yield from _items(body.inner, None, prefix, tests=True)
        elif (place := _fn_at(tokens, start)) is not None:
            yield _function(tokens, start, place, owner)


def _reexported(tokens: Sequence[Token], start: int) -> Iterator[Item]:
    """Types of another module that a reader finds under this one's path too."""
    end = next(place for place in range(start, len(tokens)) if tokens[place].text == ";")
    for name in _words(tokens[start:end]):
        if name[:1].isupper():
            yield Item(kind="class", name=name, line=tokens[start].line, is_optional=True)


def _body(tokens: Sequence[Token], start: int) -> Token | None:
    for token in tokens[start:]:
        if token.text == "{":
            return token
        if token.text == ";":
            return None
    return None


def _fn_at(tokens: Sequence[Token], start: int) -> int | None:
    position = start
    while tokens[position].text in _BEFORE_FN or (tokens[position].text == "" and position > start):
        position += 1
    return position if tokens[position].text == "fn" else None


def _implemented(tokens: Sequence[Token], start: int, prefix: str) -> _Owner | None:
    """The type that an `impl` is about; methods of a standard trait need no twin."""
    position = start + (tokens[start].text == "unsafe")
    if tokens[position].text != "impl":
        return None
    position = _past_angles(tokens, position + 1)
    paths: list[str] = [""]
    while tokens[position].text not in ("{", "where"):
        if tokens[position].text == "<":
            position = _past_angles(tokens, position)
            continue
        if tokens[position].text == "for":
            paths.append("")
        elif tokens[position].text.isidentifier():
            paths[-1] = tokens[position].text
        position += 1
    is_standard = len(paths) > 1 and paths[0] in _STANDARD_TRAITS
    return _Owner(paths[-1].removeprefix(prefix), is_optional=is_standard)


def _past_angles(tokens: Sequence[Token], position: int) -> int:
    if tokens[position].text != "<":
        return position
    depth = 0
    while True:
        depth += {"<": 1, ">": -1}.get(tokens[position].text, 0)
        position += 1
        if depth == 0:
            return position


def _function(tokens: Sequence[Token], start: int, place: int, owner: _Owner | None) -> Item:
    name = tokens[place + 1].text
    arguments = tokens[_past_angles(tokens, place + 2)]
    body = _body(tokens, place)
    last = body.last_line if body else arguments.last_line
    return Item(
        kind="function" if owner is None else "method",
        name=name.strip("_"),
        parameters=tuple(_parameters(arguments.inner)),
        owner=owner.name if owner else None,
        line=tokens[start].line,
        lines=last - tokens[start].line + 1,
        is_optional=owner is not None and owner.is_optional,
    )


def _parameters(tokens: Sequence[Token]) -> Iterator[str]:
    for part in _split(tokens):
        words = [token for token in part if token.text not in ("&", "mut", "ref", "")]
        if words and words[0].text == "#":
            words = words[2:]
        if not words or words[0].text == "self":
            continue
        colon = next(place for place, token in enumerate(words) if token.text == ":")
        if words[colon + 1].text == _INTERPRETER:
            continue
        yield _pattern(words[0])


def _pattern(token: Token) -> str:
    if token.text == "(":
        return f"({', '.join(word for word in _words(token.inner) if word != ',')})"
    return token.text.strip("_") or "_"


def _split(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Split at the commas that stand in no angle bracket."""
    depth = 0
    part: list[Token] = []
    for token in tokens:
        depth += {"<": 1, ">": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def rust_functions(path: Path) -> Iterator[Item]:
    """Every function of a file, tests too, but none that stands inside another."""
    for item in _items(tokens_of(path.read_text("utf-8")), None, "", tests=True):
        if item.kind != "class":
            yield item
