"""The one guard: whatever a foreign object, library or file raises becomes an error of the contract (X-4)."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import pyarrow as pa

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error

P = ParamSpec("P")
R = TypeVar("R")

_LONGEST_TEXT: Final = 500
_CALLBACK: Final = "on_progress"
_CODES: Final[tuple[tuple[type[BaseException], ErrorCode], ...]] = (
    (MemoryError, ErrorCode.OUT_OF_MEMORY),
    (RecursionError, ErrorCode.LIMIT_EXCEEDED),
    (FileNotFoundError, ErrorCode.NOT_FOUND),
    (PermissionError, ErrorCode.PERMISSION_DENIED),
    (TimeoutError, ErrorCode.TIMEOUT),
    (OSError, ErrorCode.IO_ERROR),
    (OverflowError, ErrorCode.OUT_OF_BOUNDS),
    (pa.ArrowException, ErrorCode.FFI_TYPE_CONVERSION),
    (UnicodeError, ErrorCode.INVALID_ARGUMENT),
    (TypeError, ErrorCode.TYPE_MISMATCH),
    (ValueError, ErrorCode.INVALID_ARGUMENT),
    (AttributeError, ErrorCode.TYPE_MISMATCH),
)
"""The first class that fits; what fits none is an internal error."""
_CODES_OF_NUMBERS: Final = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ErrorCode.DISK_FULL),
    errno.EROFS: ErrorCode.PERMISSION_DENIED,
    **dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOLCK), ErrorCode.RESOURCE_EXHAUSTED),
}
"""Numbers of the operating system that its classes do not tell apart: no room, a read-only file system, no handles."""


def guarded(column: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only errors of the contract, and those of the caller's own callback, out of a public function.

    Parameters
    ----------
    column : str
        What the error names where nothing nearer to the fault did.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            own: list[BaseException] = []
            given = kwargs.get(_CALLBACK)
            if given is not None:
                kwargs[_CALLBACK] = _recording(given, own)
            try:
                return function(*args, **kwargs)
            except OmegaError:
                raise
            except BaseException as error:
                if not is_foreign(error) or any(error is mine for mine in own) or _is_wrong_call(error):
                    raise
                raise coded(error, column) from error

        return call

    return decorate


def coded(
    error: BaseException,
    column: str | None,
    *,
    code: ErrorCode | None = None,
    row: int | None = None,
    value: ContextValue = None,
) -> OmegaError:
    """Turn a foreign exception into the contract's; ``code`` where the place knows better than its class."""
    return omega_error(
        code or code_of(error),
        f"{type(error).__name__}: {text_of(error)}",
        rule="X-4",
        column=column,
        row=row,
        value=value,
    )


def code_of(error: BaseException) -> ErrorCode:
    """Find the code for a foreign exception."""
    if _is_panic(error):
        return ErrorCode.FFI_PANIC_CAUGHT
    if isinstance(error, OSError) and error.errno in _CODES_OF_NUMBERS:
        return _CODES_OF_NUMBERS[error.errno]
    return next((code for kind, code in _CODES if isinstance(error, kind)), ErrorCode.INTERNAL_ERROR)


def text_of(thing: object) -> str:
    """Return the text of an object, short and printable, whatever its ``__str__`` does."""
    try:
        text = str(thing)
    except Exception:  # a foreign method
        return "(without a readable text)"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def plain_value(value: object) -> ContextValue:
    """Reduce an offending value to what an error carries: numbers as they are, anything else as its short text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    has_own_text = type(value).__str__ is not object.__str__ or type(value).__repr__ is not object.__repr__
    return text_of(value) if has_own_text else type(value).__name__


def _recording(callback: object, own: list[BaseException]) -> Callable[[int, int], Any]:
    if not callable(callback):
        message = f"{_CALLBACK} must be callable, not {type(callback).__name__}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="L-2", column=_CALLBACK)

    def record(done: int, total: int) -> Any:
        try:
            return callback(done, total)
        except BaseException as error:
            own.append(error)
            raise

    return record


def is_foreign(error: BaseException) -> bool:
    """Say whether an exception is one to be coded: not Ctrl-C, not the end of the process."""
    return isinstance(error, Exception) or _is_panic(error)


def _is_panic(error: BaseException) -> bool:
    # PyO3 lets a panic of another extension out as a BaseException.
    return type(error).__name__ == "PanicException"


def _is_wrong_call(error: BaseException) -> bool:
    """Say whether the call itself has the wrong arguments: nothing of the function ran."""
    inner = error.__traceback__.tb_next if error.__traceback__ is not None else None
    return isinstance(error, TypeError) and inner is None
