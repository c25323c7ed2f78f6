"""The execution simulator step by step (E-19): signals of a bar first, then its exits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import TracebackType
from typing import NoReturn, Self

import pyarrow as pa

from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS_WITH_SYMBOL, EVENTS
from omega.data.arrow import as_table, conform, types_of
from omega.data.bars import Bars
from omega.data.labels import texts_of, with_texts
from omega.data.sides import with_volume
from omega.data.signals import signal_table, table_of_rows
from omega.data.single import plain_bar
from omega.data.ticks import Ticks, plain_tick, tick_table
from omega.flags.plan import Choice
from omega.flags.registry import SIMULATOR_COMPONENTS
from omega.serve.factories import create_simulator
from omega.serve.planning import plan_run
from omega.settings.load import ConfigSource, flags_of, load_config
from omega.settings.resolve import resolve

_BAR_TYPES = types_of(BARS_WITH_SYMBOL)


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
        self._inner = create_simulator(plan, resolved)
        self._symbol = resolved.symbol
        # Of every signal processed: an order names its row over all calls (Q-E19).
        self._texts = [texts_of(signal_table([]))]
        self._closes_at_end = resolved.close_at_end
        self._is_finished = False
        self.flags: tuple[Choice, ...] = tuple(plan)
        self.backend = plan.backend("execution_simulator")

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._inner.cash

    @property
    def equity(self) -> float:
        """Equity in the account currency after the last bar (P-3)."""
        return self._inner.equity

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain (H-1); 16 zero bytes before the first bar."""
        return self._inner.state_hash

    @property
    def trades(self) -> pa.Table:
        """The positions closed so far in the order of closing, as :attr:`omega.Result.trades` has them (T-7)."""
        return self._with_texts(self._inner.trades())

    @property
    def metrics(self) -> dict[str, int | float | None]:
        """The metrics of a run over the bars evaluated so far (P-5)."""
        return self._inner.metrics()

    @guarded("signals")
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
        table = signal_table(signals)
        events = self._inner.process_signals(self._bar_table(bar), table)
        self._texts.append(texts_of(table))
        return events

    @guarded("bars")
    def evaluate_exits(self, bars: object) -> pa.Table:
        """Pass, management, equity and state chain for each bar, in order (E-5, E-12, P-3, H-1).

        Parameters
        ----------
        bars : Bar, dict, list of them, Bars or table
            T-2; each later than the last one evaluated.

        Returns
        -------
        pyarrow.Table
            The new event rows (T-8).
        """
        self._refuse_if_finished()
        bar = plain_bar(bars, self._symbol)
        return self._inner.evaluate_exits(self._bar_table(bars)) if bar is None else self._inner.evaluate_bar(bar)

    @guarded("simulator")
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

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # What copy.copy, copy.deepcopy and pickle ask; the first would share the state, the last cannot take Rust's.
        raise omega_error(
            ErrorCode.NOT_IMPLEMENTED,
            "a simulator cannot be copied or pickled, snapshots are not built yet: build another one and give it the"
            " same signals and bars",
            rule="R-1",
            column="simulator",
        )

    @guarded("tick")
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
        self._texts.append(texts_of(given))
        return pa.concat_tables([handed, self._inner.evaluate_ticks(table)])

    @guarded("ticks")
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

    def positions(self) -> pa.Table:
        """Pending and open positions in order_id order, with the signals' ``scenario``, ``tags`` and ``metadata``."""
        return self._with_texts(self._inner.positions())

    def _with_texts(self, orders: pa.Table) -> pa.Table:
        if len(self._texts) > 1:
            self._texts = [pa.concat_tables(self._texts).combine_chunks()]
        return with_texts(orders, self._texts[0])

    def _refuse_if_finished(self) -> None:
        if self._is_finished:
            message = "the simulator is finished and takes no further step: build a new one"
            raise omega_error(ErrorCode.INVALID_STATE, message, rule="E-19", column="simulator", recoverable=False)

    def _bar_table(self, source: object) -> pa.Table:
        if isinstance(source, Bars):
            self._refuse_other_symbol(source)
            return source.table
        if isinstance(source, Mapping) or (is_dataclass(source) and not isinstance(source, type)):
            return with_volume(table_of_rows([source], BARS_WITH_SYMBOL, rule="T-2"))[0]
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            return with_volume(table_of_rows(source, BARS_WITH_SYMBOL, rule="T-2"))[0]
        return with_volume(conform(as_table(source), _BAR_TYPES))[0]

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
