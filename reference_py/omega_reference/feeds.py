"""Where a run's signals come from: a table, a strategy of both sides, or one of the user's own (L-1a, L-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from omega.contract.own import OpenOrder, OwnStrategy
from omega.contract.protocols import IndicatorCache
from omega.contract.types import Position, Signal
from omega_reference.bars.columns import BarColumns
from omega_reference.execution.limits import check_levels
from omega_reference.execution.management import ManagePosition
from omega_reference.execution.state import Account, Book, Rules
from omega_reference.quotes import bar_end
from omega_reference.strategy.base import Action, BarSlice, Strategy


class EntrySource(Protocol):
    """Where a run's entry signals come from, and what it does with open positions."""

    @property
    def manage_position(self) -> ManagePosition | None:
        """The source's part of management (E-11); None if it has none."""
        ...

    def due(self, row: int, book: Book, account: Account) -> Sequence[Signal]:
        """Return the signals handed over at a bar, ``book`` and ``account`` being as the bar before left them."""
        ...

    def late(self) -> Sequence[Signal]:
        """Return the signals that no bar reached."""
        ...


class SignalFeed:
    """A table's signals, each at the first bar whose time, or whose end, is not earlier (L-1a)."""

    manage_position = None

    def __init__(self, signals: Sequence[Signal], bars: BarColumns, rules: Rules) -> None:
        self._signals = signals
        self._timestamp = bars.timestamp
        self._timeframe = rules.timeframe if rules.takes_decisions else 0
        self._next = 0

    def due(self, row: int, book: Book, account: Account) -> Sequence[Signal]:
        """Return the signals handed over at a bar, in the order given."""
        time = bar_end(self._timestamp[row], self._timeframe)
        signals = self._signals
        start = end = self._next
        while end < len(signals) and signals[end].timestamp <= time:
            end += 1
        self._next = end
        return signals[start:end]

    def late(self) -> Sequence[Signal]:
        """Return the signals not handed over yet."""
        return self._signals[self._next :]


class StrategyFeed:
    """A strategy asked once per bar, unless the symbol is at its limit of positions (Q-L1b)."""

    def __init__(
        self,
        strategy: Strategy,
        bars: BarColumns,
        indicators: IndicatorCache,
        max_positions: int | None,
    ) -> None:
        self._strategy = strategy
        self._slice = BarSlice(bars, 0)
        self._indicators = indicators
        self._max_positions = max_positions

    def due(self, row: int, book: Book, account: Account) -> Sequence[Signal]:
        """Return the strategy's signal of this bar, if any."""
        self._slice.row = row
        if account.is_stopped_out:
            # hit E-21
            return ()
        if self._max_positions is not None and len(book.positions) >= self._max_positions:
            # hit Q-L1b
            return ()
        signal = self._strategy.evaluate(self._slice, self._indicators)
        return () if signal is None else (signal,)

    def late(self) -> Sequence[Signal]:
        """Return nothing: a strategy speaks only at bars."""
        return ()

    def manage_position(self, position: Position) -> Action:
        """Ask the strategy about an open position at the current bar (E-11)."""
        return self._strategy.manage_position(position, self._slice)


class OrderFeed:
    """The orders of a strategy that is asked bar by bar, each handed over in its bar (Q-L3)."""

    manage_position = None

    def __init__(self, own: OwnStrategy, rules: Rules) -> None:
        self._own = own
        self._rules = rules
        self._told = -1

    def due(self, row: int, book: Book, account: Account) -> Sequence[Signal]:
        """Return the strategy's orders of this bar, in the order given."""
        if account.is_stopped_out:
            # hit E-21
            return ()
        if self._own.rows[row] == 0:
            return ()
        # hit L-3
        told = None
        if account.next_seq != self._told:
            # Whatever changes an order has its event (T-8).
            self._told = account.next_seq
            told = [open_order(position, 0) for position in book.positions]
        signals = self._own.ask(row, account.portfolio.equity, told)
        check_levels(self._rules, signals)
        return signals

    def late(self) -> Sequence[Signal]:
        """Return nothing: a strategy speaks only at bars."""
        return ()


def open_order(position: Position, symbol: int) -> OpenOrder:
    """Return what a strategy of one's own is told of an order (Q-L3); ``symbol`` is the number of its symbol."""
    return (
        position.order_id,
        position.magic_number,
        position.direction.value,
        position.order_type.value,
        position.status.value,
        position.entry_time,
        position.trigger_time,
        position.entry_price,
        position.stop_loss,
        position.take_profit,
        position.size,
        symbol,
    )
