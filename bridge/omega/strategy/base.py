"""What a strategy of one's own is (Q-L3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy.typing as npt

from omega.contract.protocols import IndicatorParameter
from omega.orders import Order, Position
from omega.strategy.view import View


class Indicator:
    """A series that a strategy wants computed: a name of :func:`omega.indicators` and its parameters.

    >>> from omega import Indicator
    >>> Indicator("ema", period=20)
    Indicator('ema', side='bid', period=20)
    """

    def __init__(self, name: str, side: Literal["bid", "ask"] = "bid", **parameters: IndicatorParameter) -> None:
        self.name = name
        self.side = side
        self.parameters = parameters

    def __repr__(self) -> str:
        named = "".join(f", {name}={value!r}" for name, value in self.parameters.items())
        return f"Indicator({self.name!r}, side={self.side!r}{named})"


OwnIndicator = Callable[[View], npt.ArrayLike]
"""A function of all bars that returns one value per bar; `omega lookahead` says whether it looks ahead."""


class Strategy:
    """A strategy of one's own: subclass it, and hand an instance to :func:`omega.run_backtest` as ``strategy``.

    It decides at the close of each bar; what it asks for is handed over in that bar (L-1, Q-L3). Each run asks a copy
    of it, made by :func:`copy.deepcopy`, so that equal runs are equal whatever it keeps in ``self``. Both engines ask
    it alike.

    >>> from omega import Indicator, Strategy, orders
    >>> class Crossover(Strategy):
    ...     def indicators(self):
    ...         return {"fast": Indicator("ema", period=20), "slow": Indicator("ema", period=50)}
    ...
    ...     def evaluate(self, bars, positions, equity):
    ...         fast, slow = bars["fast"], bars["slow"]
    ...         if len(bars) < 2 or not (fast[-2] <= slow[-2] and fast[-1] > slow[-1]):
    ...             return []
    ...         return [orders.market("long", stop_loss=bars.bid_close[-1] - 0.002, reason="fast above slow")]
    """

    def indicators(self) -> Mapping[str, Indicator | OwnIndicator]:
        """Name the series that ``evaluate`` will see as ``bars[name]``; asked once, before the first bar.

        A function is called with all bars, once, and has to look back only.
        """
        return {}

    def when(self, bars: View) -> npt.ArrayLike | None:
        """Say in which bars ``evaluate`` is worth calling: a flag for each of all ``bars``; None for every bar.

        Asked once, before the first bar, with all series computed; it has to look back only.
        """
        return None

    def evaluate(self, bars: View, positions: Sequence[Position], equity: float) -> Sequence[Order]:
        """Decide at the close of the last of ``bars``.

        Parameters
        ----------
        bars : View
            The bars up to now, and the indicators' values.
        positions : sequence of Position
            The strategy's pending and open orders in order_id order, as the bar before left them.
        equity : float
            In the account currency, that of the bar before.

        Returns
        -------
        sequence of Order
            Of :mod:`omega.orders`, in the order in which they are to be handed over; empty to wait.
        """
        raise NotImplementedError(f"{type(self).__name__} has no evaluate(self, bars, positions, equity)")
