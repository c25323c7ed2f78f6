"""Indicator series of one set of bars, each computed once and kept up to a limit of bytes (I-17, Q-I17b)."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from omega.boundary.arguments import whole_number
from omega.boundary.guard import guarded, text_of
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import IndicatorParameter
from omega.serve.control import settle
from omega.serve.planning import plan_run
from omega.serve.tasks import indicator_task

if TYPE_CHECKING:
    from omega.data.bars import Bars
    from omega.flags.plan import Serving

Array = npt.NDArray[np.float64]
Series = Array | tuple[Array, ...]
MAX_BYTES: Final = 256 * 2**20
_COMPONENTS: Final = ("indicator_cache",)


class IndicatorCache:
    """Indicator series of one set of bars: computed when they are first asked for, then handed out as they are.

    Any number of threads may ask at once; what several ask for at the same time is computed once.

    Parameters
    ----------
    bars : Bars
    backend : {"python", "rust"}, optional
        Otherwise the flag INDICATOR_CACHE decides, once.
    max_bytes : int
        What the kept series may take, 256 MiB unless given: the one least recently asked for goes first. A series that
        is larger than this is computed whenever it is asked for.

    Attributes
    ----------
    backend : {"python", "rust"}
        The side that serves, decided when the cache was made; the other one computes too, or steps in, as the flag says
        (F-2, F-5).
    hits, misses, evictions : int
        Series that were there, that were computed, and that went.
    kept_bytes : int
        What the kept series take.

    Raises
    ------
    OmegaError
        1003 or 1004 for a limit that is no whole number ≥ 0; 1007 for a backend that cannot serve.

    Examples
    --------
    >>> import omega
    >>> cache = omega.sample_bars(300, backend="python").indicators(backend="python")
    >>> cache("sma", period=20) is cache("sma", period=20)
    True
    >>> cache.hits, cache.misses, cache.kept_bytes
    (1, 1, 2400)
    """

    def __init__(self, bars: Bars, backend: str | None = None, max_bytes: int = MAX_BYTES) -> None:
        most = whole_number("max_bytes", max_bytes, rule="I-17")
        if most < 0:
            message = f"max_bytes: at least 0 bytes can be kept, not {most}"
            raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="I-17", column="max_bytes", value=most)
        self._serving = plan_run(_COMPONENTS, backend=backend).serving("indicator_cache")
        self.backend = self._serving.served["indicator_cache"]
        self.hits = self.misses = self.evictions = self.kept_bytes = 0
        self._max_bytes = most
        self._bars = bars
        self._kept: OrderedDict[object, Series] = OrderedDict()
        self._begun: dict[object, Future[Series]] = {}
        self._lock = Lock()

    def __call__(self, name: str, side: Literal["bid", "ask"] = "bid", **params: IndicatorParameter) -> Series:
        """Return what :func:`omega.indicator` does: the same arrays every time, which cannot be written.

        Raises
        ------
        OmegaError
            As :func:`omega.indicator`.
        """
        # 1, 1.0 and True are equal, and not the same parameter.
        key = (name, side, *params.items(), *map(type, params.values()))
        try:
            with self._lock:
                return self._found(key)
        except Exception:  # it is not there, or no value to look up
            return self._computed(key, name, side, params)

    def __len__(self) -> int:
        return len(self._kept)

    def _found(self, key: object) -> Series:
        series = self._kept[key]
        self._kept.move_to_end(key)
        self.hits += 1
        return series

    @guarded("parameters")
    def _computed(self, key: object, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
        plain = _plain(params)
        try:
            with self._lock:
                if key in self._kept:  # another thread was done in between
                    return self._found(key)
                begun = self._begun.get(key)
                if begun is None:
                    mine = self._begun[key] = Future()
        except Exception:  # no value to look up: it is none of a parameter either
            return self._series(name, side, plain)
        if begun is not None:
            series = begun.result()
            with self._lock:
                self.hits += 1
            return series
        try:
            series = self._series(name, side, plain)
        except BaseException as error:
            with self._lock:
                del self._begun[key]
            mine.set_exception(error)
            raise
        with self._lock:
            self._keep(key, series)
            del self._begun[key]
        mine.set_result(series)
        return series

    def _series(self, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
        return _served(self._serving, self._bars, name, side, params)

    def _keep(self, key: object, series: Series) -> None:
        self.misses += 1
        size = _size(series)
        if size > self._max_bytes:
            return
        self._kept[key] = series
        self.kept_bytes += size
        while self.kept_bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.kept_bytes -= _size(oldest)
            self.evictions += 1


def compute_once(
    bars: Bars, name: str, side: Literal["bid", "ask"], backend: str | None, params: dict[str, Any]
) -> Series:
    """Compute a series that nobody keeps; see :func:`omega.indicator`."""
    serving = plan_run(_COMPONENTS, backend=backend).serving("indicator_cache")
    return _served(serving, bars, name, side, _plain(params))


def _served(serving: Serving, bars: Bars, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
    arrays = settle(serving, indicator_task(bars, name, side, params)).value
    for array in arrays:
        array.flags.writeable = False
    return arrays[0] if len(arrays) == 1 else arrays


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Take NumPy's scalars for the numbers that they are; a name that is no text is no parameter's."""
    for name in parameters:
        if not name.isascii() and text_of(name) != name:
            message = f"the parameter name {name!r} is no text"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="I-17", column=text_of(name))
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in parameters.items()}


def _size(series: Series) -> int:
    return series.nbytes if isinstance(series, np.ndarray) else sum(array.nbytes for array in series)
