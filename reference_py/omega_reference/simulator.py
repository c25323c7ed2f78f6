"""The execution simulator on Arrow tables, step by step (E-19, Q-E19)."""

from __future__ import annotations

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import CostModel
from omega.contract.types import EngineConfig, Signal
from omega_reference import execution
from omega_reference.bars.columns import BarColumns
from omega_reference.breaches import breach
from omega_reference.data import bars_from_table, signals_from_table
from omega_reference.tables import events_table, positions_table


class ExecutionSimulator:
    """Signals of a bar first, then its exits; see :class:`omega.contract.protocols.ExecutionSimulator`.

    Every input is checked before anything happens, so a refused call leaves the state as it was (X-4).

    Parameters
    ----------
    config : EngineConfig
    costs : CostModel, optional
        Another implementation of the run's cost model.
    """

    def __init__(self, config: EngineConfig, costs: CostModel | None = None) -> None:
        self._core = execution.ExecutionSimulator(config, costs)
        self._symbol = config.symbol
        self._timeframe = config.timeframe
        self._seen: int | None = None
        self._evaluated: int | None = None
        self._last_signal: int | None = None

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._core.portfolio.cash

    @property
    def equity(self) -> float:
        """Equity of the last bar whose exits were evaluated (P-3); the initial balance before."""
        return self._core.portfolio.equity

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain (H-1); 16 zero bytes before the first bar."""
        return self._core.chain.last

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` in the one-row table ``bar`` and return the new event rows.

        Raises
        ------
        OmegaError
            SIZE_MISMATCH if ``bar`` has not one row, INVALID_STATE if it lies behind the simulator,
            CONSTRAINT_VIOLATION if a signal is later than the bar or earlier than one before.
        """
        if bar.num_rows != 1:
            message = "signals are processed in exactly one bar"
            raise breach(ErrorCode.SIZE_MISMATCH, "E-19", "bar", message, value=bar.num_rows)
        bars = bars_from_table(bar, self._timeframe, self._symbol)
        self._check_order(bars)
        new = signals_from_table(signals)
        self._check_signal_times(new, bars.timestamp[0])
        before = len(self._core.events)
        self._core.process_signals(bars, 0, new)
        self._seen = bars.timestamp[0]
        if new:
            self._last_signal = new[-1].timestamp
        return events_table(self._core.events[before:])

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        """Run pass, management, equity and state chain for each row of ``bars`` and return the new event rows.

        Raises
        ------
        OmegaError
            Breaches of T-2, and INVALID_STATE if the first bar lies behind the simulator.
        """
        columns = bars_from_table(bars, self._timeframe, self._symbol)
        self._check_order(columns)
        before = len(self._core.events)
        for row in range(len(columns)):
            self._core.evaluate_exits(columns, row)
        self._seen = self._evaluated = columns.timestamp[-1]
        return events_table(self._core.events[before:])

    def positions(self) -> pa.Table:
        """Return pending and open positions in order_id order (T-7)."""
        return positions_table(self._core.positions)

    def _check_order(self, bars: BarColumns) -> None:
        """Bars of one call increase (T-2), so its first decides."""
        time = bars.timestamp[0]
        if self._evaluated is not None and time <= self._evaluated:
            raise _behind(time, f"the exits of a bar at {self._evaluated} µs were evaluated already")
        if self._seen is not None and time < self._seen:
            raise _behind(time, f"a bar at {self._seen} µs was seen already")

    def _check_signal_times(self, signals: list[Signal], bar_time: int) -> None:
        for row, signal in enumerate(signals):
            if signal.timestamp > bar_time:
                raise _unsorted(row, signal.timestamp, f"a signal must not be later than its bar ({bar_time} µs)")
            if self._last_signal is not None and signal.timestamp < self._last_signal:
                raise _unsorted(row, signal.timestamp, f"a signal at {self._last_signal} µs was processed already")


def _behind(time: int, why: str) -> OmegaError:
    return omega_error(
        ErrorCode.INVALID_STATE,
        f"bars must be later than before: {why}, got {time} µs",
        rule="E-19",
        column="timestamp",
        row=0,
        value=time,
    )


def _unsorted(row: int, time: int, why: str) -> OmegaError:
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "L-1a", "timestamp", why, row, time)
