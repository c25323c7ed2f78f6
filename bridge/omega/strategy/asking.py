"""Asking a strategy of one's own, bar by bar: what both engines get from it, and what is refused (Q-L3, L-5)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.boundary.guard import plain_value, text_of
from omega.compare.values import time_text
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.own import OpenOrder, OwnStrategy
from omega.contract.protocols import IndicatorCache
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.times import LAST_TIME
from omega.contract.types import Direction, EngineConfig, OrderType, Signal, SignalTime, Status
from omega.data.bars import column_values
from omega.orders import Order, Position
from omega.strategy.base import Indicator, OwnIndicator, Strategy
from omega.strategy.market import MarketView
from omega.strategy.view import Floats, Series, View

_DIRECTIONS: Final = tuple(member.text for member in Direction)
_ORDER_TYPES: Final = tuple(member.text for member in OrderType)
_STATUSES: Final = tuple(member.text for member in Status)
_NO_SIGNALS: Final[tuple[Signal, ...]] = ()
_MOST_MAGIC: Final = 2**63 - 1


class Asking:
    """One run of a strategy: its copy, its series over the bars, and the orders that it gave.

    Parameters
    ----------
    strategy : Strategy
        Is copied.
    given : sequence of (pyarrow.Table, IndicatorCache)
        Bars of each symbol (T-2), warm-up included, and the cache over them of the side that serves it.
    config : EngineConfig
        The first symbol's; what differs between symbols is not looked at but for the name.
    magic_number : int
        What the magic numbers of its entries count on from (Q-L3b).
    symbols : sequence of str, optional
        Of a run over several symbols, in their order (Q-M4e); otherwise it is over the configuration's alone.
    """

    def __init__(
        self,
        strategy: Strategy,
        given: Sequence[tuple[pa.Table, IndicatorCache]],
        config: EngineConfig,
        magic_number: int,
        symbols: Sequence[str] | None = None,
    ) -> None:
        self._strategy = _copied(strategy)
        self._symbols = (config.symbol,) if symbols is None else tuple(symbols)
        self._what = "bar" if symbols is None else "step"
        is_decision = config.signal_time is SignalTime.DECISION
        self._later = config.timeframe if is_decision else 0
        self._magic_number = magic_number
        self._entries: dict[int, Order] = {}
        self._signals: list[Signal] = []
        self._orders: list[Order] = []
        self._positions: tuple[Position, ...] = ()
        views = []
        for (bars, _), symbol in zip(given, self._symbols, strict=True):
            columns = {name: column_values(bars, name) for name in BARS.names}
            views.append(View(columns, symbol, config.timeframe))
        self._view: Any = views[0]
        self._times: npt.NDArray[np.int64] = views[0].timestamp
        declared = self._declared()
        for view, (_, cache) in zip(views, given, strict=True):
            view._series.update(self._computed(declared, view, cache))
        if symbols is not None:
            self._times = np.unique(np.concatenate([view.timestamp for view in views]))
            self._view = MarketView(dict(zip(self._symbols, views, strict=True)), self._times)
        self._show = self._view.show
        self._views = views
        self._rows = self._worth_asking()
        self._evaluate = self._strategy.evaluate

    @property
    def series(self) -> dict[str, Series]:
        """The strategy's indicators over all bars, of the first symbol."""
        return self._views[0]._series

    @property
    def rows(self) -> bytes:
        """One per bar, 0 where the strategy does not want to be asked."""
        return self._rows

    def source(self) -> OwnStrategy:
        """Return what an engine asks."""
        return OwnStrategy(self.ask, self._rows)

    def ask(self, row: int, equity: float, told: Sequence[OpenOrder] | None) -> Sequence[Signal]:
        """Ask the strategy at the close of a bar.

        Raises
        ------
        OmegaError
            COMPUTATION_FAILED for whatever the strategy raises, which is the cause; TYPE_MISMATCH for what is no list
            of orders; what an order breaks of T-6. All name the bar and its time.
        """
        if told is not None:
            self._positions = tuple(self._position(order) for order in told)
        self._show(row)
        try:
            orders = self._evaluate(self._view, self._positions, equity)
        except Exception as error:  # of the strategy
            raise self._failed("evaluate", error, row) from error
        if type(orders) is list and not orders:
            return _NO_SIGNALS
        return self._taken(orders, row)

    def orders(self) -> pa.Table:
        """Return the orders given, as the table of signals that makes the same run (Q-L3)."""
        rows = self._signals
        columns: list[Any] = []
        for field in SIGNALS:
            given: list[Any] = [getattr(row, field.name, None) for row in rows]
            if field.name in ("signal_type", "direction", "order_type"):
                given = [None if member is None else member.text for member in given]
            elif field.name == "metadata":
                given = [_metadata(order) for order in self._orders]
            elif field.name in ("scenario", "reason", "tags"):
                given = [getattr(order, field.name) for order in self._orders]
            columns.append(pa.array(given, field.type))
        return pa.table(columns, schema=SIGNALS)

    def _declared(self) -> dict[str, Indicator | OwnIndicator]:
        try:
            return dict(self._strategy.indicators())
        except Exception as error:  # of the strategy
            raise self._failed("indicators", error) from error

    def _computed(
        self, declared: Mapping[str, Indicator | OwnIndicator], view: View, cache: IndicatorCache
    ) -> dict[str, Series]:
        return {name: self._one_computed(name, wanted, view, cache) for name, wanted in declared.items()}

    def _one_computed(self, name: str, wanted: Indicator | OwnIndicator, view: View, cache: IndicatorCache) -> Series:
        if isinstance(wanted, Indicator):
            given = cache.get(wanted.name, wanted.side, **wanted.parameters)
            arrays = tuple(_sealed(np.asarray(values, dtype=np.float64)) for values in given)
            return arrays[0] if len(arrays) == 1 else arrays
        if not callable(wanted):
            message = f"indicator {name!r} must be an Indicator or a function of the bars, not {type(wanted).__name__}"
            raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="L-3", column="indicators")
        try:
            values = np.array(wanted(view), dtype=np.float64)  # a copy: nobody else writes to it
        except Exception as error:  # of the strategy
            raise self._failed(f"indicators: {name}", error) from error
        self._refuse_length("indicators", f"indicator {name!r}", values, len(view), "bar")
        return _sealed(values)

    def _worth_asking(self) -> bytes:
        try:
            flags = self._strategy.when(self._view)
            asked = np.ones(len(self._times), np.bool_) if flags is None else np.asarray(flags)
        except Exception as error:  # of the strategy
            raise self._failed("when", error) from error
        self._refuse_length("when", "when", asked, len(self._times), self._what)
        if asked.dtype != np.bool_:
            message = f"when must say True or False for each {self._what}, here are {asked.dtype}"
            raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="L-3", column="when", value=str(asked.dtype))
        return asked.astype(np.uint8).tobytes()

    def _refuse_length(self, column: str, what: str, values: npt.NDArray[Any], rows: int, each: str) -> None:
        if values.shape != (rows,):
            message = f"{what} must have one value for each of {rows} {each}s, here is {values.shape}"
            raise omega_error(ErrorCode.SIZE_MISMATCH, message, rule="L-3", column=column, value=str(values.shape))

    def _taken(self, orders: object, row: int) -> Sequence[Signal]:
        if not isinstance(orders, list | tuple):
            message = f"evaluate must return a list of orders, here is {type(orders).__name__}"
            raise self._refused(ErrorCode.TYPE_MISMATCH, message, row, orders)
        for order in orders:
            if not isinstance(order, Order):
                message = f"evaluate must return orders made by omega.orders, here is {type(order).__name__}"
                raise self._refused(ErrorCode.TYPE_MISMATCH, message, row, order)
        return [self._signal(order, row) for order in orders]

    def _signal(self, order: Order, row: int) -> Signal:
        number, symbol = len(self._signals), self._symbol_of(order, row)
        if order.position is None:
            magic_number = self._magic_number + len(self._entries) + 1
            if magic_number > _MOST_MAGIC:
                message = "the magic numbers of the strategy's orders end here; begin at a lower strategy.magic_number"
                raise self._refused(ErrorCode.OUT_OF_BOUNDS, message, row, magic_number)
            self._entries[magic_number] = order
        else:
            magic_number = order.position.magic_number
        end = int(self._times[row]) + self._later
        signal = Signal(
            timestamp=end if end < LAST_TIME else LAST_TIME,
            symbol=symbol,
            signal_type=order.signal_type,
            direction=order.direction,
            order_type=order.order_type,
            price=order.price,
            size=order.size,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
            magic_number=magic_number,
            expires_at=order.expires_at,  # type: ignore[arg-type]  # µs: the order checked it
            trailing_distance=order.trailing_distance,
            trailing_step=order.trailing_step,
            break_even_at_r=order.break_even_at_r,
            break_even_offset=order.break_even_offset,
            max_holding=order.max_holding,  # type: ignore[arg-type]  # as above
            fraction=order.fraction,
            row=number,
        )
        self._signals.append(signal)
        self._orders.append(order)
        return signal

    def _symbol_of(self, order: Order, row: int) -> str:
        if order.symbol in self._symbols:
            return order.symbol
        if order.symbol is None and len(self._symbols) == 1:
            return self._symbols[0]
        known = ", ".join(map(repr, self._symbols))
        code, message = ErrorCode.INVALID_ARGUMENT, f"the run has no symbol {order.symbol!r}; it has {known}"
        if order.symbol is None:
            code, message = ErrorCode.MISSING_REQUIRED_FIELD, f"an order has to name its symbol; the run has {known}"
        placed = f"{message} ({self._place(row)})"
        raise omega_error(code, placed, rule="T-6", column="symbol", row=row, value=order.symbol)

    def _position(self, told: OpenOrder) -> Position:
        order_id, magic_number, direction, order_type, status, entered, opened, price, stop, target, size, symbol = told
        return Position(
            order_id=order_id,
            direction=_DIRECTIONS[direction],
            order_type=_ORDER_TYPES[order_type],
            status=_STATUSES[status],
            entry_time=entered,
            trigger_time=opened,
            entry_price=price,
            stop_loss=stop,
            take_profit=target,
            size=size,
            magic_number=magic_number,
            order=self._entries[magic_number],
            symbol=self._symbols[symbol],
        )

    def _failed(self, method: str, error: Exception, row: int | None = None) -> OmegaError:
        where = "" if row is None else f" in {self._place(row)}"
        if isinstance(error, OmegaError) and row is not None:
            message = f"{error.message}: the strategy's {method}{where}"
            return omega_error(error.code, message, rule=error.rule, column=error.column, row=row, value=error.value)
        message = f"the strategy's {method} raised {type(error).__name__}{where}: {text_of(error)}"
        return omega_error(ErrorCode.COMPUTATION_FAILED, message, rule="L-5", column=method.partition(":")[0], row=row)

    def _refused(self, code: ErrorCode, message: str, row: int, value: object) -> OmegaError:
        placed = f"{message} ({self._place(row)})"
        return omega_error(code, placed, rule="L-5", column="evaluate", row=row, value=plain_value(value))

    def _place(self, row: int) -> str:
        return f"{self._what} {row:,}, {time_text(int(self._times[row]))}"


def _copied(strategy: Strategy) -> Strategy:
    try:
        return copy.deepcopy(strategy)
    except Exception as error:  # of whatever it holds
        message = f"the strategy cannot be copied, and each run asks a copy: {type(error).__name__}: {text_of(error)}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="L-3", column="strategy") from error


def _sealed(values: Floats) -> Floats:
    values.flags.writeable = False
    return values


def _metadata(order: Order) -> list[tuple[str, str]] | None:
    reason = [] if order.reason is None else [("reason", order.reason)]
    given: Any = order.metadata  # as pairs: the order checked it
    return [*reason, *(given or ())] or None
