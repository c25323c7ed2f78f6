"""Rust source as tokens in nested brackets; strings, comments and lifetimes cannot be mistaken for code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*)
  | (?P<block>/\*)
  | (?P<raw>(?:b|c|br|cr)?r(?P<hashes>\#*)")
  | (?P<text>(?:b|c)?"(?:[^"\\]|\\.)*")
  | (?P<char>b?'(?:[^'\\\n]|\\x[0-9a-fA-F]{2}|\\u\{[^}]*\}|\\.)')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<word>(?:r\#)?[^\W\d]\w*)
  | (?P<number>\d(?:[\w]|\.(?=\d))*)
  | (?P<mark>->|=>|::|\.\.=?|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


class RustSyntaxError(ValueError):
    """The source is not what the tokenizer expects."""


@dataclass(slots=True)
class Token:
    """A word, a mark, or a whole bracket with what is in it.

    A bracket's ``text`` is its opening mark and ``last_line`` the line of the closing one. Literals have an
    empty ``text``, so that nothing in them can be taken for code; what they say is in ``literal``.
    """

    text: str
    line: int
    last_line: int
    inner: list[Token] = field(default_factory=list)
    literal: str = ""


def tokens_of(source: str) -> list[Token]:
    """Read a file.

    Raises
    ------
    RustSyntaxError
        For brackets that do not match and comments or strings that do not end; names the line.
    """
    root: list[Token] = []
    levels = [root]
    opened: list[Token] = []
    for text, literal, line in _flat(source):
        if text in _CLOSING:
            bracket = Token(text, line, line)
            levels[-1].append(bracket)
            levels.append(bracket.inner)
            opened.append(bracket)
        elif text and text in ")]}":
            if not opened or _CLOSING[opened[-1].text] != text:
                raise RustSyntaxError(f"line {line}: {text} closes nothing")
            opened.pop().last_line = line
            levels.pop()
        else:
            levels[-1].append(Token(text, line, line, literal=literal))
    if opened:
        raise RustSyntaxError(f"line {opened[-1].line}: {opened[-1].text} is not closed")
    return root


def _flat(source: str) -> Iterator[tuple[str, str, int]]:
    position, line = 0, 1
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise RustSyntaxError(f"line {line}: cannot read {source[position : position + 20]!r}")
        kind, end = match.lastgroup, match.end()
        if kind == "block":
            end = _end_of_comment(source, position, line)
        elif match["raw"] is not None:
            kind, end = "text", _end_of_raw_string(source, match, line)
        if kind in ("word", "mark"):
            yield match[0].removeprefix("r#"), "", line
        elif kind in ("text", "char", "number", "lifetime"):
            yield "", source[position:end], line
        line += source.count("\n", position, end)
        position = end


def _end_of_comment(source: str, start: int, line: int) -> int:
    depth = 0
    for match in re.finditer(r"/\*|\*/", source[start:]):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return start + match.end()
    raise RustSyntaxError(f"line {line}: the comment does not end")


def _end_of_raw_string(source: str, match: re.Match[str], line: int) -> int:
    closing = '"' + match["hashes"]
    end = source.find(closing, match.end())
    if end < 0:
        raise RustSyntaxError(f"line {line}: the string does not end")
    return end + len(closing)
