"""Indicators of one's own: registered under a name, asked for like those of chapter I (Q-I18b)."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.boundary.guard import code_of, is_foreign, plain_value, text_of
from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.contract.indicators import INDICATORS, LOCAL, find_indicator
from omega.contract.protocols import IndicatorParameter
from omega.data.bars import column_values

Floats = npt.NDArray[np.float64]
SeriesFunction = Callable[..., Any]
"""``function(prices, *, parameters)``: one value per bar, as a float64 array, or a tuple of them, one per output."""
_Function = TypeVar("_Function", bound=SeriesFunction)

_STEPWISE: Final = "_stepwise"
_COLUMNS: Final = ("open", "high", "low", "close")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN: Final = ("name", "bars", "side", "backend", "cuts")
"""What the calls that ask for an indicator take themselves."""


@dataclass(frozen=True, slots=True)
class Prices:
    """One side of the bars, as arrays of one length that cannot be written; times in µs since the epoch, UTC."""

    timestamp: npt.NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @classmethod
    def of(cls, table: pa.Table, side: str) -> Prices:
        """Take a side of bars (T-2); nothing is copied."""
        opened, high, low, close = (column_values(table, f"{side}_{name}") for name in _COLUMNS)
        return cls(column_values(table, "timestamp"), opened, high, low, close, column_values(table, "volume"))


class Stream(Protocol):
    """The streaming form of an indicator of one's own."""

    def push(self, high: float, low: float, close: float) -> float | tuple[float, ...]:
        """Return the value after a bar, or one for each output."""


@dataclass(frozen=True, slots=True, eq=False)
class Custom:
    """What was registered under a name; what registers anew is another one, whatever the functions are.

    Attributes
    ----------
    parameters : mapping
        Name → default, ``inspect.Parameter.empty`` where there is none.
    """

    name: str
    series: SeriesFunction
    rust: SeriesFunction | None
    stream: Callable[..., Stream] | None
    outputs: tuple[str, ...]
    parameters: Mapping[str, Any]

    @property
    def place(self) -> str:
        """``module:attribute`` of the series."""
        named = self.series if hasattr(self.series, "__qualname__") else type(self.series)
        return f"{named.__module__}:{named.__qualname__}"

    def checked(self, side: object, given: Mapping[str, Any]) -> dict[str, IndicatorParameter]:
        """Return the parameters with their defaults, or refuse the first that is wrong, as Q-I17 has it."""
        if side not in ("bid", "ask"):
            raise _refused(ErrorCode.INVALID_ARGUMENT, "side", side, "bid or ask")
        for unknown in sorted(given):
            if unknown not in self.parameters:
                wanted = f"{self.name} to be asked for with {', '.join(self.parameters) or 'no parameter'}"
                raise _refused(ErrorCode.INVALID_ARGUMENT, unknown, given[unknown], wanted)
        values = {**self.parameters, **given}
        for name, value in values.items():
            if value is inspect.Parameter.empty:
                raise _refused(ErrorCode.INVALID_ARGUMENT, name, None, "a value")
        for name in given:
            _check_value(name, given[name])
        return values

    def compute(self, function: SeriesFunction, prices: Prices, given: Mapping[str, Any]) -> tuple[Floats, ...]:
        """Return what ``function`` makes of one side of the bars, an array of one's own for each output.

        Raises
        ------
        OmegaError
            2000 for what it raises, which is the cause; 1004 for what is no float64 array, 1011 for one of another
            length or another number of them, 2005 for an infinite value.
        """
        what = f"the Rust twin of {self.name!r}" if function is self.rust else f"the indicator {self.name!r}"
        found = self.asked(what, partial(function, prices, **given))
        arrays = found if isinstance(found, tuple) else (found,)
        if len(arrays) != len(self.outputs):
            message = f"{what} must return {len(self.outputs)} arrays, here are {len(arrays)}"
            raise self.broken(ErrorCode.SIZE_MISMATCH, message, value=len(arrays))
        rows = len(prices.timestamp)
        pairs = zip(self.outputs, arrays, strict=True)
        return tuple(self._taken(f"{output!r} of {what}", array, rows) for output, array in pairs)

    def asked(self, what: str, call: Callable[[], Any]) -> Any:  # what a foreign function returns
        """Make a call of one of its functions; ``what`` names it in the error (2000, 5005)."""
        try:
            return call()
        except OmegaError:
            raise
        except BaseException as error:  # a panic of PyO3 is no Exception
            if not is_foreign(error):
                raise
            is_panic = code_of(error) is ErrorCode.FFI_PANIC_CAUGHT
            code = ErrorCode.FFI_PANIC_CAUGHT if is_panic else ErrorCode.COMPUTATION_FAILED
            raise self.broken(code, f"{what} raised {type(error).__name__}: {text_of(error)}") from error

    def _taken(self, what: str, found: object, rows: int) -> Floats:
        try:
            # Bytes are what a module gives that knows nothing of NumPy.
            array = np.frombuffer(found, np.float64) if isinstance(found, bytes) else np.asarray(found)
        except Exception as error:  # of a foreign object
            message = f"{what} is no array: {text_of(error)}"
            raise self.broken(ErrorCode.TYPE_MISMATCH, message, value=type(found).__name__) from error
        if array.dtype != np.float64:
            message = f"{what} must be float64, here is {array.dtype}"
            raise self.broken(ErrorCode.TYPE_MISMATCH, message, value=str(array.dtype))
        if array.shape != (rows,):
            message = f"{what} must have {rows} values, here is {array.shape}"
            raise self.broken(ErrorCode.SIZE_MISMATCH, message, value=str(array.shape))
        infinite = np.isinf(array)
        if infinite.any():
            row = int(np.argmax(infinite))
            message = f"{what} is infinite in row {row}; NaN says undefined"
            raise self.broken(ErrorCode.INFINITE_VALUE, message, row=row, value=float(array[row]))
        kept = np.array(array)  # nobody else writes to a copy
        kept.flags.writeable = False
        return kept

    def broken(
        self, code: ErrorCode, message: str, *, row: int | None = None, value: ContextValue = None
    ) -> OmegaError:
        """Return the error of something that it did."""
        return omega_error(code, message, rule="I-18", column=self.name, row=row, value=value)


class CustomStream:
    """The streaming form of an indicator of one's own at work.

    Raises
    ------
    OmegaError
        1001 where it has none, 2000 for what it raises.
    """

    def __init__(self, custom: Custom, given: Mapping[str, Any]) -> None:
        if custom.stream is None:
            wanted = "an indicator with a streaming form (register it with stream=)"
            raise _refused(ErrorCode.INVALID_ARGUMENT, "name", custom.name, wanted)
        self._custom = custom
        self._what = f"the streaming form of {custom.name!r}"
        begun: Stream = custom.asked(self._what, partial(custom.stream, **custom.checked("bid", given)))
        self._stream = begun

    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        """Return a value for each output after a bar.

        Raises
        ------
        OmegaError
            2000 for what it raises, 1004 for what is no float, 1011 for another number of them, 2005 for an infinite
            one.
        """
        custom = self._custom
        found = custom.asked(self._what, lambda: self._stream.push(high, low, close))
        values = found if isinstance(found, tuple) else (found,)
        if len(values) != len(custom.outputs):
            message = f"{self._what} must give {len(custom.outputs)} values, here are {len(values)}"
            raise custom.broken(ErrorCode.SIZE_MISMATCH, message, value=len(values))
        for value in values:
            if not isinstance(value, float):
                message = f"{self._what} must give floats, here is {type(value).__name__}"
                raise custom.broken(ErrorCode.TYPE_MISMATCH, message, value=plain_value(value))
            if math.isinf(value):
                message = f"{self._what} is infinite; NaN says undefined"
                raise custom.broken(ErrorCode.INFINITE_VALUE, message, value=value)
        return values


_registered: Final[dict[str, Custom]] = {}


def find_custom(name: object) -> Custom | None:
    """Find what is registered under a name."""
    return _registered.get(name) if isinstance(name, str) else None


def check_name(name: object) -> None:
    """Refuse a name that no indicator has; the list of the table alone would leave out what is registered (Q-I18c)."""
    if not _registered or (isinstance(name, str) and find_indicator(name) is not None):
        return  # the side that serves refuses it, with that list
    names = ", ".join([*(indicator.name for indicator in INDICATORS), *_registered])
    given = plain_value(name)
    message = f"name: expected one of {names}, got {given!r}"
    raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="I-17", column="name", value=given)


def register_indicator(
    name: str,
    series: _Function,
    *,
    rust: SeriesFunction | None = None,
    stream: Callable[..., Stream] | None = None,
    outputs: Sequence[str] = (),
) -> _Function:
    """Give an indicator of one's own a name, under which everything that takes one computes it.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores. Registering a name again replaces what it stood for; no cache hands
        out what the earlier one computed.
    series : callable
        ``series(prices, *, …)`` returns one float64 value per bar, NaN where undefined, or a tuple of arrays, one for
        each of ``outputs``. ``prices`` is an :class:`omega.Prices`; its keyword-only parameters are those of the
        indicator, with their defaults. It has to look back only: :func:`omega.check_indicator` says whether it does.
    rust : callable, optional
        Its twin, which takes and returns the same; bytes are taken as float64 in the machine's order. The flag
        INDICATOR_CACHE says which of the two computes; without a twin ``series`` serves on either side.
    stream : callable, optional
        ``stream(…)`` takes the same parameters and returns an object whose ``push(high, low, close)`` gives what the
        series has in that row.
    outputs : sequence of str
        Names of the outputs, where there are several.

    Returns
    -------
    callable
        ``series``.

    Raises
    ------
    OmegaError
        1001 for a name that is none or one of :func:`omega.indicators`, for parameters that are not keyword-only or
        that calls take themselves; 1004 for what cannot be called.

    Examples
    --------
    >>> import omega
    >>> def middle(prices, *, weight=0.5):
    ...     return prices.low + weight * (prices.high - prices.low)
    >>> _ = omega.register_indicator("middle", middle)
    >>> bars = omega.sample_bars(3, backend="python")
    >>> omega.indicator("middle", bars, backend="python", weight=0.0).tolist() == bars.table["bid_low"].to_pylist()
    True
    """
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise _refused(ErrorCode.INVALID_ARGUMENT, "name", name, "lower-case letters, digits and underscores")
    if find_indicator(name) is not None or name.endswith((LOCAL, _STEPWISE)):
        wanted = f"a name that no indicator has, and that does not end in {LOCAL} or {_STEPWISE}"
        raise _refused(ErrorCode.INVALID_ARGUMENT, "name", name, wanted)
    for column, function in (("series", series), ("rust", rust), ("stream", stream)):
        if not callable(function) and (column == "series" or function is not None):
            raise _refused(ErrorCode.TYPE_MISMATCH, column, function, "a function")
    named = tuple(outputs) if not isinstance(outputs, str) else (outputs,)
    if not all(isinstance(output, str) for output in named):
        raise _refused(ErrorCode.TYPE_MISMATCH, "outputs", named, "texts")
    _registered[name] = Custom(name, series, rust, stream, named or (name,), _parameters(name, series))
    return series


def _parameters(name: str, series: SeriesFunction) -> dict[str, Any]:
    try:
        _, *others = inspect.signature(series).parameters.values()
    except (TypeError, ValueError):
        raise _refused(ErrorCode.INVALID_ARGUMENT, "series", name, "a function of prices") from None
    for parameter in others:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or parameter.name in _TAKEN:
            wanted = f"{name} to take prices and keyword-only parameters, none of them called {', '.join(_TAKEN)}"
            raise _refused(ErrorCode.INVALID_ARGUMENT, "series", parameter.name, wanted)
    return {parameter.name: parameter.default for parameter in others}


def _check_value(name: str, value: object) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        code = ErrorCode.NAN_VALUE if math.isnan(value) else ErrorCode.INFINITE_VALUE
        raise _refused(code, name, value, "a finite number")
    if not isinstance(value, bool | int | float | str):
        raise _refused(ErrorCode.TYPE_MISMATCH, name, value, "a number, a text or a bool")


def _refused(code: ErrorCode, column: str, value: object, wanted: str) -> OmegaError:
    found = "nothing" if value is None else repr(plain_value(value))
    message = f"{column}: expected {wanted}, got {found}"
    return omega_error(code, message, rule="I-18", column=column, value=plain_value(value))
