"""Indicator series of one set of bars, each computed once and kept up to a limit of bytes (I-17, Q-I17b)."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from functools import lru_cache
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from omega.boundary.arguments import whole_number
from omega.boundary.guard import guarded, text_of
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import IndicatorParameter
from omega.custom import find_custom
from omega.serve.control import settle
from omega.serve.planning import plan_run
from omega.serve.tasks import indicator_task

if TYPE_CHECKING:
    from omega.data.bars import Bars
    from omega.flags.plan import Serving

Array = npt.NDArray[np.float64]
Series = Array | tuple[Array, ...]
MAX_BYTES: Final = 256 * 2**20
_MOST_PLACES: Final = 65_536
"""Ways of asking that are remembered; one that is forgotten is computed anew."""
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
    misses, evictions : int
        Series that were computed, and that went.
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
        self.misses = self.evictions = self.kept_bytes = 0
        self._hit = count().__next__
        self._looks = 0
        self._max_bytes = most
        self._bars = bars
        self._places = lru_cache(_MOST_PLACES, typed=True)(_Place)
        self._kept: OrderedDict[_Place, None] = OrderedDict()
        self._begun: dict[_Place, Future[Series]] = {}
        self._lock = Lock()

    def __call__(self, name: str, side: Literal["bid", "ask"] = "bid", **params: IndicatorParameter) -> Series:
        """Return what :func:`omega.indicator` does: the same arrays every time, which cannot be written.

        Raises
        ------
        OmegaError
            As :func:`omega.indicator`.
        """
        # Without the lock, which takes as long as all else here: each step is one of the interpreter's, and a series
        # that goes meanwhile is computed again.
        try:
            place = self._places(name, side, **params)
            series = place.series
            self._kept.move_to_end(place)
            self._hit()
        except Exception:  # it is not there, or no value to look up
            return self._computed(name, side, params)
        return series

    @property
    def hits(self) -> int:
        """Series that were there."""
        with self._lock:
            self._looks += 1  # each look counts one on
            return self._hit() + 1 - self._looks

    def __len__(self) -> int:
        return len(self._kept)

    @guarded("parameters")
    def _computed(self, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
        plain = _plain(params)
        try:
            with self._lock:
                # What is registered anew under a name is another indicator.
                place = self._places(find_custom(name) or name, side, **params)
                if place in self._kept:  # another thread was done in between, or it is one of one's own
                    self._kept.move_to_end(place)
                    self._hit()
                    return place.series
                begun = self._begun.get(place)
                if begun is None:
                    mine = self._begun[place] = Future()
        except Exception:  # no value to look up: it is none of a parameter either
            return self._series(name, side, plain)
        if begun is not None:
            series = begun.result()
            self._hit()
            return series
        try:
            series = self._series(name, side, plain)
        except BaseException as error:
            with self._lock:
                del self._begun[place]
            mine.set_exception(error)
            raise
        with self._lock:
            self._keep(place, series)
            del self._begun[place]
        mine.set_result(series)
        return series

    def _series(self, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
        return _served(self._serving, self._bars, name, side, params)

    def _keep(self, place: _Place, series: Series) -> None:
        self.misses += 1
        size = _size(series)
        if size > self._max_bytes:
            return
        place.series = series
        self._kept[place] = None
        self.kept_bytes += size
        while self.kept_bytes > self._max_bytes:
            oldest, _ = self._kept.popitem(last=False)
            self.kept_bytes -= _size(oldest.series)
            del oldest.series
            self.evictions += 1


class _Place:
    """Where a series is kept: one for each way of asking, told apart by value and type of every argument."""

    __slots__ = ("series",)
    series: Series

    def __init__(self, name: object, side: object, **params: object) -> None:
        pass  # the arguments are the key under which it is found


def compute_once(
    bars: Bars, name: str, side: Literal["bid", "ask"], backend: str | None, params: dict[str, Any]
) -> Series:
    """Compute a series that nobody keeps; see :func:`omega.indicator`."""
    serving = plan_run(_COMPONENTS, backend=backend).serving("indicator_cache")
    return _served(serving, bars, name, side, _plain(params))


def _served(serving: Serving, bars: Bars, name: str, side: Literal["bid", "ask"], params: dict[str, Any]) -> Series:
    arrays = settle(serving, indicator_task(bars, name, side, params)).value
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
