"""The engine loop (chapter L, wave 3): bars in, one run out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CheckedBars, CostModel, OnProgress, RunOutput
from omega.contract.protocols import IndicatorCache as IndicatorCacheProtocol
from omega.contract.types import EngineConfig, Position, Signal, Variant
from omega_reference.bars.columns import BarColumns
from omega_reference.data import bars_from_table, signals_from_table
from omega_reference.execution import ExecutionSimulator, ManagePosition
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.portfolio import summary_metrics
from omega_reference.sizing import symbol_terms
from omega_reference.strategy.base import Action, BarSlice, Strategy
from omega_reference.strategy.registry import create_strategy
from omega_reference.tables import chain_array, equity_table, events_table, positions_table, trades_table

_PROGRESS_ROWS: Final = 20_000
"""The loop has no clock (N-1); at the reference's speed this is at most about 20 reports a second."""


class SignalSource(Protocol):
    """Where a run's entry signals come from."""

    def due(self, row: int) -> Sequence[Signal]:
        """Return the signals handed over at a bar."""
        ...

    def late(self) -> Sequence[Signal]:
        """Return the signals that no bar reached."""
        ...


class Engine:
    """Runs signals or a strategy over bars; see :class:`omega.contract.protocols.Engine`.

    Parameters
    ----------
    costs : CostModel, optional
        Another implementation of the run's cost model.
    indicators : IndicatorCache, optional
        Another implementation of the indicator cache, over the same bars.
    """

    def __init__(self, costs: CostModel | None = None, indicators: IndicatorCacheProtocol | None = None) -> None:
        self._costs = costs
        self._indicators = indicators

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        """Run ``signals`` over ``bars``, or ``config.strategy`` when ``signals`` is None (L-1).

        Parameters
        ----------
        bars : pyarrow.Table or CheckedBars
            Columns of T-2, warm-up included; the run starts at the first bar ≥ ``config.start``.
        signals : pyarrow.Table, optional
            Columns of T-6, sorted by time.
        config : EngineConfig
        on_progress : callable, optional
            Called with (bars done, bars in total).

        Raises
        ------
        OmegaError
            In the order of Q-L1c; nothing of a refused run remains.
        """
        strategy = _strategy_of(config, has_signals=signals is not None)
        symbol_terms(config)
        columns = bars_from_table(bars, config.timeframe, config.symbol)
        first = first_row(columns, config.start)
        simulator = ExecutionSimulator(config, self._costs)
        if config.variant is Variant.V1:
            simulator.portfolio.add_initial_point(columns.timestamp[first] - config.timeframe)
        source: SignalSource
        manage_position: ManagePosition | None = None
        if signals is not None:
            source = SignalFeed(signals_from_table(signals), columns)
        else:
            assert strategy is not None, "refused above"
            indicators = self._indicators or IndicatorCache.from_columns(columns)
            strategy.on_init(config)
            source = feed = StrategyFeed(strategy, columns, indicators, simulator, config.max_positions)
            manage_position = feed.manage_position
        _loop(simulator, columns, first, source, manage_position, on_progress)
        return _output(simulator)


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
        f"no bar at or after start ({start} µs); the last one is at {bars.timestamp[-1]} µs",
        rule="G-4",
        column="start",
        value=start,
    )


def _strategy_of(config: EngineConfig, *, has_signals: bool) -> Strategy | None:
    """Return the configured strategy; a wrong name is refused even if signals are given (Q-L1c)."""
    if config.strategy is not None:
        return create_strategy(config.strategy)
    if has_signals:
        return None
    raise omega_error(
        ErrorCode.INVALID_ARGUMENT,
        "a run needs signals or a strategy, here are neither",
        rule="A-1",
        column="strategy",
    )


def _loop(
    simulator: ExecutionSimulator,
    bars: BarColumns,
    first: int,
    source: SignalSource,
    manage_position: ManagePosition | None,
    on_progress: OnProgress | None,
) -> None:
    """Q-L1, one bar after the other."""
    last = len(bars) - 1
    for row in range(first, last + 1):
        due = source.due(row)
        if due:
            simulator.process_signals(bars, row, due)
        if row == last:
            simulator.reject_after_end(bars, row, source.late())
        simulator.evaluate_exits(bars, row, manage_position=manage_position, is_last=row == last)
        done = row - first + 1
        if on_progress is not None and (row == last or done % _PROGRESS_ROWS == 0):  # N-1: integers
            on_progress(done, last - first + 1)


class SignalFeed:
    """A table's signals, each at the first bar whose time is not earlier (L-1a)."""

    def __init__(self, signals: Sequence[Signal], bars: BarColumns) -> None:
        self._signals = signals
        self._timestamp = bars.timestamp
        self._next = 0

    def due(self, row: int) -> Sequence[Signal]:
        """Return the signals handed over at a bar, in the order given."""
        time = self._timestamp[row]
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
        simulator: ExecutionSimulator,
        max_positions: int | None,
    ) -> None:
        self._strategy = strategy
        self._slice = BarSlice(bars, 0)
        self._indicators = indicators
        self._simulator = simulator
        self._max_positions = max_positions

    def due(self, row: int) -> Sequence[Signal]:
        """Return the strategy's signal of this bar, if any."""
        self._slice.row = row
        if self._max_positions is not None and len(self._simulator.positions) >= self._max_positions:
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


def _output(simulator: ExecutionSimulator) -> RunOutput:
    return RunOutput(
        trades=trades_table(simulator.trades),
        events=events_table(simulator.events),
        equity=equity_table(simulator.portfolio),
        positions=positions_table(simulator.positions),
        chain=chain_array(simulator.chain),
        metrics=summary_metrics(simulator.portfolio, simulator.trades, simulator.ambiguous_bars),
    )
