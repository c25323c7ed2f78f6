"""Where the signals of a run over several symbols come from, step by step (Q-M4b, Q-M4e)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from omega.contract.own import OwnStrategy
from omega.contract.types import Signal
from omega_reference.execution.state import Account, Rules
from omega_reference.feeds import open_order
from omega_reference.multi_symbol.books import Place, in_order
from omega_reference.quotes import bar_end


class StepSource(Protocol):
    """Where the signals come from."""

    def arrived(self, step: int, time: int, places: Sequence[Place], account: Account) -> Sequence[Signal]:
        """Return the signals that arrive in a step of a time, µs, by what the step before left."""
        ...

    def late(self) -> Sequence[Signal]:
        """Return the signals that no step reached."""
        ...


class StepSignals:
    """A table's signals, each in the first step whose time, or whose end, is not earlier."""

    def __init__(self, signals: Sequence[Signal], rules: Rules) -> None:
        self._signals = signals
        self._timeframe = rules.timeframe if rules.takes_decisions else 0
        self._next = 0

    def arrived(self, step: int, time: int, places: Sequence[Place], account: Account) -> Sequence[Signal]:
        """Return the signals that arrive in a step, in the order given."""
        end = bar_end(time, self._timeframe)
        first, signals = self._next, self._signals
        while self._next < len(signals) and signals[self._next].timestamp <= end:
            self._next += 1
        return signals[first : self._next]

    def late(self) -> Sequence[Signal]:
        """Return the signals that have not arrived yet."""
        return self._signals[self._next :]


class StepOrders:
    """The orders of a strategy of one's own, which is asked step by step (Q-M4e)."""

    def __init__(self, own: OwnStrategy) -> None:
        self._own = own
        self._told = -1

    def arrived(self, step: int, time: int, places: Sequence[Place], account: Account) -> Sequence[Signal]:
        """Return the strategy's orders of a step, in the order given; none after a stop-out."""
        if account.is_stopped_out or self._own.rows[step] == 0:
            return ()
        # hit Q-M4e
        told = None
        if account.next_seq != self._told:
            # Whatever changes an order has its event (T-8).
            self._told = account.next_seq
            told = [open_order(position, place.rules.numbers[position.symbol]) for place, position in in_order(places)]
        return self._own.ask(step, account.portfolio.equity, told)

    def late(self) -> Sequence[Signal]:
        """Return nothing: a strategy speaks only in steps."""
        return ()
