"""What a strategy of one's own sees of several symbols: the slice of a step, each symbol up to its last seen bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from omega.contract.errors import ErrorCode, omega_error
from omega.strategy.view import View

_NONE: Final = -1


class MarketView(Mapping[str, View]):
    """Several symbols up to now, as a mapping of their names to :class:`View`, in their order (Q-M4e).

    ``bars["EURUSD"]`` are the bars of a symbol up to and with its last seen one, none before its first;
    ``bars.has("EURUSD")`` says whether that one is of this step.

    Attributes
    ----------
    step : int
        The number of the step, from 0 at the first time that any of the bars have.
    """

    def __init__(self, views: Mapping[str, View], times: npt.NDArray[np.int64]) -> None:
        self._views = views
        self._times = times
        self._own_times = {name: view._columns["timestamp"] for name, view in views.items()}
        self._shown = dict.fromkeys(views, _NONE)
        self.step = len(times) - 1

    def show(self, step: int) -> None:
        """Go to a step; what is handed out from then on ends with it."""
        self.step = step

    @property
    def timestamp(self) -> int:
        """Time of the step, µs since the epoch, UTC."""
        return int(self._times[self.step])

    @property
    def times(self) -> npt.NDArray[np.int64]:
        """Times of the steps up to and with this one, µs."""
        return self._times[: self.step + 1]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols, in their order (M-2)."""
        return tuple(self._views)

    def has(self, symbol: str) -> bool:
        """Whether a symbol has a bar of exactly this step (Q-M1)."""
        seen = len(self[symbol])
        return seen > 0 and bool(self._own_times[symbol][seen - 1] == self._times[self.step])

    def __getitem__(self, symbol: str) -> View:
        try:
            view = self._views[symbol]
        except KeyError:
            message = f"the run has no symbol {symbol!r}; it has {', '.join(map(repr, self._views))}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="M-4", column="symbol", value=symbol) from None
        if self._shown[symbol] != self.step:
            self._shown[symbol] = self.step
            view._stop = int(np.searchsorted(self._own_times[symbol], self._times[self.step], side="right"))
        return view

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)
