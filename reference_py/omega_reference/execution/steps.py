"""Execution step by step, on Arrow tables (E-19, Q-E19): signals of a bar first, then its exits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import CostModel as CostModelProtocol
from omega.contract.protocols import PortfolioModel as PortfolioModelProtocol
from omega.contract.types import Bar, EngineConfig, Event, Signal, Tick
from omega_reference.bars.checks import check_bars
from omega_reference.bars.columns import BarColumns, columns_of
from omega_reference.breaches import TIME_MAX_US, breach
from omega_reference.costs.model import CostModel
from omega_reference.costs.swap import check_rollovers
from omega_reference.data import bars_from_table, signals_from_table, ticks_from_table
from omega_reference.environment import check_environment
from omega_reference.execution import closing
from omega_reference.execution.bar import evaluate_positions, mark_quote
from omega_reference.execution.calculations import charge, check_fills_to_charge, check_orders, lot_size
from omega_reference.execution.entries import process_signal
from omega_reference.execution.ledger import drop_point
from omega_reference.execution.limits import check_fills, check_levels
from omega_reference.execution.snapshot import state_of, state_parts
from omega_reference.execution.state import Account, Book, Log, Progress, Rules, UnmarkedBar, new_account, rules_of
from omega_reference.execution.ticks import keep_last_points, set_reaches, tick_rules
from omega_reference.execution.updates import act_on_updates, updates_of
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.quotes import Quote, quote_of
from omega_reference.tables import events_table, positions_table, trades_table
from omega_reference.ticks.checks import check_ticks
from omega_reference.ticks.columns import Ticks, tick_bars
from omega_reference.ticks.columns import columns_of as columns_of_tick
from omega_reference.worth import check_ages


class ExecutionSimulator:
    """One book and its account, moved on bar by bar; see :class:`omega.contract.protocols.ExecutionSimulator`.

    Every input is checked before anything happens, so a refused call leaves the state as it was (X-4).

    Parameters
    ----------
    config : EngineConfig
    costs : CostModel, optional
        Another implementation of the run's cost model.
    books : PortfolioModel, optional
        Another implementation of the portfolio.
    """

    def __init__(
        self, config: EngineConfig, costs: CostModelProtocol | None = None, books: PortfolioModelProtocol | None = None
    ) -> None:
        rules = rules_of(config, CostModel(config) if costs is None else costs)
        self._rules = rules if books is None else replace(rules, books=books)
        self._tick_rules = tick_rules(self._rules, config.variant)
        self._book = Book()
        self._account = new_account(config)
        self._log = Log()
        self._progress = Progress()

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` in the one-row table ``bar`` and return the new event rows.

        Raises
        ------
        OmegaError
            SIZE_MISMATCH if ``bar`` has not one row, INVALID_STATE if it lies behind the simulator,
            CONSTRAINT_VIOLATION if a signal is later than the bar or earlier than one before, or as
            :func:`omega_reference.execution.limits.check_fills`, :func:`omega_reference.worth.check_ages` and
            :func:`omega_reference.costs.swap.check_rollovers`.
        """
        check_environment()
        if bar.num_rows != 1:
            message = "signals are processed in exactly one bar"
            raise breach(ErrorCode.SIZE_MISMATCH, "E-19", "bar", message, value=bar.num_rows)
        bars = bars_from_table(bar, self._rules.timeframe, self._rules.symbol)
        self._check_bar_time(bars.timestamp[0])
        return self._hand_over(bars, signals_from_table(signals), False)

    def process_tick_signals(self, tick: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` at the one-row table ``tick`` and return the new event rows (Q-E17d).

        Raises
        ------
        OmegaError
            As :meth:`process_signals`, with T-3 in place of T-2.
        """
        check_environment()
        if tick.num_rows != 1:
            message = "signals are processed at exactly one tick"
            raise breach(ErrorCode.SIZE_MISMATCH, "E-19", "tick", message, value=tick.num_rows)
        ticks = ticks_from_table(tick, self._rules.symbol)
        self._check_tick_time(ticks.timestamp[0])
        events = self._hand_over(tick_bars(ticks), signals_from_table(signals), True)
        self._leave_ticks()
        return events

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        """Run pass, management, equity and state chain for each row of ``bars`` and return the new event rows.

        Raises
        ------
        OmegaError
            Breaches of T-2, INVALID_STATE if the first bar lies behind the simulator, or as
            :func:`omega_reference.execution.limits.check_fills`, :func:`omega_reference.worth.check_ages` and
            :func:`omega_reference.costs.swap.check_rollovers`.
        """
        check_environment()
        columns = bars_from_table(bars, self._rules.timeframe, self._rules.symbol)
        self._check_bar_time(columns.timestamp[0])
        return self._evaluate(columns, False)

    def evaluate_bar(self, bar: Bar) -> pa.Table:
        """Do and refuse what :meth:`evaluate_exits` would with a table of this one row."""
        check_environment()
        columns = columns_of(bar)
        check_bars(columns, self._rules.timeframe, ())
        self._check_bar_time(bar.timestamp)
        return self._evaluate(columns, False)

    def evaluate_ticks(self, ticks: pa.Table) -> pa.Table:
        """Run pass, management, equity and state chain for each row of ``ticks`` and return the new event rows (E-17).

        Raises
        ------
        OmegaError
            As :meth:`evaluate_exits`, with T-3 in place of T-2.
        """
        check_environment()
        return self._evaluate_ticks(ticks_from_table(ticks, self._rules.symbol))

    def evaluate_tick(self, tick: Tick) -> pa.Table:
        """Do and refuse what :meth:`evaluate_ticks` would with a table of this one row."""
        check_environment()
        columns = columns_of_tick(tick)
        check_ticks(columns, ())
        return self._evaluate_ticks(columns)

    def close_all(self) -> pa.Table:
        """Let E-18 act in the last evaluated bar and return the new event rows (Q-E18b).

        Raises
        ------
        OmegaError
            INVALID_STATE if the exits of a bar that got signals are not evaluated yet.
        """
        check_environment()
        self._check_nothing_waits("this bar got signals: evaluate its exits before everything is closed")
        last = self._progress.last_bar
        if last is not None and self._book.positions:
            _unmark(self._account, self._log, last)
            rules = _rules_at(self._rules, self._tick_rules, last.quote)
            closing.close_all(self._book, self._account, self._log, rules, last.quote)
            self._progress.last_bar = self._unmarked(last.quote)
            mark_quote(self._book, self._account, self._log, rules, last.quote, last.quote.timestamp)
        return events_table(_drain_events(self._log))

    def apply_updates(
        self,
        order_ids: Sequence[int],
        stop_losses: Sequence[float | None],
        take_profits: Sequence[float | None],
        close_fractions: Sequence[float | None],
    ) -> pa.Table:
        """Change and close by id in the last evaluated bar, and return the new event rows (B-4).

        Raises
        ------
        OmegaError
            INVALID_STATE if the exits of a bar that got signals are not evaluated yet, or as
            :func:`omega_reference.execution.updates.updates_of`.
        """
        check_environment()
        self._check_nothing_waits("this bar got signals: evaluate its exits before orders are changed by id")
        updates = updates_of(self._account, order_ids, stop_losses, take_profits, close_fractions)
        last = self._progress.last_bar
        if last is not None and updates:
            _unmark(self._account, self._log, last)
            rules = _rules_at(self._rules, self._tick_rules, last.quote)
            act_on_updates(self._book, self._account, self._log, rules, last.quote, updates)
            self._progress.last_bar = self._unmarked(last.quote)
            mark_quote(self._book, self._account, self._log, rules, last.quote, last.quote.timestamp)
            self._leave_ticks()
        return events_table(_drain_events(self._log))

    def check_batch(self, signals: pa.Table) -> None:
        """Refuse what :meth:`process_signals` would refuse of signals whatever their bar (B-2)."""
        check_environment()
        new = signals_from_table(signals)
        self._check_signal_times(new, TIME_MAX_US)
        check_levels(self._rules, new)

    def lot_sizes(
        self,
        prices: Sequence[float],
        stop_losses: Sequence[float],
        sizes: Sequence[float | None],
        times: Sequence[int],
    ) -> list[float | None]:
        """Return the lots that orders would get now, None where one is too small (B-5).

        Raises
        ------
        OmegaError
            As :func:`omega_reference.execution.calculations.check_orders`.
        """
        check_environment()
        check_orders(self._rules, prices, stop_losses, sizes, times)
        orders = zip(prices, stop_losses, sizes, times, strict=True)
        return [lot_size(self._account, self._rules, *order) for order in orders]

    def fees(
        self, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
    ) -> list[float]:
        """Return what fills would be charged; leg 0 is the entry (B-5).

        Raises
        ------
        OmegaError
            As :func:`omega_reference.execution.calculations.check_fills_to_charge`.
        """
        check_environment()
        check_fills_to_charge(self._rules, lots, prices, times, legs)
        return [charge(self._rules, *fill) for fill in zip(lots, prices, times, legs, strict=True)]

    def trades(self) -> pa.Table:
        """Return the positions closed so far, in the order of closing (T-7)."""
        return trades_table(self._log.trades)

    def metrics(self) -> dict[str, int | float | None]:
        """Return the metrics of a run over the bars evaluated so far (P-5)."""
        return summary_metrics(self._book, self._account, self._log, self._rules.variant)

    def positions(self) -> pa.Table:
        """Return pending and open positions in order_id order (T-7)."""
        return positions_table(self._book.positions)

    def snapshot(self) -> dict[str, pa.Table]:
        """Return the whole state as the tables of Q-R1."""
        return state_parts(self._book, self._account, self._log, self._rules, self._progress)

    def restore(self, parts: Mapping[str, pa.Table]) -> None:
        """Take the state of another simulator of this configuration, whose tables have the shapes of Q-R1."""
        check_environment()
        self._book, self._account, self._log, self._progress = state_of(parts, self._rules)

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._account.portfolio.cash

    @property
    def equity(self) -> float:
        """Equity of the last bar whose exits were evaluated (P-3); the initial balance before."""
        return self._account.portfolio.equity

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain (H-1); 16 zero bytes before the first bar."""
        return self._account.digest

    def _hand_over(self, bar: BarColumns, signals: Sequence[Signal], is_tick: bool) -> pa.Table:
        """Process signals in a bar, or at a tick, that passed its checks."""
        rules = self._tick_rules if is_tick else self._rules
        quote = quote_of(bar, 0, rules.timeframe)
        self._check_signal_times(signals, quote.end if rules.takes_decisions else quote.timestamp)
        check_fills(rules, bar, signals)
        check_ages(rules.rate_series, rules.rates_max_age, bar.timestamp, 0)
        check_rollovers(rules.swap, bar.timestamp, 0)
        self._begin(quote.timestamp)
        for row, signal in enumerate(signals):
            placed = replace(signal, row=self._progress.signals_taken + row)
            process_signal(self._book, self._account, self._log, rules, quote, placed)
            self._progress.last_signal_time = signal.timestamp
        self._progress.signals_taken = self._progress.signals_taken + len(signals)
        self._progress.last_signal_bar = quote.timestamp
        return events_table(_drain_events(self._log))

    def _evaluate(self, bars: BarColumns, is_tick: bool) -> pa.Table:
        """Evaluate bars, or ticks, that passed their checks."""
        rules = self._tick_rules if is_tick else self._rules
        check_fills(rules, bars, ())
        check_ages(rules.rate_series, rules.rates_max_age, bars.timestamp, 0)
        check_rollovers(rules.swap, bars.timestamp, 0)
        self._begin(bars.timestamp[0])
        for row in range(len(bars)):
            quote = quote_of(bars, row, rules.timeframe)
            evaluate_positions(self._book, self._account, self._log, rules, quote, quote.timestamp, None)
            if row == len(bars) - 1:
                self._progress.last_bar = self._unmarked(quote)
            mark_quote(self._book, self._account, self._log, rules, quote, quote.timestamp)
        return events_table(_drain_events(self._log))

    def _evaluate_ticks(self, ticks: Ticks) -> pa.Table:
        """Evaluate ticks that passed T-3; of those of one time the last has its point in the curve."""
        self._check_tick_time(ticks.timestamp[0])
        points = len(self._log.timestamps)
        if self._rules.stop_buffer != 0.0:
            set_reaches(self._book, self._tick_rules)
        try:
            return self._evaluate(tick_bars(ticks), True)
        finally:
            keep_last_points(self._log, points - 1 if points > 0 else 0)
            self._leave_ticks()

    def _leave_ticks(self) -> None:
        """Give stops back the buffers that bars give them."""
        if self._rules.stop_buffer != 0.0:
            set_reaches(self._book, self._rules)

    def _unmarked(self, quote: Quote) -> UnmarkedBar:
        """Keep what the end of a bar will change."""
        account = self._account
        portfolio = replace(account.portfolio)
        return UnmarkedBar(quote=quote, portfolio=portfolio, digest=account.digest, events=tuple(self._log.bar_events))

    def _check_nothing_waits(self, why: str) -> None:
        """Refuse what acts in the last evaluated bar while a later one got signals."""
        last, waiting = self._progress.last_bar, self._progress.last_signal_bar
        # Of two ticks of one time the second may have got them.
        is_pending = bool(self._log.bar_events or self._book.waiting)
        if waiting is not None and (last is None or is_pending or last.quote.timestamp < waiting):
            raise breach(ErrorCode.INVALID_STATE, "E-19", "timestamp", why, value=waiting)

    def _begin(self, timestamp: int) -> None:
        """Take the first bar given as the run's first (L-1a)."""
        if self._account.first_time is None:
            self._account.first_time = timestamp

    def _check_bar_time(self, timestamp: int) -> None:
        """Refuse a bar that lies behind the simulator; bars of one call increase (T-2), so its first decides."""
        if self._progress.last_bar is not None and timestamp <= self._progress.last_bar.quote.timestamp:
            raise _behind(timestamp, "the bar is not later than the last one whose exits were evaluated")
        if self._progress.last_signal_bar is not None and timestamp < self._progress.last_signal_bar:
            raise _behind(timestamp, "the bar is earlier than the last one that got signals")

    def _check_tick_time(self, timestamp: int) -> None:
        """Refuse a tick that lies behind the simulator; ticks do not decrease (T-3), so its first decides."""
        if self._progress.last_bar is not None and timestamp < self._progress.last_bar.quote.end:
            raise _behind(timestamp, "the tick is earlier than the tick, or the end of the bar, evaluated last")
        if self._progress.last_signal_bar is not None and timestamp < self._progress.last_signal_bar:
            raise _behind(timestamp, "the tick is earlier than the last bar or tick that got signals")

    def _check_signal_times(self, signals: Sequence[Signal], latest: int) -> None:
        for row, signal in enumerate(signals):
            if signal.timestamp > latest:
                raise _unsorted(row, signal.timestamp, "a signal must not be later than its bar")
            if self._progress.last_signal_time is not None and signal.timestamp < self._progress.last_signal_time:
                raise _unsorted(row, signal.timestamp, "a signal must not be earlier than one before it")


def _unmark(account: Account, log: Log, last: UnmarkedBar) -> None:
    """Go back to before the end of the last evaluated bar (Q-E18b)."""
    account.portfolio = replace(last.portfolio)
    account.digest = last.digest
    log.bar_events.extend(last.events)
    drop_point(log)


def _rules_at(rules: Rules, tick_rules: Rules, quote: Quote) -> Rules:
    """Return the rules of a bar, or of a tick, which has no length."""
    return rules if quote.timestamp < quote.end else tick_rules


def _drain_events(log: Log) -> list[Event]:
    """Take the events out of the log; those of a bar without a digest yet stay for it.

    The chain goes: only a whole run reads it. The curve stays for the metrics (Q-P5d).
    """
    log.chain.clear()
    events = log.events
    log.events = []
    return events


def _behind(time: int, why: str) -> OmegaError:
    return breach(ErrorCode.INVALID_STATE, "E-19", "timestamp", why, 0, time)


def _unsorted(row: int, time: int, why: str) -> OmegaError:
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "L-1a", "timestamp", why, row, time)
