"""Limits on what one input may ask for (X-5); each has a name by which a user raises it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from omega.boundary.guard import text_of
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, OmegaError, omega_error

DEFAULTS: Final[Mapping[str, int]] = {
    "rows": 100_000_000,
    "columns": 4_096,
    "chunks": 65_536,
    "text_bytes": 65_536,
    "expanded_bytes": 67_108_864,
    "document_bytes": 262_144,
    "nesting": 64,
    "values": 100_000,
}
"""Rows, columns and chunks of a table; bytes of one text; bytes that a file under a 64th of it may become in memory;
bytes of a YAML, JSON or TOML file, its depth, and its values once every alias is written out."""

EXPANSION: Final = 64
"""A file may become so many times its size, or ``expanded_bytes`` where that is more."""

_MOST: Final = 2**63 - 1
_PREFIX: Final = "OMEGA_LIMIT_"
_overrides: ContextVar[Mapping[str, int]] = ContextVar("omega_limits")
_settings: dict[str, int] = {}


def limit(name: str) -> int:
    """Return a limit as it is now: :func:`override_limits` > :func:`set_limit` > ``OMEGA_LIMIT_<NAME>`` > default.

    Raises
    ------
    OmegaError
        1001 or 1004 for a variable that is no whole number ≥ 1.
    """
    for source in (_overrides.get({}), _settings):
        if name in source:
            return source[name]
    variable = _PREFIX + name.upper()
    text = os.environ.get(variable)
    if text is None:
        return DEFAULTS[name]
    return _checked(variable, int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text)


def set_limit(name: str, value: int | None) -> None:
    """Set a limit for this process; None takes the setting back.

    Raises
    ------
    OmegaError
        1001 for an unknown name, 1001 or 1004 for a value that is no whole number ≥ 1.
    """
    _check_name(name)
    if value is None:
        _settings.pop(name, None)
    else:
        _settings[name] = _checked(name, value)


@contextmanager
def override_limits(**values: int) -> Iterator[None]:
    """Set limits for a block of this thread or task."""
    checked = {}
    for name, value in values.items():
        _check_name(name)
        checked[name] = _checked(name, value)
    token = _overrides.set({**_overrides.get({}), **checked})
    try:
        yield
    finally:
        _overrides.reset(token)


def exceeded(
    name: str, what: str, found: int, *, column: str | None = None, row: int | None = None, allowed: int | None = None
) -> OmegaError:
    """Build the refusal of ``found`` where the limit ``name`` allows less; it says how to raise it."""
    most = limit(name) if allowed is None else allowed
    message = (
        f"{what}: {found:,} where the limit `{name}` allows {most:,}; if it is meant, raise it with "
        f"omega.config.set_limit({name!r}, …) or {_PREFIX}{name.upper()}"
    )
    return omega_error(ErrorCode.LIMIT_EXCEEDED, message, rule="X-5", column=column, row=row, value=found)


def check(name: str, what: str, found: int, *, column: str | None = None) -> None:
    """Refuse ``found`` beyond the limit ``name``.

    Raises
    ------
    OmegaError
        6004 LIMIT_EXCEEDED.
    """
    if found > limit(name):
        raise exceeded(name, what, found, column=column)


def check_expansion(file_bytes: int, memory_bytes: int, *, column: str | None = None) -> None:
    """Refuse a file that becomes far more in memory than it is.

    Raises
    ------
    OmegaError
        6004 LIMIT_EXCEEDED.
    """
    allowed = max(limit("expanded_bytes"), EXPANSION * file_bytes)
    if memory_bytes > allowed:
        what = f"a file of {file_bytes:,} bytes becomes more than its data can be, in bytes"
        raise exceeded("expanded_bytes", what, memory_bytes, column=column, allowed=allowed)


def _check_name(name: str) -> None:
    if name not in DEFAULTS:
        message = f"{name!r} is no limit; there are {', '.join(DEFAULTS)}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="X-5", column="limit", value=str(name))


def _checked(name: str, value: object) -> int:
    value = plain_scalar(value)
    if isinstance(value, bool) or not isinstance(value, int):
        code = ErrorCode.TYPE_MISMATCH
    elif not 1 <= value <= _MOST:
        code = ErrorCode.INVALID_ARGUMENT
    else:
        return value
    message = f"{name} must be a whole number in 1 … {_MOST}"
    shown = value if isinstance(value, str) or (isinstance(value, int) and abs(value) <= _MOST) else text_of(value)
    raise omega_error(code, message, rule="X-5", column=name, value=shown)
