"""What is wrong with a configuration, as the contract's error: code, rule, dotted key and value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.settings.keys import rule_of, unknown_key

if TYPE_CHECKING:
    import pydantic
    from pydantic import BaseModel

_CODES: Final[Mapping[str, ErrorCode]] = {
    "extra_forbidden": ErrorCode.INVALID_ARGUMENT,
    "literal_error": ErrorCode.INVALID_ARGUMENT,
    "string_too_short": ErrorCode.INVALID_ARGUMENT,
    "missing": ErrorCode.MISSING_REQUIRED_FIELD,
    "time_format": ErrorCode.INVALID_FORMAT,
    "time_too_fine": ErrorCode.CONSTRAINT_VIOLATION,
    "volume_order": ErrorCode.CONSTRAINT_VIOLATION,
    "too_short": ErrorCode.CONSTRAINT_VIOLATION,
    "listed_twice": ErrorCode.CONSTRAINT_VIOLATION,
    "greater_than": ErrorCode.CONSTRAINT_VIOLATION,
    "greater_than_equal": ErrorCode.CONSTRAINT_VIOLATION,
    "less_than": ErrorCode.CONSTRAINT_VIOLATION,
    "less_than_equal": ErrorCode.CONSTRAINT_VIOLATION,
}
"""pydantic's error types; whatever is not here is a value of the wrong type."""


def as_omega_error(error: pydantic.ValidationError, model: type[BaseModel], prefix: str = "") -> OmegaError:
    """Turn pydantic's first finding into the contract's error: code, rule, dotted key and value."""
    findings = error.errors(include_url=False)
    # Of a union every member complains; the one that got deepest is the member the user meant.
    finding = max(findings, key=lambda item: (item["type"] == "extra_forbidden", len(item["loc"])))
    column = prefix + _dotted(finding["loc"], is_key=finding["type"] == "extra_forbidden")
    value = plain_value(finding.get("input"))
    code = _code_of(finding["type"], finding.get("input"), rule_of(column))
    message = f"{column}: {finding['msg'][0].lower()}{finding['msg'][1:]}"
    if finding["type"] in ("model_type", "model_attributes_type"):
        message = f"{column}: expected keys with values, `{column}: {{name: …}}`, found {value!r}"
        message = message if column == "strategy" else f"{column}: expected keys with values, found {value!r}"
    if code is ErrorCode.CONSTRAINT_VIOLATION and isinstance(value, int | float):
        message += _range_hint(model, finding["loc"])
    if finding["type"] == "extra_forbidden":
        message = unknown_key(column, model, prefix)
    return omega_error(code, message, rule=rule_of(column), column=column, value=value)


def _range_hint(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Both ends of the range of a number (T-10), where it has two."""
    parts: list[object] = [model]
    for name in location:
        fields = [part.model_fields[name] for part in _models(parts) if name in part.model_fields]
        parts = [entry for field in fields for entry in (field.annotation, *field.metadata)] or parts
    bounds = {
        name: getattr(entry, name)
        for part in parts
        for entry in (part, *_constraints(part))
        for name in ("ge", "gt", "le")
        if hasattr(entry, name)
    }
    least = bounds.get("ge", bounds.get("gt"))
    return f" (range {least:g} … {bounds['le']:g})" if least is not None and "le" in bounds else ""


def _models(parts: Iterable[object]) -> Iterator[type[BaseModel]]:
    for part in parts:
        if isinstance(part, type) and hasattr(part, "model_fields"):
            yield part
        yield from _models(getattr(part, "__args__", ()))


def _constraints(annotation: object) -> Iterator[object]:
    """What an annotation says of a value that may also be None or of another type."""
    for argument in getattr(annotation, "__args__", ()):
        for entry in getattr(argument, "__metadata__", ()):
            yield from getattr(entry, "metadata", ())


def _code_of(kind: str, value: object, rule: str) -> ErrorCode:
    if isinstance(value, float) and not math.isfinite(value):
        return ErrorCode.NAN_VALUE if math.isnan(value) else ErrorCode.INFINITE_VALUE
    code = _CODES.get(kind, ErrorCode.TYPE_MISMATCH)
    if value is None and code is ErrorCode.TYPE_MISMATCH:
        return ErrorCode.NULL_VALUE
    if code is ErrorCode.CONSTRAINT_VIOLATION and rule == "A-2" and isinstance(value, int):
        return ErrorCode.OUT_OF_BOUNDS  # a window's length (Q-N7)
    return code


_UNION_MEMBER: Final = re.compile(
    r"(list|dict|literal|function|constrained)\b.*|str|float|bool|int|\w+(Config|Section)"
)


def _dotted(location: tuple[int | str, ...], *, is_key: bool) -> str:
    """Join the keys, without the names pydantic adds for the members of a union; ``is_key``: the last is none."""
    *path, last = location or ("",)
    names = [part for part in path if isinstance(part, int) or not _UNION_MEMBER.fullmatch(part)]
    if is_key or isinstance(last, int) or not _UNION_MEMBER.fullmatch(last):
        names.append(last)
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in names).removeprefix(".")


def not_implemented(column: str, message: str, value: object, rule: str | None = None) -> OmegaError:
    """Refuse what is not built yet; the rule is that of the key unless given."""
    return omega_error(
        ErrorCode.NOT_IMPLEMENTED, message, rule=rule or rule_of(column), column=column, value=plain_value(value)
    )
