"""What one side did with one input: an output, or the way in which it failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from omega.contract.errors import ContextValue, OmegaError
from omega.contract.protocols import RunOutput


class Absent(Enum):
    """The value of a field that is not there at all, as opposed to one that is null (N-3)."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

Value = float | int | str | bytes | bool | list[object] | dict[object, object] | None | Absent
"""One compared value; times are int µs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as an outcome; everything but the message takes part in the comparison.

    Attributes
    ----------
    error : str
        Class of the exception.
    code : int or None
        Code of X-1; None for an exception that is not an ``OmegaError``, which no rule allows on either side.
    """

    error: str
    code: int | None
    message: str
    rule: str | None = None
    column: str | None = None
    row: int | None = None
    value: ContextValue = None

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Record ``error``."""
        name = type(error).__name__
        if not isinstance(error, OmegaError):
            return cls(error=name, code=None, message=str(error))
        return cls(
            error=name,
            code=int(error.code),
            message=error.message,
            rule=error.rule,
            column=error.column,
            row=error.row,
            value=error.value,
        )

    def __str__(self) -> str:
        code = "not an OmegaError" if self.code is None else str(self.code)
        context = {"rule": self.rule, "column": self.column, "row": self.row, "value": self.value}
        named = ", ".join(f"{name} {field!r}" for name, field in context.items() if field is not None)
        return f"{self.error} [{code}] {self.message}" + (f" ({named})" if named else "")


Outcome = RunOutput | Failure
