"""Arguments of public calls that must be a number, a whole number, a text or a path: 1004 for what is none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from omega.boundary.guard import plain_value
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, OmegaError, omega_error


def number(name: str, value: object, *, rule: str) -> int | float:
    """Take a number, NumPy's too (T-8b); a truth value is none."""
    plain = plain_scalar(value)
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise _wrong(name, value, "a number", rule)
    return plain


def whole_number(name: str, value: object, *, rule: str) -> int:
    """Take a whole number, NumPy's too (T-8b); a truth value is none."""
    plain = plain_scalar(value)
    if isinstance(plain, bool) or not isinstance(plain, int):
        raise _wrong(name, value, "a whole number", rule)
    return plain


def whole_numbers(name: str, value: object, *, rule: str) -> tuple[int, ...]:
    """Take a list of whole numbers, at least one (1001)."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise _wrong(name, value, "a list of whole numbers", rule)
    found = tuple(whole_number(name, one, rule=rule) for one in value)
    if not found:
        message = f"{name} is empty; name at least one, or leave it out"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule=rule, column=name)
    return found


def text_or_none(name: str, value: object, *, rule: str) -> str | None:
    """Take a text, or nothing."""
    plain = plain_scalar(value)
    if plain is not None and not isinstance(plain, str):
        raise _wrong(name, value, "a text", rule)
    return plain


def path_of(given: str | Path, *, rule: str, column: str = "path") -> Path:
    """Take a path; an empty one, which would be the folder one stands in, is none."""
    if given == "":
        message = "the path is empty; name a file or a folder"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule=rule, column=column, value="")
    return Path(given)


def _wrong(name: str, value: object, wanted: str, rule: str) -> OmegaError:
    message = f"{name} must be {wanted}, not {type(value).__name__}"
    return omega_error(ErrorCode.TYPE_MISMATCH, message, rule=rule, column=name, value=plain_value(value))
