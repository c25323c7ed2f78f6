"""The one error table (X-1) and the exception tree built on it (X-2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from omega.contract.times import EPOCH, MICROSECOND


class ErrorCode(IntEnum):
    """Numbers shared with Rust; a test keeps both tables equal."""

    OK = 0

    VALIDATION_FAILED = 1000
    INVALID_ARGUMENT = 1001
    NULL_VALUE = 1002
    OUT_OF_BOUNDS = 1003
    TYPE_MISMATCH = 1004
    SCHEMA_VIOLATION = 1005
    CONSTRAINT_VIOLATION = 1006
    INVALID_STATE = 1007
    MISSING_REQUIRED_FIELD = 1008
    INVALID_FORMAT = 1009
    EMPTY_INPUT = 1010
    SIZE_MISMATCH = 1011

    COMPUTATION_FAILED = 2000
    DIVISION_BY_ZERO = 2001
    OVERFLOW = 2002
    UNDERFLOW = 2003
    NAN_VALUE = 2004
    INFINITE_VALUE = 2005
    CONVERGENCE_FAILED = 2006
    NUMERICAL_INSTABILITY = 2007
    INSUFFICIENT_DATA = 2008

    IO_ERROR = 3000
    NOT_FOUND = 3001
    PERMISSION_DENIED = 3002
    SERIALIZATION_FAILED = 3003
    DESERIALIZATION_FAILED = 3004
    NETWORK_ERROR = 3005
    TIMEOUT = 3006
    DISK_FULL = 3007

    INTERNAL_ERROR = 4000
    NOT_IMPLEMENTED = 4001
    ASSERTION_FAILED = 4002
    UNREACHABLE = 4003
    INVARIANT_VIOLATED = 4004

    FFI_ERROR = 5000
    FFI_TYPE_CONVERSION = 5001
    FFI_BUFFER_OVERFLOW = 5002
    FFI_MEMORY = 5003
    FFI_SCHEMA_MISMATCH = 5004
    FFI_PANIC_CAUGHT = 5005

    RESOURCE_ERROR = 6000
    OUT_OF_MEMORY = 6001
    RESOURCE_EXHAUSTED = 6002
    RESOURCE_BUSY = 6003
    LIMIT_EXCEEDED = 6004


ContextValue = float | int | str | None

_TIMES: Final = ("timestamp", "expires_at", "start", "end")
"""What the names of columns and keys end with whose values are times in µs."""
_ROW_IS_BAD: Final = "mend or drop the row; `omega data check FILE` lists every breach"
_NULL_IN_ROW: Final = "fill the null or drop the row; `omega data check FILE` lists every breach"
_ABOUT_A_ROW: Final = (_ROW_IS_BAD, _NULL_IN_ROW)
_RATES_ARE_BAD: Final = "give the pair rates above 0, rising in time, of which one reaches each bar"
_NEXT_STEPS: Final = {
    ("T-2", ErrorCode.NULL_VALUE): _NULL_IN_ROW,
    (
        "T-2",
        ErrorCode.OUT_OF_BOUNDS,
    ): "divide nanoseconds by 1,000, multiply seconds by 1,000,000",
    ("T-2", ErrorCode.TYPE_MISMATCH): "convert the column: float64 prices and volume, times with a zone",
    ("T-2", ErrorCode.CONSTRAINT_VIOLATION): _ROW_IS_BAD,
    ("T-2", ErrorCode.NAN_VALUE): _ROW_IS_BAD,
    ("T-2", ErrorCode.INFINITE_VALUE): _ROW_IS_BAD,
    (
        "T-2",
        ErrorCode.MISSING_REQUIRED_FIELD,
    ): "name the column so; one side alone is bid= or ask=, with spread_pips=",
    (
        "T-4",
        ErrorCode.CONSTRAINT_VIOLATION,
    ): "name the timeframe that the bars have (timeframe=), or resample them",
    ("T-4", ErrorCode.INVALID_ARGUMENT): "name one of M1 M5 M15 M30 H1 H4 D1 (timeframe=)",
    ("T-6", ErrorCode.CONSTRAINT_VIOLATION): "mend the signal; signals are sorted by timestamp",
    ("T-6", ErrorCode.NULL_VALUE): "give the signal a value there, or leave it out",
    (
        "G-1",
        ErrorCode.CONSTRAINT_VIOLATION,
    ): "sort both sides by time, or raise max_missing_ratio=",
    ("C-6", ErrorCode.CONSTRAINT_VIOLATION): _RATES_ARE_BAD,
    ("C-6", ErrorCode.EMPTY_INPUT): "give the pair one rate, or a series that reaches from the first bar to the last",
    ("C-6", ErrorCode.NULL_VALUE): "give the pair a rate, in every row of a series, or leave the pair out",
    ("S-1", ErrorCode.INVALID_ARGUMENT): "give the rate of that pair under `rates`, or a tick_value of your own",
    ("G-4", ErrorCode.EMPTY_INPUT): "choose a start before the last bar",
    (
        "L-1a",
        ErrorCode.CONSTRAINT_VIOLATION,
    ): "sort the signals by timestamp; hand none over before its bar",
}
"""What to do next, by rule and code; the same whichever side refused."""


_ENVIRONMENT: Final = frozenset(
    {ErrorCode.PERMISSION_DENIED, ErrorCode.DISK_FULL}
    | {code for code in ErrorCode if code >= ErrorCode.INTERNAL_ERROR and code is not ErrorCode.NOT_IMPLEMENTED}
)


class OmegaError(Exception):
    """Base of every error Omega raises.

    Attributes
    ----------
    code : ErrorCode
    message : str
        What was expected and what was found, for a person.
    rule, column : str or None
        The contract's rule and the column (or argument, flag, config key) at fault.
    row : int or None
        Zero-based row of the input table.
    value : float, int, str or None
        The offending value itself, not its text.
    recoverable : bool
        Whether the object that raised accepts further calls.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        rule: str | None = None,
        column: str | None = None,
        row: int | None = None,
        value: ContextValue = None,
        recoverable: bool = True,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.rule = rule
        self.column = column
        self.row = row
        self.value = value
        self.recoverable = recoverable

    @property
    def context(self) -> dict[str, ContextValue]:
        """Rule, column, row and value, without those that do not apply."""
        fields = {"rule": self.rule, "column": self.column, "row": self.row, "value": self.value}
        return {name: field for name, field in fields.items() if field is not None}

    @property
    def shown(self) -> dict[str, str]:
        """The context as a person reads it: a time as a time, its number behind it."""
        shown = {name: repr(field) for name, field in self.context.items()}
        # Of a series of rates the column is the pair: of its values only the times are whole numbers (Q-C6).
        has_times = self.rule == "C-6" or (self.column is not None and self.column.endswith(_TIMES))
        is_time = has_times and self.code is not ErrorCode.TYPE_MISMATCH
        if is_time and type(self.value) is int and (self.row is not None or self.column in ("start", "end")):
            shown["value"] = _time_text(self.value)
        return shown

    @property
    def is_environment(self) -> bool:
        """Whether it is the fault of the machine or the installation, not the caller's."""
        return self.rule == "F-6" or self.code in _ENVIRONMENT

    @property
    def next_step(self) -> str | None:
        """What to do about it, where a rule and its code say enough."""
        step = None if self.rule is None else _NEXT_STEPS.get((self.rule, self.code))
        if step is _RATES_ARE_BAD and self.column == "rates_max_age":
            return None  # no rate is wrong; the message says the range
        return None if step in _ABOUT_A_ROW and self.row is None else step

    def __str__(self) -> str:
        context = ", ".join(f"{name} {field}" for name, field in self.shown.items())
        text = f"[{self.code.name} {int(self.code)}] {self.message}" + (f" ({context})" if context else "")
        return text if self.next_step is None else f"{text}; next: {self.next_step}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (int(self.code), self.message, self.context, self.recoverable))


class ValidationError(OmegaError, ValueError):
    """Codes 1000–1011: the input breaks a rule."""


class ComputationError(OmegaError, ValueError):
    """Codes 2000–2008: a number that must not be (NaN, infinity, too little data)."""


class DataError(OmegaError, OSError):
    """Codes 3000–3007: reading or writing failed."""


class InternalError(OmegaError):
    """Codes 4000–4004: not implemented yet, or a broken internal rule."""


class FfiError(OmegaError):
    """Codes 5000–5005: the language boundary, a contained panic included."""


class ResourceError(OmegaError):
    """Codes 6000–6004: memory, limits, busy."""


_CLASS_OF_RANGE: Final[dict[int, type[OmegaError]]] = {
    1: ValidationError,
    2: ComputationError,
    3: DataError,
    4: InternalError,
    5: FfiError,
    6: ResourceError,
}


def omega_error(
    code: int,
    message: str,
    *,
    rule: str | None = None,
    column: str | None = None,
    row: int | None = None,
    value: ContextValue = None,
    recoverable: bool = True,
) -> OmegaError:
    """Build the exception class that belongs to ``code``; the one constructor both sides use."""
    return _CLASS_OF_RANGE[code // 1000](
        ErrorCode(code),
        message,
        rule=rule,
        column=column,
        row=row,
        value=value,
        recoverable=recoverable,
    )


def _time_text(time: int) -> str:
    """Write µs since the epoch as a time, where the calendar has it, without asking for a zone."""
    try:
        moment = EPOCH + time * MICROSECOND
    except OverflowError:
        return f"{time} µs"
    return f"{moment.replace(tzinfo=None).isoformat()}Z ({time} µs)"


def _rebuild(code: int, message: str, context: dict[str, ContextValue], recoverable: bool) -> OmegaError:
    return omega_error(code, message, recoverable=recoverable, **context)  # type: ignore[arg-type]
