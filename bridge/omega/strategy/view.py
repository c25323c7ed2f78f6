"""What a strategy of one's own sees: bars and series up to now, as read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from omega.contract.errors import ErrorCode, omega_error

Floats = npt.NDArray[np.float64]
Series = Floats | tuple[Floats, ...]


class View:
    """Bars up to now: columns of T-2 as attributes, the strategy's series by name; ``[-1]`` is the current bar.

    Arrays are views of the run's own memory, read-only, of the length ``len(bars)``: what comes later is not in them.

    Attributes
    ----------
    symbol : str
    timeframe : int
        Length of a bar, µs.
    """

    __slots__ = ("_columns", "_series", "_stop", "symbol", "timeframe")

    def __init__(self, columns: Mapping[str, npt.NDArray[Any]], symbol: str, timeframe: int) -> None:
        self._columns = columns
        self._series: dict[str, Series] = {}
        self._stop = len(columns["timestamp"])
        self.symbol = symbol
        self.timeframe = timeframe

    def show(self, row: int) -> None:
        """Go to a bar; what is handed out from then on ends with it."""
        self._stop = row + 1

    def __len__(self) -> int:
        return self._stop

    def __getitem__(self, name: str) -> Any:  # an array, or one per output of the indicator
        """Return the series ``name`` up to now: a float64 array, or a tuple of them where there are several outputs."""
        try:
            series = self._series[name]
        except KeyError:
            known = ", ".join(repr(one) for one in self._series) or "none"
            message = f"the strategy declares no indicator {name!r}; declared: {known}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="L-3", column=name) from None
        if type(series) is tuple:
            return tuple(array[: self._stop] for array in series)
        return series[: self._stop]

    @property
    def timestamp(self) -> npt.NDArray[np.int64]:
        """Open times, µs since the epoch, UTC."""
        return self._columns["timestamp"][: self._stop]

    @property
    def bid_open(self) -> Floats:
        """Prices of the bid at the open."""
        return self._columns["bid_open"][: self._stop]

    @property
    def bid_high(self) -> Floats:
        """Highest prices of the bid."""
        return self._columns["bid_high"][: self._stop]

    @property
    def bid_low(self) -> Floats:
        """Lowest prices of the bid."""
        return self._columns["bid_low"][: self._stop]

    @property
    def bid_close(self) -> Floats:
        """Prices of the bid at the close."""
        return self._columns["bid_close"][: self._stop]

    @property
    def ask_open(self) -> Floats:
        """Prices of the ask at the open."""
        return self._columns["ask_open"][: self._stop]

    @property
    def ask_high(self) -> Floats:
        """Highest prices of the ask."""
        return self._columns["ask_high"][: self._stop]

    @property
    def ask_low(self) -> Floats:
        """Lowest prices of the ask."""
        return self._columns["ask_low"][: self._stop]

    @property
    def ask_close(self) -> Floats:
        """Prices of the ask at the close."""
        return self._columns["ask_close"][: self._stop]

    @property
    def volume(self) -> Floats:
        """What was traded, as the data have it."""
        return self._columns["volume"][: self._stop]
