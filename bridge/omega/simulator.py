"""The execution simulator step by step (E-19): signals of a bar first, then its exits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from typing import NoReturn

import pyarrow as pa

from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS, BARS_WITH_SYMBOL
from omega.data.arrow import as_table, conform, types_of
from omega.data.bars import Bars
from omega.data.labels import texts_of, with_texts
from omega.data.sides import with_volume
from omega.data.signals import signal_table, table_of_rows
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
        and ``close_at_end`` does not act.
    backend : {"python", "rust"}, optional
        Otherwise the flags decide.

    Examples
    --------
    >>> simulator = ExecutionSimulator({"symbol": "EURUSD", "timeframe": "M5"}, backend="python")
    >>> simulator.cash
    10000.0
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
        return self._inner.evaluate_exits(self._bar_table(bars))

    def on_tick(self, tick: object) -> NoReturn:
        """Refuse: tick mode is not built yet (E-17)."""
        raise omega_error(ErrorCode.NOT_IMPLEMENTED, "tick mode is not built yet", rule="E-17", column="tick")

    def positions(self) -> pa.Table:
        """Pending and open positions in order_id order, with the signals' ``scenario``, ``tags`` and ``metadata``."""
        if len(self._texts) > 1:
            self._texts = [pa.concat_tables(self._texts).combine_chunks()]
        return with_texts(self._inner.positions(), self._texts[0])

    def _bar_table(self, source: object) -> pa.Table:
        if isinstance(source, Bars):
            self._refuse_other_symbol(source)
            return source.table
        if isinstance(source, Mapping) or (is_dataclass(source) and not isinstance(source, type)):
            return with_volume(table_of_rows([source], BARS, rule="T-2"))[0]
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            return with_volume(table_of_rows(source, BARS, rule="T-2"))[0]
        return with_volume(conform(as_table(source), _BAR_TYPES))[0]

    def _refuse_other_symbol(self, bars: Bars) -> None:
        """Refuse what the table of ``bars`` no longer says (Q-T2c)."""
        if bars.symbol not in (None, self._symbol):
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                f"the bars are of {bars.symbol!r}, not {self._symbol!r}",
                rule="T-2",
                column="symbol",
                row=0,
                value=bars.symbol,
            )
