"""Documents in: YAML 1.2, JSON and TOML as plain Python values; a key that stands twice is refused with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from omega.boundary.documents import check_aliases, check_document
from omega.boundary.limits import check
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.files import file_error, read_bytes
from omega.data.times import is_too_fine

_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_YAML_NUMBER_OF_1_1: Final = re.compile(r"_|^[-+]?0b")
"""Digits with underscores and binary numbers: YAML 1.2 knows neither, and reads them as text."""
_TOML_TEXT: Final = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*""", re.DOTALL
)
"""Texts and comments of TOML."""
_TOML_TIME: Final = re.compile(r"\d\d:\d\d:\d\d\.\d+")


def read_document(path: Path) -> object:
    """Read a YAML, JSON or TOML file.

    Numbers of YAML are those of version 1.2: ``1:30`` and ``1_000`` are text, ``010`` is ten.

    Raises
    ------
    OmegaError
        1009 when the suffix is another, the content is not of that format, or a key stands twice in a mapping; 6004
        for more than a limit allows; and as
        :func:`omega.data.files.read_bytes`.
    """
    parse = _parser_of(path)
    content = read_bytes(path)
    check("document_bytes", f"bytes of {path.name}", len(content), column="path")
    try:
        document = parse(content.decode("utf-8-sig"))
        check_document(document, path.name)
        return document
    except OmegaError:
        raise
    except _KeyGivenTwiceError as error:
        raise _given_twice(path, error) from None
    except Exception as error:  # the parsers share no exception class
        raise file_error(ErrorCode.INVALID_FORMAT, f"{path.name} is not readable: {error}", path) from None


class _KeyGivenTwiceError(Exception):
    """A key that stands twice in one mapping; the line counts from 1."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


def _given_twice(path: Path, error: _KeyGivenTwiceError) -> OmegaError:
    return omega_error(
        ErrorCode.INVALID_FORMAT,
        f"{path.name}, line {error.line}: the key {error.key!r} is given a second time; keep one of them",
        rule="X-1",
        column=error.key,
        value=str(path),
    )


def _parser_of(path: Path) -> Callable[[str], object]:
    match path.suffix.lower():
        case ".json":
            return _parse_json
        case ".toml":
            return _parse_toml
        case ".yaml" | ".yml":
            return _parse_yaml
    raise file_error(ErrorCode.INVALID_FORMAT, f"{path.name} must end in .yaml, .yml, .json or .toml", path)


def _parse_yaml(text: str) -> object:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.resolver import VersionedResolver

    class Resolver(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            tag = super().resolve(kind, value, implicit)
            is_number = str(tag).endswith((":int", ":float"))
            # A time that is too fine would be rounded here; as text the configuration refuses it with its key.
            is_text = (is_number and _YAML_NUMBER_OF_1_1.search(value)) or (
                str(tag).endswith(":timestamp") and is_too_fine(value)
            )
            return self.DEFAULT_SCALAR_TAG if is_text else tag

    if "*" in text:
        check_aliases(YAML(typ="safe", pure=True).parse(text), "document")
    parser = YAML(typ="safe", pure=True)
    parser.Resolver = Resolver
    try:
        return parser.load(text)
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "(.*?)" with value', str(error.problem), re.DOTALL)
        raise _KeyGivenTwiceError(key.group(1) if key else "", error.problem_mark.line + 1) from None


def _parse_toml(text: str) -> object:
    document = tomllib.loads(text)  # refuses a second key itself, with its line; cuts off what is finer than µs
    for time in _TOML_TIME.findall(_TOML_TEXT.sub(" ", text)):
        if is_too_fine(time):
            message = f"the time {time} is no whole microsecond; round it"
            raise omega_error(ErrorCode.CONSTRAINT_VIOLATION, message, rule="T-1", column="document", value=time)
    return document


def _parse_json(text: str) -> object:
    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _json_key_given_twice(text)
        return found

    return json.loads(text, object_pairs_hook=mapping)


def _json_key_given_twice(text: str) -> _KeyGivenTwiceError:
    """Find the first key that stands twice in one object of ``text``, which is known to have one."""
    objects: list[set[str]] = []
    line, seen = 1, 0
    last = ""
    for token in _JSON_TOKEN.finditer(text):
        match token.group():
            case "{" | "[":
                objects.append(set())
            case "}" | "]":
                objects.pop()
            case ":":
                key: str = json.loads(last)
                if key in objects[-1]:
                    return _KeyGivenTwiceError(key, line)
                objects[-1].add(key)
            case found:
                last = found
                line, seen = line + text.count("\n", seen, token.start()), token.start()
    raise AssertionError("no key stands twice")
