"""The values of a flag (F-2), and where a value may come from (F-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error

FlagValue = Literal["false", "shadow", "verify", "auto", "true", "always"]
Origin = Literal[
    "backend argument", "override", "set_feature_flag", "environment", "flag source", "configuration", "default"
]
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
"""Where a value may come from, strongest first."""

_SYNONYMS: Final[Mapping[str, FlagValue]] = {
    "false": "false",
    "0": "false",
    "off": "false",
    "python": "false",
    "shadow": "shadow",
    "verify": "verify",
    "auto": "auto",
    "true": "true",
    "1": "true",
    "on": "true",
    "rust": "true",
    "always": "always",
}
CHOICES: Final = "false (0, off, python), shadow, verify, auto, true (1, on, rust), always"
FORCED: Final[frozenset[FlagValue]] = frozenset({"true", "always"})
"""Rust or an error."""
COMPARED: Final[frozenset[FlagValue]] = frozenset({"shadow", "verify"})
"""Both sides, compared."""
ARGUMENT: Final[Origin] = "backend argument"
"""Who asks by it sets no flag."""


@dataclass(frozen=True, slots=True)
class FlagSetting:
    """A flag's value and where it came from; ``note`` says what was the matter with another source."""

    value: FlagValue
    origin: Origin
    note: str = ""


def parse_value(name: str, value: object) -> FlagValue:
    """Read a flag's value (F-2).

    Parameters
    ----------
    name : str
        The spelling the user used, for the message.
    value : str or bool
        Case does not matter, everything else does: ``"OFF "`` and ``""`` are errors.

    Raises
    ------
    OmegaError
        TYPE_MISMATCH, or INVALID_ARGUMENT naming value and choices.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        message = f"{name} must be text or a bool, not {type(value).__name__}"
        raise _refusal(ErrorCode.TYPE_MISMATCH, name, message, value if isinstance(value, int | float) else None)
    # ASCII only: lower() maps the Kelvin sign and its like to letters that look right.
    lowered = value.lower() if value.isascii() else value
    parsed = _SYNONYMS.get(lowered)
    if parsed is None:
        raise _refusal(ErrorCode.INVALID_ARGUMENT, name, f"{name}={value!r} is not a value of a feature flag", value)
    return parsed


def _refusal(code: ErrorCode, name: str, message: str, value: ContextValue) -> OmegaError:
    return omega_error(code, f"{message}; choices: {CHOICES}", rule="F-2", column=name, value=value)
