"""The execution simulator (chapter E, wave 4): what signals and bars do to orders and positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CostModel as CostModelProtocol
from omega.contract.types import (
    Direction,
    EngineConfig,
    Event,
    EventKind,
    OrderType,
    Position,
    Reason,
    Signal,
    Status,
    Variant,
)
from omega_reference.bars.columns import BarColumns
from omega_reference.checks import CODE_OF_REASON, level_refusal, signal_refusal
from omega_reference.costs import CostModel
from omega_reference.fills import fill_limit, fill_stop, slipped
from omega_reference.hits import V1_IDLE_PIP_SIZE, Buffers, bar_buffers, find_hits, is_triggered
from omega_reference.portfolio import Portfolio, open_profit, trade_result
from omega_reference.sizing import is_refused, lots_from_raw, raw_size, risk_amount, symbol_terms
from omega_reference.state_chain import StateChain, pack_positions
from omega_reference.strategy.base import Action, Hold

_ENTRY_LEG = 0
_EXIT_LEG = 1

ManagePosition = Callable[[Position], Action]


class ExecutionSimulator:
    """Orders, positions and money of one run, one bar after the other (E-1 … E-12, E-18, E-19).

    For each bar: :meth:`process_signals` with what is due, then :meth:`evaluate_exits`. Bars come as columns and a
    row, already checked (T-2); signals already checked (T-6) and sorted.

    Attributes
    ----------
    positions : list of Position
        Pending and open, in order_id order.
    trades : list of Position
        Closed, in the order of closing.
    events : list of Event
        The log so far (T-8).
    portfolio : Portfolio
    chain : StateChain
    ambiguous_bars : int
        Count of Q-E7.
    """

    def __init__(self, config: EngineConfig, costs: CostModelProtocol | None = None) -> None:
        self.positions: list[Position] = []
        self.trades: list[Position] = []
        self.events: list[Event] = []
        self.portfolio = Portfolio(config.initial_balance)
        self.chain = StateChain()
        self.ambiguous_bars = 0
        self._config = config
        self._is_v1 = config.variant is Variant.V1
        self._terms = symbol_terms(config)
        self._costs = CostModel(config) if costs is None else costs
        self._buffers = bar_buffers(config.pip_buffer_factor, self._terms.pip_size, config.variant)
        self._buffers_v1_idle = bar_buffers(config.pip_buffer_factor, V1_IDLE_PIP_SIZE, config.variant)
        self._order_count = 0
        self._events_hashed = 0
        self._packed: bytes | None = b""
        """Bytes of ``positions`` in the state chain; None once one of them changed."""
        self._ordinals: dict[tuple[object, ...], int] = {}
        self._ordinals_time: int | None = None

    def process_signals(self, bars: BarColumns, row: int, signals: Sequence[Signal]) -> None:
        """Accept or reject signals handed over at one bar, in the order given (E-1, E-2, L-1a)."""
        for signal in signals:
            ordinal = self._next_ordinal(signal)
            time = bars.timestamp[row]
            # hit L-1a if signal.timestamp < time
            entry_time = signal.timestamp if self._is_v1 else time
            reason = signal_refusal(signal, self._config, entry_time=entry_time, position_count=len(self.positions))
            if reason is None and signal.order_type is OrderType.MARKET:
                reason = self._enter_at_market(signal, ordinal, entry_time, bars, row)
            elif reason is None:
                reason = self._place_order(signal, ordinal, entry_time, time)
            if reason is not None:
                self._reject(signal, reason, time)

    def reject_after_end(self, bars: BarColumns, row: int, signals: Sequence[Signal]) -> None:
        """Reject signals later than the last bar, whose row is given (L-1a)."""
        for signal in signals:
            # hit L-1a
            self._reject(signal, Reason.AFTER_END, bars.timestamp[row])

    def _next_ordinal(self, signal: Signal) -> int:
        """Return k of N-6. Signals are sorted by time, so only those of one time have to be counted."""
        if signal.timestamp != self._ordinals_time:
            self._ordinals_time = signal.timestamp
            self._ordinals.clear()
        key = (signal.symbol, signal.magic_number, signal.direction, signal.order_type)
        ordinal = self._ordinals.get(key, 0)
        # hit Q-N6 if ordinal > 0
        self._ordinals[key] = ordinal + 1
        return ordinal

    def _enter_at_market(
        self, signal: Signal, ordinal: int, entry_time: int, bars: BarColumns, row: int
    ) -> Reason | None:
        """Open a position in the signal's bar (E-1, Q-E1), or return why not."""
        is_long = signal.direction is Direction.LONG
        side = "ask" if is_long else "bid"
        price = bars.close(side)[row] if signal.price is None else signal.price
        if not self._is_v1 and not bars.low(side)[row] <= price <= bars.high(side)[row]:
            # hit E-1
            return Reason.PRICE_OUTSIDE_BAR
        # hit Q-E1 if signal.price is None
        order = self._order(signal, ordinal, entry_time, price)
        fill = slipped(price, self._slippage(order, _ENTRY_LEG), is_buy=is_long)
        reason = self._level_refusal(order, fill)
        if reason is not None:
            return reason
        risk, raw = self._size(order, fill)
        if is_refused(raw, self._config):
            return Reason.BELOW_MIN
        time = bars.timestamp[row]
        self._accept(order, time)
        self._open(order, fill, risk, raw, time)
        return None

    def _place_order(self, signal: Signal, ordinal: int, entry_time: int, time: int) -> Reason | None:
        """Accept a limit or stop order as pending (E-2, Q-E2), or return why not."""
        assert signal.price is not None, "a limit or stop order without a price was refused"
        order = self._order(signal, ordinal, entry_time, signal.price)
        if not self._is_v1:
            reason = self._level_refusal(order, signal.price)
            if reason is not None:
                return reason
        # hit E-2
        self._accept(order, time)
        return None

    def _order(self, signal: Signal, ordinal: int, entry_time: int, price: float) -> Position:
        assert signal.direction is not None, "refused"
        assert signal.order_type is not None, "refused"
        assert signal.stop_loss is not None, "refused"
        return Position(
            order_id=self._order_count + 1,
            symbol=signal.symbol,
            magic_number=signal.magic_number,
            direction=signal.direction,
            order_type=signal.order_type,
            status=Status.PENDING,
            entry_time=entry_time,
            trigger_time=None,
            entry_price=price,
            initial_stop_loss=signal.stop_loss,
            initial_take_profit=signal.take_profit,
            stop_loss=signal.stop_loss,
            take_profit=signal.take_profit,
            size=0.0,
            risk_per_trade=None,
            expires_at=signal.expires_at,
            max_holding=signal.max_holding,
            requested_size=signal.size,
            signal_timestamp=signal.timestamp,
            ordinal=ordinal,
            signal_row=signal.row,
            scenario=signal.scenario,
        )

    def _level_refusal(self, order: Position, fill: float) -> Reason | None:
        return level_refusal(
            fill,
            order.stop_loss,
            order.take_profit,
            self._terms,
            self._config.variant,
            is_long=order.direction is Direction.LONG,
        )

    def _accept(self, order: Position, time: int) -> None:
        """Give the order its id; a rejected signal consumes none (T-8)."""
        self._order_count += 1
        self.positions.append(order)
        self._packed = None
        self._emit(
            EventKind.ACCEPTED,
            time,
            order_id=order.order_id,
            price=order.entry_price,
            size=order.requested_size,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
        )

    def _reject(self, signal: Signal, reason: Reason, time: int) -> None:
        self._emit(
            EventKind.REJECTED,
            time,
            price=signal.price,
            size=signal.size,
            stop_loss=signal.stop_loss,
            take_profit=signal.take_profit,
            reason=reason,
            error_code=int(CODE_OF_REASON[reason]),
        )

    def _size(self, order: Position, entry: float) -> tuple[float, float]:
        """Return risk amount and raw lots of an entry (S-2); an explicit size is the raw of S-4."""
        risk = risk_amount(self._config, self.portfolio.equity)
        if order.requested_size is not None:
            return risk, order.requested_size
        # hit S-2
        return risk, raw_size(risk, entry, order.stop_loss, self._terms.value_per_price)

    def _open(self, order: Position, fill: float, risk: float, raw: float, time: int) -> None:
        lots = lots_from_raw(raw, self._terms)
        fee = self._costs.fee(lots, fill)
        order.status = Status.OPEN
        order.trigger_time = time
        order.entry_price = fill
        order.size = lots
        order.risk_per_trade = risk
        order.entry_fee = fee
        self._packed = None
        self.portfolio.book_entry(fee)
        self._emit(
            EventKind.OPENED,
            time,
            order_id=order.order_id,
            price=fill,
            size=lots,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
            fee=fee,
        )

    def evaluate_exits(
        self,
        bars: BarColumns,
        row: int,
        *,
        manage_position: ManagePosition | None = None,
        is_last: bool = False,
    ) -> None:
        """Finish one bar: pass, management, after the last bar E-18, then equity and state chain (Q-L1).

        Parameters
        ----------
        bars, row
            The bar; later than any before.
        manage_position : callable, optional
            The strategy's part of management (E-11).
        is_last : bool
            Whether ``close_at_end`` acts in this bar.
        """
        if self.positions:
            self._pass(bars, row)
            self._manage(bars, row, manage_position)
        if is_last and self._config.close_at_end:
            self.close_all(bars, row)
        self._mark(bars, row)

    def _pass(self, bars: BarColumns, row: int) -> None:
        """Expiry, trigger and exit of one position after the other, in order_id order (E-5)."""
        time = bars.timestamp[row]
        buffers = self._buffers
        if self._is_v1 and not any(position.status is Status.OPEN for position in self.positions):
            buffers = self._buffers_v1_idle
        for position in self.positions:
            if position.entry_time >= time:
                # hit E-5
                continue
            if position.status is Status.OPEN:
                self._exit_if_hit(position, bars, row, buffers, is_trigger_bar=False)
            elif position.expires_at is not None and position.expires_at <= time:
                # hit E-4
                self._drop(position, EventKind.EXPIRED, Reason.LIMIT_EXPIRED, time)
            elif is_triggered(position, bars, row) and self._trigger(position, bars, row):
                self._exit_if_hit(position, bars, row, buffers, is_trigger_bar=True)
        self._forget_closed()

    def _trigger(self, order: Position, bars: BarColumns, row: int) -> bool:
        """Open a pending order at its fill (E-3, Q-E3); False if it failed and was cancelled."""
        time = bars.timestamp[row]
        # hit E-3
        fill = self._trigger_fill(order, bars, row)
        if not self._is_v1:
            reason = self._level_refusal(order, fill)
            if reason is not None:
                self._drop(order, EventKind.CANCELLED, reason, time, CODE_OF_REASON[reason])
                return False
        # In v1 the fill is the order price, at which v1 sizes.
        risk, raw = self._size(order, fill)
        if is_refused(raw, self._config):
            reason = Reason.BELOW_MIN
            self._drop(order, EventKind.CANCELLED, reason, time, CODE_OF_REASON[reason])
            return False
        self._open(order, fill, risk, raw, time)
        return True

    def _trigger_fill(self, order: Position, bars: BarColumns, row: int) -> float:
        level = order.entry_price
        if self._is_v1:
            return level
        is_buy = order.direction is Direction.LONG
        side_open = bars.ask_open[row] if is_buy else bars.bid_open[row]
        if order.order_type is OrderType.LIMIT:
            return fill_limit(level, side_open, is_buy=is_buy)
        return slipped(fill_stop(level, side_open, is_buy=is_buy), self._slippage(order, _ENTRY_LEG), is_buy=is_buy)

    def _exit_if_hit(
        self, position: Position, bars: BarColumns, row: int, buffers: Buffers, *, is_trigger_bar: bool
    ) -> None:
        """Close at the stop or the target (E-6 … E-9)."""
        hits = find_hits(position, bars, row, buffers, is_trigger_bar=is_trigger_bar)
        if hits is None:
            return
        # hit Q-E7 if hits.is_ambiguous
        self.ambiguous_bars += hits.is_ambiguous
        may_prefer_target = not self._is_v1 and not is_trigger_bar
        is_target = hits.target and (not hits.stop or (may_prefer_target and hits.is_target_first))
        level = position.take_profit if is_target else position.stop_loss
        assert level is not None, "an unset target is never hit"
        is_buy = position.direction is Direction.SHORT
        # hit E-6 if is_buy and is_target and bars.ask_low[row] == level + buffers.target
        # hit E-6 if is_buy and not is_target and bars.ask_high[row] == level - buffers.stop
        # hit E-6 if not is_buy and is_target and bars.bid_high[row] == level - buffers.target
        # hit E-6 if not is_buy and not is_target and bars.bid_low[row] == level + buffers.stop
        if not self._is_v1 and not is_trigger_bar:
            side_open = bars.ask_open[row] if is_buy else bars.bid_open[row]
            level = (fill_limit if is_target else fill_stop)(level, side_open, is_buy=is_buy)
        # hit E-9 if level != (position.take_profit if is_target else position.stop_loss)
        # hit E-10 if is_target
        # hit E-10s if not is_target
        reason = Reason.TAKE_PROFIT if is_target else Reason.STOP_LOSS
        self._close(position, level, reason, bars.timestamp[row], is_slipped=self._is_v1 or not is_target)

    def _manage(self, bars: BarColumns, row: int, manage_position: ManagePosition | None) -> None:
        """Timeout, then the strategy's action, of positions opened before this bar (E-11, E-12)."""
        time = bars.timestamp[row]
        for position in self.positions:
            if position.trigger_time is None or position.trigger_time >= time:
                continue
            since = position.entry_time if self._is_v1 else position.trigger_time
            if position.max_holding is not None and time - since >= position.max_holding:
                # hit E-12
                price = _exit_close(position, bars, row)
                is_full = not self._is_v1
                self._close(position, price, Reason.TIMEOUT, time, is_slipped=is_full, is_charged=is_full)
            elif manage_position is not None:
                _refuse_action(manage_position(position))
        self._forget_closed()

    def close_all(self, bars: BarColumns, row: int) -> None:
        """Close what is open at the bar's close and cancel what is pending (E-18, Q-E18)."""
        time = bars.timestamp[row]
        for position in self.positions:
            # hit E-18
            if position.status is Status.OPEN:
                self._close(position, _exit_close(position, bars, row), Reason.END_OF_DATA, time)
            else:
                self._drop(position, EventKind.CANCELLED, Reason.END_OF_DATA, time)
        self._forget_closed()

    def _mark(self, bars: BarColumns, row: int) -> None:
        """Equity, drawdown and the bar's digest (P-3, P-4, H-1)."""
        portfolio = self.portfolio
        time = bars.timestamp[row]
        equity = portfolio.cash
        if self.positions and not self._is_v1:
            equity = equity + open_profit(self.positions, bars, row, self._terms.value_per_price)
        portfolio.mark(time, equity)
        if self._packed is None:
            self._packed = pack_positions(self.positions)
        events: Sequence[Event] = ()
        if len(self.events) > self._events_hashed:
            events = self.events[self._events_hashed :]
            self._events_hashed = len(self.events)
            # hit L-1 if events[0].kind.text in ("accepted", "rejected") and events[-1].kind is EventKind.CLOSED
        self.chain.append(time, portfolio.cash, equity, len(self.positions), self._packed, events)

    def _close(
        self,
        position: Position,
        price: float,
        reason: Reason,
        time: int,
        *,
        is_slipped: bool = True,
        is_charged: bool = True,
    ) -> None:
        if is_slipped:
            # v1 keeps the sign of the entry, which makes its exits favourable (C-1).
            is_buy = (position.direction is Direction.LONG) is self._is_v1
            price = slipped(price, self._slippage(position, _EXIT_LEG), is_buy=is_buy)
        fee = self._costs.fee(position.size, price) if is_charged else 0.0
        result, r_multiple = trade_result(position, price, self._terms.value_per_price, self._config.variant)
        position.status = Status.CLOSED
        position.exit_time = time
        position.exit_price = price
        position.result = result
        position.r_multiple = r_multiple
        position.reason = reason
        position.exit_fee = fee
        self._packed = None
        self.trades.append(position)
        self.portfolio.book_exit(fee, result)
        self._emit(
            EventKind.CLOSED,
            time,
            order_id=position.order_id,
            price=price,
            size=position.size,
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            result=result,
            fee=fee,
            reason=reason,
        )

    def _drop(self, order: Position, kind: EventKind, reason: Reason, time: int, code: ErrorCode | None = None) -> None:
        """End a pending order without a fill."""
        order.status = Status.CLOSED
        self._packed = None
        self._emit(
            kind,
            time,
            order_id=order.order_id,
            price=order.entry_price,
            stop_loss=order.stop_loss,
            take_profit=order.take_profit,
            reason=reason,
            error_code=None if code is None else int(code),
        )

    def _forget_closed(self) -> None:
        if self._packed is None:
            self.positions = [position for position in self.positions if position.status is not Status.CLOSED]

    def _slippage(self, order: Position, leg: int) -> float:
        return self._costs.slippage(order.signal_timestamp, order.magic_number, order.ordinal, leg)

    def _emit(
        self,
        kind: EventKind,
        time: int,
        *,
        order_id: int | None = None,
        price: float | None = None,
        size: float | None = None,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        result: float | None = None,
        fee: float | None = None,
        reason: Reason | None = None,
        error_code: int | None = None,
    ) -> None:
        self.events.append(
            Event(
                seq=len(self.events),
                timestamp=time,
                kind=kind,
                order_id=order_id,
                price=price,
                size=size,
                stop_loss=stop_loss,
                take_profit=take_profit,
                result=result,
                fee=fee,
                reason=reason,
                error_code=error_code,
            )
        )


def _exit_close(position: Position, bars: BarColumns, row: int) -> float:
    return bars.bid_close[row] if position.direction is Direction.LONG else bars.ask_close[row]


def _refuse_action(action: Action) -> None:
    """Actions but hold are typed and not built yet (A-1)."""
    if not isinstance(action, Hold):
        name = type(action).__name__
        raise omega_error(
            ErrorCode.NOT_IMPLEMENTED,
            f"a strategy's action {name} is not implemented yet; use Hold",
            rule="A-1",
            column="manage_position",
            value=name,
        )
