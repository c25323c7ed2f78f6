"""The execution simulator step by step (E-19): signals of a bar first, then its exits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from threading import RLock
from types import TracebackType
from typing import Final, NamedTuple, NoReturn, Self

import pyarrow as pa

from omega.boundary.guard import guarded
from omega.boundary.turns import one_at_a_time
from omega.contract.batches import (
    FEES,
    FILLS_TO_CHARGE,
    FILLS_TO_SLIP,
    ORDERS_TO_SIZE,
    POSITIONS_OUT,
    SLIPPAGES,
    UPDATES,
)
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS, BARS_WITH_SYMBOL, EVENTS, SIGNALS, STATE_PARTS
from omega.contract.types import SignalTime
from omega.data.answers import lots_table, numbers_table, results_table
from omega.data.arrow import as_table, conform, types_of
from omega.data.bars import Bars
from omega.data.batches import batch_table, draws_of, values_of
from omega.data.ipc import in_layout, is_packed, read_packed, unpacked
from omega.data.labels import TextLog
from omega.data.sides import with_volume
from omega.data.signals import conformed_signals, signal_table, table_of_rows
from omega.data.single import plain_bar, table_of_bar
from omega.data.ticks import Ticks, plain_tick, refuse_ticks, tick_table
from omega.data.waiting import WaitingSignals, answer, latest_time, whole_signals
from omega.flags.plan import BackendName, Choice
from omega.flags.registry import SIMULATOR_COMPONENTS
from omega.serve.factories import create_simulator
from omega.serve.planning import plan_run
from omega.serve.watched import WatchedCosts, WatchedSimulator, watched_simulator
from omega.settings.load import ConfigSource, flags_of, load_config
from omega.settings.resolve import resolve
from omega.snapshot import Snapshot, read_snapshot, write_snapshot

_BAR_TYPES = types_of(BARS_WITH_SYMBOL)
NO_SIGNALS: Final = SIGNALS.empty_table()
NO_EVENTS: Final = EVENTS.empty_table()


class Step(NamedTuple):
    """What one bar brought: the signals handed over in it, what came of that, and of its exits."""

    signals: pa.Table
    first_row: int
    """Number of the first of them over all calls."""
    hand_over: pa.Table
    exits: pa.Table


class ExecutionSimulator:
    """Hand over signals and bars one step at a time, on either side.

    Parameters
    ----------
    config : Config, mapping or path
        ``symbol`` and ``timeframe`` must be set. A ``strategy`` is not asked; ``start`` only rejects signals before it,
        and ``close_at_end`` acts when it is finished (Q-E18b).
    backend : {"python", "rust"}, optional
        Otherwise the flags decide.

    Examples
    --------
    >>> simulator = ExecutionSimulator({"symbol": "EURUSD", "timeframe": "M5"}, backend="python")
    >>> simulator.cash
    10000.0

    In a ``with`` block it is finished at the end, unless an exception leaves the block.

    >>> with ExecutionSimulator({"symbol": "EURUSD", "timeframe": "M5", "close_at_end": True}) as simulator:
    ...     pass
    >>> simulator.metrics["trades"]
    0
    """

    @guarded("config")
    def __init__(self, config: ConfigSource, backend: str | None = None) -> None:
        settings = load_config(config)
        plan = plan_run(SIMULATOR_COMPONENTS, backend=backend, configuration=flags_of(settings))
        resolved = resolve(settings)
        serving = plan.serving("execution_simulator")
        self._inner = watched_simulator(serving, create_simulator, resolved)
        self._config = resolved
        self._symbol = resolved.symbol
        # Of every signal processed: an order names its row over all calls (Q-E19).
        self.turn = RLock()
        self._texts = TextLog()
        self._waiting = WaitingSignals()
        self._signals_taken = 0
        self._reach = resolved.timeframe if resolved.signal_time is SignalTime.DECISION else 0
        self._costs = WatchedCosts(serving, resolved)
        self._closes_at_end = resolved.close_at_end
        self._is_finished = False
        self._backend = plan.backend("execution_simulator")
        self.flags: tuple[Choice, ...] = tuple(plan)

    @property
    def backend(self) -> BackendName:
        """The side that serves now: Rust is left for good where it fails or differs (F-2, F-5)."""
        if isinstance(self._inner, WatchedSimulator):
            return self._inner.watch.sides["execution_simulator"]
        return self._backend

    @property
    @one_at_a_time
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._inner.cash

    @property
    @one_at_a_time
    def equity(self) -> float:
        """Equity in the account currency after the last bar (P-3)."""
        return self._inner.equity

    @property
    @one_at_a_time
    def state_hash(self) -> bytes:
        """Last digest of the state chain (H-1); 16 zero bytes before the first bar."""
        return self._inner.state_hash

    @property
    @one_at_a_time
    def trades(self) -> pa.Table:
        """The positions closed so far in the order of closing, as :attr:`omega.Result.trades` has them (T-7)."""
        return self._texts.beside(self._inner.trades())

    @property
    @one_at_a_time
    def metrics(self) -> dict[str, int | float | None]:
        """The metrics of a run over the bars evaluated so far (P-5)."""
        return self._inner.metrics()

    @guarded("signals")
    @one_at_a_time
    def process_signals(self, bar: object, signals: object) -> pa.Table:
        """Process signals in one bar, without evaluating its exits.

        Parameters
        ----------
        bar : Bar, dict or table of one row
            T-2.
        signals : Signal, dict, list of them, or table
            T-6, not later than the bar and sorted over all calls.

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8).

        Raises
        ------
        OmegaError
            1011 when there is not exactly one bar, 1007 when the bar is not later than the last one evaluated, 1006 for
            bars of another symbol and signals out of order; the state stays as it was.
        """
        self._refuse_if_finished()
        if len(self._waiting):
            message = "signals wait for the next bar evaluated: hand these over by process_signals_batch too"
            raise omega_error(ErrorCode.INVALID_STATE, message, rule="B-2", column="signals")
        return self._hand_over(self._bar_table(bar), signal_table(signals))

    def _hand_over(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        events = self._inner.process_signals(bar, signals)
        self._texts.add(signals)
        self._signals_taken += signals.num_rows
        return events

    @guarded("signals")
    @one_at_a_time
    def process_signals_batch(self, signals: object) -> pa.Table:
        """Let signals wait for the next bar evaluated whose time is not before theirs (B-2, L-1a).

        Parameters
        ----------
        signals : Arrow object, Arrow IPC bytes, Signal, dict, or list of them
            T-6, not earlier than a signal given before.

        Returns
        -------
        pyarrow.Table
            One row a signal (:data:`omega.contract.batches.WAITING`); what becomes of it, the bar's evaluation says.
        """
        self._refuse_if_finished()
        is_own = is_packed(signals)
        table = conformed_signals(read_packed(signals)) if is_packed(signals) else signal_table(signals)
        self._inner.check_batch(table)
        whole = whole_signals(table, is_own=is_own)
        self._waiting.check_order(whole)
        told = answer(whole, self._signals_taken + len(self._waiting))
        self._waiting.add(whole)
        return told

    @property
    def waiting(self) -> int:
        """How many signals wait for a bar."""
        return len(self._waiting)

    @guarded("bars")
    @one_at_a_time
    def evaluate_exits(self, bars: object) -> pa.Table:
        """Pass, management, equity and state chain for each bar, in order (E-5, E-12, P-3, H-1).

        Parameters
        ----------
        bars : Bar, dict, list of them, Bars or table
            T-2; each later than the last one evaluated, and one alone while signals wait (B-3).

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8).
        """
        step = self._step(bars)
        return step.exits if step.signals.num_rows == 0 else pa.concat_tables([step.hand_over, step.exits])

    @guarded("candle")
    @one_at_a_time
    def evaluate_candle(self, candle: object) -> pa.Table:
        """Do what :meth:`evaluate_exits` does, and say what became of the signals that waited (B-3).

        Returns
        -------
        pyarrow.Table
            :data:`omega.contract.batches.RESULTS`.
        """
        step = self._step(candle)
        return results_table(step.hand_over, step.signals, step.first_row, step.exits)

    def _step(self, bars: object) -> Step:
        self._refuse_if_finished()
        first_row = self._signals_taken
        bar = plain_bar(bars, self._symbol)
        if bar is not None and not self._waiting.is_due(bar.timestamp + self._reach):
            return Step(NO_SIGNALS, first_row, NO_EVENTS, self._inner.evaluate_bar(bar))
        if not len(self._waiting):
            return Step(NO_SIGNALS, first_row, NO_EVENTS, self._inner.evaluate_exits(self._bar_table(bars)))
        table = self._bar_table(bars) if bar is None else table_of_bar(bar)
        if table.num_rows != 1:
            message = f"while signals wait, bars are evaluated one by one, not {table.num_rows}"
            raise omega_error(ErrorCode.SIZE_MISMATCH, message, rule="B-3", column="bar", value=table.num_rows)
        latest = latest_time(table, self._reach) if bar is None else bar.timestamp + self._reach
        signals = self._waiting.due(latest)
        hand_over = NO_EVENTS
        if signals.num_rows:
            hand_over = self._hand_over(table, signals)
            self._waiting.take(signals.num_rows)
        exits = self._inner.evaluate_exits(table) if bar is None else self._inner.evaluate_bar(bar)
        return Step(signals, first_row, hand_over, exits)

    @guarded("updates")
    @one_at_a_time
    def apply_updates(self, updates: object) -> pa.Table:
        """Change and close orders and positions by their id, in the last bar evaluated (B-4).

        Parameters
        ----------
        updates : Arrow object, Arrow IPC bytes, dict, or list of them
            :data:`omega.contract.batches.UPDATES`: ``order_id``, and of ``stop_loss``, ``take_profit`` and
            ``close_fraction`` at least one.

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8), refused changes among them.

        Raises
        ------
        OmegaError
            1007 while a bar that got signals waits for its exits, 1003 for an id that no order had; nothing of a
            refused table acts.
        """
        self._refuse_if_finished()
        table = batch_table(updates, UPDATES, "B-4")
        return self._inner.apply_updates(*(values_of(table, name) for name in UPDATES.schema.names))

    @one_at_a_time
    def get_positions_arrow(self) -> pa.Table:
        """Return :meth:`positions` in the layout :data:`omega.contract.batches.POSITIONS_OUT`."""
        return in_layout(self.positions(), POSITIONS_OUT)

    @one_at_a_time
    def calculate_lot_size(
        self, *, timestamp: object, price: float, stop_loss: float, size: float | None = None
    ) -> float | None:
        """Return the lots that an order would get now; None where it would be rejected as ``below_min`` (B-5)."""
        order = {"timestamp": timestamp, "price": price, "stop_loss": stop_loss, "size": size}
        lots: float | None = self.calculate_lot_sizes(order).column("lots")[0].as_py()
        return lots

    @guarded("orders")
    @one_at_a_time
    def calculate_lot_sizes(self, orders: object) -> pa.Table:
        """Return the lots that orders would get now, by the equity of the last bar evaluated (B-5, S-1 … S-5).

        ``orders`` is a table of :data:`omega.contract.batches.ORDERS_TO_SIZE`, the answer one of ``LOTS``.
        """
        table = batch_table(orders, ORDERS_TO_SIZE, "B-5")
        columns = (values_of(table, name) for name in ("price", "stop_loss", "size", "timestamp"))
        return lots_table(self._inner.lot_sizes(*columns))

    @guarded("fills")
    @one_at_a_time
    def calculate_slippage_batch(self, fills: object) -> pa.Table:
        """Return the slippage of fills (B-5, C-1, N-6): ``FILLS_TO_SLIP`` in, ``SLIPPAGES`` out."""
        table = batch_table(fills, FILLS_TO_SLIP, "B-5")
        return numbers_table(self._costs.slippage_batch(*draws_of(table)), SLIPPAGES)

    @guarded("fills")
    @one_at_a_time
    def calculate_fee_batch(self, fills: object) -> pa.Table:
        """Return the fee or commission of fills (B-5, C-2, C-3): ``FILLS_TO_CHARGE`` in, ``FEES`` out."""
        table = batch_table(fills, FILLS_TO_CHARGE, "B-5")
        columns = (values_of(table, name) for name in ("lots", "price", "timestamp", "leg"))
        return numbers_table(self._inner.fees(*columns), FEES)

    @guarded("simulator")
    @one_at_a_time
    def close_all(self) -> pa.Table:
        """Close what is open at the last bar's close and cancel what is pending, as ``close_at_end`` does (Q-E18b).

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8). Trades, metrics and state hash are then those of a run with ``close_at_end`` that
            ends with the last bar evaluated; later bars may follow.

        Raises
        ------
        OmegaError
            1007 while a bar that got signals waits for its exits.
        """
        self._refuse_if_finished()
        return self._inner.close_all()

    @guarded("simulator")
    @one_at_a_time
    def finish(self) -> pa.Table:
        """End the simulation: :meth:`close_all` under ``close_at_end``; then it still answers but takes nothing more.

        Returns and raises what :meth:`close_all` does; a second call does nothing.
        """
        closes = self._closes_at_end and not self._is_finished
        events = self._inner.close_all() if closes else EVENTS.empty_table()
        self._is_finished = True
        return events

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()

    @guarded("snapshot")
    @one_at_a_time
    def snapshot(self) -> bytes:
        """Return the whole state, to be restored by a simulator of the same configuration on either side (R-1).

        Returns
        -------
        bytes
            Arrow IPC with the tables of ``omega.contract.schemas.STATE_PARTS``, and a digest. What was written down so
            far and not asked for again is not in it: events that were returned, and the digests of earlier bars.
        """
        parts = {**self._inner.snapshot(), "handed": self._waiting.all(), "texts": self._texts.table()}
        return write_snapshot(Snapshot(parts=parts, is_finished=self._is_finished), self._config)

    @guarded("snapshot")
    @one_at_a_time
    def restore(self, snapshot: bytes) -> None:
        """Take the state that :meth:`snapshot` returned, on whichever side; what was here is gone (R-1).

        Raises
        ------
        OmegaError
            1004, 1006, 1009 or 3004 for what is no snapshot of this version and configuration (R-3); the state stays as
            it was.

        Examples
        --------
        >>> config = {"symbol": "EURUSD", "timeframe": "M5"}
        >>> simulator = ExecutionSimulator(config, backend="rust")
        >>> resumed = ExecutionSimulator(config, backend="python")
        >>> resumed.restore(simulator.snapshot())
        >>> resumed.cash == simulator.cash
        True
        """
        taken = read_snapshot(snapshot, self._config)
        self._inner.restore({name: taken.parts[name] for name in STATE_PARTS})
        self._texts = TextLog()
        self._texts.add(taken.parts["texts"])
        self._waiting = WaitingSignals()
        self._waiting.add(taken.parts["handed"])
        self._signals_taken = taken.parts["account"].column("signals_taken")[0].as_py()
        self._is_finished = taken.is_finished

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # What copy.copy, copy.deepcopy and pickle ask; the first would share the state, the last cannot take Rust's.
        raise omega_error(
            ErrorCode.NOT_IMPLEMENTED,
            "a simulator cannot be copied or pickled: build another one of the same configuration and let it restore"
            " this one's snapshot",
            rule="R-1",
            column="simulator",
        )

    @guarded("tick")
    @one_at_a_time
    def on_tick(self, tick: object, signals: object | None = None) -> pa.Table:
        """Hand over signals at one tick, then evaluate its exits (E-17).

        Parameters
        ----------
        tick : Tick, dict or table of one row
            T-3; not earlier than the tick before it, or the end of the bar before it. Ticks and bars may follow one
            another.
        signals : Signal, dict, list of them, or table, optional
            T-6, not later than the tick and sorted over all calls.

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8).

        Raises
        ------
        OmegaError
            As :meth:`process_signals`, of T-3 in place of T-2; the state stays as it was.
        """
        self._refuse_if_finished()
        if signals is None:
            single = plain_tick(tick, self._symbol)
            if single is not None:
                return self._inner.evaluate_tick(single)
        table = self._tick_table(tick)
        if table.num_rows != 1:
            message = "one tick at a time: give many to evaluate_ticks"
            raise omega_error(ErrorCode.SIZE_MISMATCH, message, rule="E-19", column="tick", value=table.num_rows)
        if signals is None:
            return self._inner.evaluate_ticks(table)
        given = signal_table(signals)
        handed = self._inner.process_tick_signals(table, given)
        self._texts.add(given)
        return pa.concat_tables([handed, self._inner.evaluate_ticks(table)])

    @guarded("ticks")
    @one_at_a_time
    def evaluate_ticks(self, ticks: object) -> pa.Table:
        """Pass, management, equity and state chain for each tick, in order, as :meth:`evaluate_exits` for bars (E-17).

        Parameters
        ----------
        ticks : Ticks, table, path or list of dict
            T-3; see :meth:`on_tick`.

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8).
        """
        self._refuse_if_finished()
        return self._inner.evaluate_ticks(self._tick_table(ticks))

    @one_at_a_time
    def positions(self) -> pa.Table:
        """Pending and open positions in order_id order, with the signals' ``scenario``, ``tags`` and ``metadata``."""
        return self._texts.beside(self._inner.positions())

    def _refuse_if_finished(self) -> None:
        if self._is_finished:
            message = "the simulator is finished and takes no further step: build a new one"
            raise omega_error(ErrorCode.INVALID_STATE, message, rule="E-19", column="simulator", recoverable=False)

    def _bar_table(self, source: object) -> pa.Table:
        refuse_ticks(source)
        source = unpacked(source)
        if isinstance(source, Bars):
            self._refuse_other_symbol(source)
            return source.table
        if isinstance(source, Mapping) or (is_dataclass(source) and not isinstance(source, type)):
            return with_volume(table_of_rows([source], BARS_WITH_SYMBOL, rule="T-2"))[0]
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            return with_volume(table_of_rows(source, BARS_WITH_SYMBOL, rule="T-2"))[0]
        table = as_table(source)
        return table if table.schema.equals(BARS) else with_volume(conform(table, _BAR_TYPES))[0]

    def _tick_table(self, source: object) -> pa.Table:
        if isinstance(source, Ticks):
            self._refuse_other_symbol(source)
        return tick_table(source)

    def _refuse_other_symbol(self, data: Bars | Ticks) -> None:
        """Refuse what the table of ``data`` no longer says (Q-T2c)."""
        if data.symbol not in (None, self._symbol):
            what, rule = ("bars", "T-2") if isinstance(data, Bars) else ("ticks", "T-3")
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                f"the {what} are of {data.symbol!r}, not {self._symbol!r}",
                rule=rule,
                column="symbol",
                row=0,
                value=data.symbol,
            )
