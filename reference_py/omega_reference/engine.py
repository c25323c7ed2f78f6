"""The engine loop (chapter L, wave 3): bars in, one run out; the order of a bar is in ``execution.bar``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CheckedBars, DetailBars, OnProgress, OwnStrategy, RunOutput
from omega.contract.protocols import CostModel as CostModelProtocol
from omega.contract.protocols import IndicatorCache as IndicatorCacheProtocol
from omega.contract.protocols import PortfolioModel as PortfolioModelProtocol
from omega.contract.types import Decision, EngineConfig, Signal
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.detail import Detail, check_detail_timeframe, match_detail
from omega_reference.breaches import breach
from omega_reference.costs.commission import commission_terms
from omega_reference.costs.model import CostModel
from omega_reference.costs.swap import check_rollovers
from omega_reference.data import (
    bars_from_table,
    detail_from_table,
    read_bars,
    signals_from_table,
    ticks_from_table,
)
from omega_reference.environment import check_environment
from omega_reference.execution.bar import process_bar
from omega_reference.execution.detail import evaluate_detail
from omega_reference.execution.ledger import add_initial_point
from omega_reference.execution.limits import check_fills
from omega_reference.execution.state import Account, Book, Log, Rules, new_account, rules_of
from omega_reference.execution.ticks import keep_last_points, tick_rules
from omega_reference.feeds import EntrySource, OrderFeed, SignalFeed, StrategyFeed
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.multi_symbol.arrivals import StepOrders, StepSignals, StepSource
from omega_reference.multi_symbol.books import in_order
from omega_reference.multi_symbol.run import PROGRESS_ROWS, check_many, check_steps, new_places, run_steps
from omega_reference.multi_symbol.timeline import union
from omega_reference.portfolio.metrics import summary_metrics
from omega_reference.strategy.base import Strategy
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
    many_costs : sequence of CostModel, optional
        Other implementations of the cost models of :meth:`run_many`, one for each symbol.
    """

    def __init__(
        self,
        costs: CostModelProtocol | None = None,
        indicators: IndicatorCacheProtocol | None = None,
        books: PortfolioModelProtocol | None = None,
        many_costs: Sequence[CostModelProtocol] | None = None,
    ) -> None:
        self._costs = costs
        self._many_costs = many_costs
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
        first = first_row(columns.timestamp, config.start)
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

    def run_many(
        self,
        bars: Sequence[pa.Table | CheckedBars],
        signals: pa.Table | None,
        configs: Sequence[EngineConfig],
        on_progress: OnProgress | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        """Run ``signals``, or without any ``own``, over the bars of several symbols (M-4).

        Parameters
        ----------
        bars : sequence of pyarrow.Table or CheckedBars
            Columns of T-2 for each symbol, warm-up included.
        signals : pyarrow.Table, optional
            Columns of T-6, sorted by time.
        configs : sequence of EngineConfig
            One for each symbol, in their order (M-2).
        on_progress : callable, optional
            Called with (steps done, steps in total).
        own : OwnStrategy, optional
            Asked step by step.

        Raises
        ------
        OmegaError
            In the order of Q-M4d; nothing of a refused run remains.
        """
        check_environment()
        check_many(configs, len(bars), signals is not None or own is not None)
        for config in configs:
            check_config(config, True, None)
        columns = [
            bars_from_table(one, config.timeframe, config.symbol) if len(one) else read_bars(one)
            for one, config in zip(bars, configs, strict=True)
        ]
        times = union([one.timestamp for one in columns])
        if not times:
            raise breach(ErrorCode.EMPTY_INPUT, "M-4", "bars", "no symbol has a bar")
        first = first_row(times, configs[0].start)
        given = None if signals is None else signals_from_table(signals)
        costs = [CostModel(config) for config in configs] if self._many_costs is None else self._many_costs
        places = new_places(configs, columns, costs, self._books, times[first])
        check_steps(places, times)
        account, log = new_account(configs[0]), Log()
        source: StepSource
        if given is not None:
            source = StepSignals(given, places[0].rules)
        else:
            assert own is not None, "refused above"
            source = StepOrders(own)
        run_steps(places, account, log, times, first, source, on_progress)
        check_environment()
        book = Book(positions=[position for _, position in in_order(places)])
        return _output(book, account, log, places[0].rules, ())

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
        first = first_row(columns.timestamp, config.start)
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


def first_row(times: Sequence[int], start: int | None) -> int:
    """Return the first row of ``times`` at or after ``start`` (G-4).

    Raises
    ------
    OmegaError
        EMPTY_INPUT if there is none.
    """
    if start is None:
        return 0
    for row, time in enumerate(times):
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
        if on_progress is not None and (is_last or done % PROGRESS_ROWS == 0):  # N-1: integers
            on_progress(done, last - first + 1)


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
