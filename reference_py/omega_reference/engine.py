"""The engine loop (chapter L, wave 3): bars in, one run out; the order of a bar is in ``execution.bar``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CheckedBars, DetailBars, OnProgress, OpenOrder, OwnStrategy, RunOutput
from omega.contract.protocols import CostModel as CostModelProtocol
from omega.contract.protocols import IndicatorCache as IndicatorCacheProtocol
from omega.contract.protocols import PortfolioModel as PortfolioModelProtocol
from omega.contract.types import Decision, EngineConfig, Position, Signal
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.detail import Detail, check_detail_timeframe, match_detail
from omega_reference.costs.commission import commission_terms
from omega_reference.costs.model import CostModel
from omega_reference.costs.swap import check_rollovers
from omega_reference.data import bars_from_table, detail_from_table, signals_from_table, ticks_from_table
from omega_reference.environment import check_environment
from omega_reference.execution.bar import process_bar
from omega_reference.execution.detail import evaluate_detail
from omega_reference.execution.ledger import add_initial_point
from omega_reference.execution.limits import check_fills, check_levels
from omega_reference.execution.management import ManagePosition
from omega_reference.execution.state import Account, Book, Log, Rules, new_account, rules_of
from omega_reference.execution.ticks import keep_last_points, tick_rules
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.quotes import bar_end
from omega_reference.strategy.base import Action, BarSlice, Strategy
from omega_reference.strategy.registry import find
from omega_reference.tables import (
    chain_array,
    decisions_table,
    equity_table,
    events_table,
    positions_table,
    trades_table,
)
from omega_reference.terms import symbol_terms
from omega_reference.ticks.columns import tick_bars
from omega_reference.variants import variant_rules
from omega_reference.worth import check_ages

_PROGRESS_ROWS: Final = 20_000
"""The loop has no clock (N-1); at the reference's speed this is at most about 20 reports a second."""


class Engine:
    """Runs signals or a strategy over bars; see :class:`omega.contract.protocols.Engine`.

    Parameters
    ----------
    costs : CostModel, optional
        Another implementation of the run's cost model.
    indicators : IndicatorCache, optional
        Another implementation of the indicator cache, over the same bars.
    books : PortfolioModel, optional
        Another implementation of the portfolio.
    """

    def __init__(
        self,
        costs: CostModelProtocol | None = None,
        indicators: IndicatorCacheProtocol | None = None,
        books: PortfolioModelProtocol | None = None,
    ) -> None:
        self._costs = costs
        self._indicators = indicators
        self._books = books

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
        detail: DetailBars | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        """Run ``signals`` over ``bars``, or ``own`` or ``config.strategy`` when ``signals`` is None (L-1, L-3).

        Parameters
        ----------
        bars : pyarrow.Table or CheckedBars
            Columns of T-2, warm-up included; the run starts at the first bar ≥ ``config.start``.
        signals : pyarrow.Table, optional
            Columns of T-6, sorted by time.
        config : EngineConfig
        on_progress : callable, optional
            Called with (bars done, bars in total).
        detail : DetailBars, optional
            Bars of a finer timeframe, which show what happened inside of ``bars`` (E-22).
        own : OwnStrategy, optional
            Asked in place of ``config.strategy``.

        Raises
        ------
        OmegaError
            In the order of Q-L1c; nothing of a refused run remains.
        """
        check_environment()
        has_orders = signals is not None or own is not None
        strategy = check_config(config, has_orders, None if detail is None else detail.timeframe)
        columns = bars_from_table(bars, config.timeframe, config.symbol)
        inside = None if detail is None else detail_from_table(detail, config.symbol)
        first = first_row(columns, config.start)
        rules = rules_of(config, CostModel(config) if self._costs is None else self._costs)
        rules = rules if self._books is None else replace(rules, books=self._books)
        book, account, log = Book(), new_account(config), Log()
        given = None if signals is None else signals_from_table(signals)
        matched = None
        if detail is not None and inside is not None:
            matched = match_detail(columns, first, config.timeframe, inside, detail.timeframe)
        check_market(rules, columns, first, given or ())
        source: EntrySource
        if given is not None:
            source = SignalFeed(given, columns, rules)
        elif own is not None:
            source = OrderFeed(own, rules)
        else:
            assert strategy is not None, "refused above"
            strategy.on_init(config)
            indicators = self._indicators or IndicatorCache(columns)
            source = StrategyFeed(strategy, columns, indicators, config.max_positions)
        run_bars(book, account, log, rules, columns, first, matched, source, on_progress)
        check_environment()
        return _output(book, account, log, rules, () if strategy is None else strategy.decisions())

    def run_ticks(
        self, ticks: pa.Table, signals: pa.Table, config: EngineConfig, on_progress: OnProgress | None = None
    ) -> RunOutput:
        """Run ``signals`` over ``ticks`` (E-17, Q-E17c).

        Parameters
        ----------
        ticks : pyarrow.Table
            Columns of T-3; the run starts at the first tick ≥ ``config.start``.
        signals : pyarrow.Table
            Columns of T-6, sorted by time.
        config : EngineConfig
            Its strategy is not asked.
        on_progress : callable, optional
            Called with (ticks done, ticks in total).

        Raises
        ------
        OmegaError
            In the order of Q-L1c with T-3 in place of T-2; nothing of a refused run remains.
        """
        check_environment()
        check_config(config, True, None)
        columns = tick_bars(ticks_from_table(ticks, config.symbol))
        first = first_row(columns, config.start)
        rules = rules_of(config, CostModel(config) if self._costs is None else self._costs)
        rules = rules if self._books is None else replace(rules, books=self._books)
        rules = tick_rules(rules, config.variant)
        given = signals_from_table(signals)
        check_market(rules, columns, first, given)
        book, account, log = Book(), new_account(config), Log()
        run_bars(book, account, log, rules, columns, first, None, SignalFeed(given, columns, rules), on_progress)
        keep_last_points(log, 0)
        check_environment()
        return _output(book, account, log, rules, ())


def check_config(config: EngineConfig, has_signals: bool, detail_timeframe: int | None) -> Strategy | None:
    """Check what a run checks before its tables (Q-L1c); return the strategy that will run, None for signals.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT without signals and strategy, for an unknown strategy even if signals are given, or as
        :func:`omega_reference.terms.symbol_terms`, :func:`omega_reference.costs.commission.commission_terms` and
        :func:`check_detail`.
    """
    strategy = None if config.strategy is None else find(config.strategy.name)(config.strategy)
    if strategy is None and not has_signals:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            "a run needs signals or a strategy, here are neither",
            rule="A-1",
            column="strategy",
        )
    commission_terms(config, symbol_terms(config))
    if detail_timeframe is not None:
        check_detail(config, detail_timeframe)
    return None if has_signals else strategy


def check_detail(config: EngineConfig, detail_timeframe: int) -> None:
    """Refuse detail bars where a run can have none (E-22).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT in a variant that has none, or as
        :func:`omega_reference.bars.detail.check_detail_timeframe`.
    """
    if not variant_rules(config.variant).walks_bars:
        message = f"the variant {config.variant.text} has no detail bars: leave them out"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="E-22", column="detail")
    check_detail_timeframe(config.timeframe, detail_timeframe)


def check_market(rules: Rules, bars: BarColumns, first: int, signals: Sequence[Signal]) -> None:
    """Check last what prices and times have to hold for costs and rates (Q-L1c).

    Raises
    ------
    OmegaError
        As :func:`omega_reference.execution.limits.check_fills`, :func:`omega_reference.worth.check_ages` and
        :func:`omega_reference.costs.swap.check_rollovers`.
    """
    check_fills(rules, bars, signals)
    check_ages(rules.rate_series, rules.rates_max_age, bars.timestamp, first)
    check_rollovers(rules.swap, bars.timestamp, first)


def first_row(bars: BarColumns, start: int | None) -> int:
    """Return the first row at or after ``start`` (G-4).

    Raises
    ------
    OmegaError
        EMPTY_INPUT if there is none.
    """
    if start is None:
        return 0
    for row, time in enumerate(bars.timestamp):
        if time >= start:
            return row
    raise omega_error(
        ErrorCode.EMPTY_INPUT,
        "no bar at or after start: it is later than the last bar",
        rule="G-4",
        column="start",
        value=start,
    )


def run_bars(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    bars: BarColumns,
    first: int,
    detail: Detail | None,
    source: EntrySource,
    on_progress: OnProgress | None,
) -> None:
    """Work through the bars from row ``first`` on, one after the other, each with its detail bars (Q-L1, E-22)."""
    account.first_time = bars.timestamp[first]
    if rules.variant.starts_with_point:
        # Ticks have no length: the point before them lies 1 µs before (Q-E17b).
        add_initial_point(account, log, rules, bars.timestamp[first] - (rules.timeframe or 1))
    last = len(bars) - 1
    manage_position = source.manage_position
    for row in range(first, last + 1):
        if detail is not None:
            evaluate_detail(book, account, log, rules, bars, row, detail)
        signals = source.due(row, book, account)
        is_last = row == last
        late = source.late() if is_last else ()
        process_bar(book, account, log, rules, bars, row, detail, signals, late, manage_position, is_last)
        done = row - first + 1
        if on_progress is not None and (is_last or done % _PROGRESS_ROWS == 0):  # N-1: integers
            on_progress(done, last - first + 1)


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
        indicators: IndicatorCacheProtocol,
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
            told = [open_order(position) for position in book.positions]
        signals = self._own.ask(row, account.portfolio.equity, told)
        check_levels(self._rules, signals)
        return signals

    def late(self) -> Sequence[Signal]:
        """Return nothing: a strategy speaks only at bars."""
        return ()


def open_order(position: Position) -> OpenOrder:
    """Return what a strategy of one's own is told of an order (Q-L3)."""
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
    )


def _output(book: Book, account: Account, log: Log, rules: Rules, decisions: Sequence[Decision]) -> RunOutput:
    return RunOutput(
        trades=trades_table(log.trades),
        events=events_table(log.events),
        equity=equity_table(log),
        positions=positions_table(book.positions),
        chain=chain_array(log),
        metrics=summary_metrics(book, account, log, rules.variant),
        decisions=decisions_table(decisions),
    )
