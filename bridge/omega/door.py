"""The door of the migration plans (B-6): the simulator's batch operations with Arrow IPC bytes in and out.

``omega_rust.ExecutionSimulatorRust`` is the one here. Both classes are thin: everything is done by
:class:`omega.ExecutionSimulator`, which serves either side.

Examples
--------
>>> from omega.door import ExecutionSimulatorPython
>>> simulator = ExecutionSimulatorPython({"symbol": "EURUSD", "timeframe": "M5"})
>>> simulator.process_signal({"timestamp": "2024-03-06T10:00:00+00:00", "symbol": "EURUSD", "signal_type": "entry",
...                           "direction": "long", "order_type": "market", "size": 0.1, "stop_loss": 1.09})["status"]
'waiting'
>>> candle = dict(timestamp="2024-03-06T10:00:00+00:00", bid_open=1.1, bid_high=1.1, bid_low=1.1, bid_close=1.1,
...               ask_open=1.1, ask_high=1.1, ask_low=1.1, ask_close=1.1)
>>> [(row["kind"], row["price"]) for row in simulator.evaluate_exit(candle)]
[('accepted', 1.1), ('opened', 1.1)]
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from omega.boundary.guard import guarded, plain_value
from omega.contract.errors import ErrorCode, omega_error
from omega.data.answers import exit_results
from omega.data.ipc import packed
from omega.settings.load import ConfigSource
from omega.simulator import ExecutionSimulator

__all__ = ["ExecutionSimulatorPython", "ExecutionSimulatorRust"]


class _Door:
    """The methods of both; what is named bytes is an Arrow IPC stream.

    What comes in may be Arrow IPC bytes, any object with Arrow's C stream (pyarrow, polars, pandas, DuckDB), or rows.
    A refused call raises :class:`omega.OmegaError` and leaves the state as it was.
    """

    _backend: ClassVar[str | None]

    def __init__(self, config: ConfigSource) -> None:
        self._simulator = ExecutionSimulator(config, backend=self._backend)
        self._orders = 0

    @property
    def backend(self) -> str:
        """Which side serves: ``python`` or ``rust``."""
        return self._simulator.backend

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._simulator.cash

    @property
    def equity(self) -> float:
        """Equity in the account currency after the last candle (P-3)."""
        return self._simulator.equity

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain (H-1)."""
        return self._simulator.state_hash

    @property
    def metrics(self) -> dict[str, int | float | None]:
        """The metrics so far (P-5)."""
        return self._simulator.metrics

    def process_signals_batch(self, signals_ipc: object) -> bytes:
        """Let signals wait for the next candle (B-2); the answer is ``waiting``, one row a signal."""
        return packed(self._simulator.process_signals_batch(signals_ipc))

    def process_signal(self, signal: object) -> dict[str, Any]:
        """Let one signal wait; the answer is its row of ``waiting``."""
        row: dict[str, Any] = self._simulator.process_signals_batch([signal]).to_pylist()[0]
        return row

    def evaluate_exits(self, candle: object) -> bytes:
        """Hand over what waits, then evaluate one candle (B-3); the answer is ``results``, one row an event."""
        return packed(self._evaluate(candle))

    def evaluate_exit(self, candle: object) -> list[dict[str, Any]]:
        """Do what :meth:`evaluate_exits` does; the answer is the same rows as dicts."""
        rows: list[dict[str, Any]] = self._evaluate(candle).to_pylist()
        return rows

    def get_positions_arrow(self) -> bytes:
        """Return ``positions``: what is pending and open, in order_id order (T-7)."""
        return packed(self._simulator.get_positions_arrow())

    def apply_updates(self, updates_ipc: object) -> bytes:
        """Change and close by id in the last candle (B-4); the answer is ``results``."""
        return packed(exit_results(self._simulator.apply_updates(updates_ipc)))

    @guarded("order_id")
    def entry_trigger(self, order_id: int) -> dict[str, Any] | None:
        """Return when and at which price an order opened; None while it is pending, and where it never opened.

        Raises
        ------
        OmegaError
            1003 for an id that no order had, 1004 for what is no whole number.
        """
        if isinstance(order_id, bool) or not isinstance(order_id, int):
            message = f"order_id must be a whole number, not {type(order_id).__name__}"
            raise omega_error(
                ErrorCode.TYPE_MISMATCH, message, rule="B-6", column="order_id", value=plain_value(order_id)
            )
        if not 1 <= order_id <= self._orders:
            message = f"no order has this id: {self._orders} were accepted so far"
            raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="B-6", column="order_id", value=order_id)
        for table in (self._simulator.positions(), self._simulator.trades):
            found = table.filter(pc.is_in(table.column("order_id"), pa.array([order_id], pa.int64())))
            if found.num_rows:
                return _trigger(found.slice(0, 1).to_pylist()[0])
        return None

    def close_all(self) -> bytes:
        """Close and cancel everything at the last candle's close (Q-E18b); the answer is ``results``."""
        return packed(exit_results(self._simulator.close_all()))

    def finish(self) -> bytes:
        """End the simulation, as ``close_at_end`` says (Q-E18b); the answer is ``results``."""
        return packed(exit_results(self._simulator.finish()))

    def calculate_lot_sizes(self, orders: object) -> bytes:
        """Return ``lots`` of ``orders_to_size`` (B-5)."""
        return packed(self._simulator.calculate_lot_sizes(orders))

    def calculate_lot_size(
        self, *, timestamp: object, price: float, stop_loss: float, size: float | None = None
    ) -> float | None:
        """Return the lots of one order, None where it is too small (B-5)."""
        return self._simulator.calculate_lot_size(timestamp=timestamp, price=price, stop_loss=stop_loss, size=size)

    def calculate_slippage_batch(self, fills: object) -> bytes:
        """Return ``slippages`` of ``fills_to_slip`` (B-5)."""
        return packed(self._simulator.calculate_slippage_batch(fills))

    def calculate_fee_batch(self, fills: object) -> bytes:
        """Return ``fees`` of ``fills_to_charge`` (B-5)."""
        return packed(self._simulator.calculate_fee_batch(fills))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self._simulator.__reduce_ex__(protocol)

    def _evaluate(self, candle: object) -> pa.Table:
        results = self._simulator.evaluate_candle(candle)
        # Accepted orders are numbered from 1 (T-8); no row names one that never was.
        self._orders = max(self._orders, pc.max(results.column("order_id")).as_py() or 0)
        return results


class ExecutionSimulatorRust(_Door):
    """The door to the Rust side, as the flags say: ``set_feature_flag("use_rust_execution", False)`` rolls back (F-3).

    Parameters
    ----------
    config : Config, mapping or path
        As of :class:`omega.ExecutionSimulator`.
    """

    _backend = None


class ExecutionSimulatorPython(_Door):
    """The twin, always on the reference: the same methods, the same bytes.

    Parameters
    ----------
    config : Config, mapping or path
        As of :class:`omega.ExecutionSimulator`.
    """

    _backend = "python"


def _trigger(order: dict[str, Any]) -> dict[str, Any] | None:
    if order["trigger_time"] is None:
        return None
    names = {"order_id": "order_id", "trigger_time": "timestamp", "entry_price": "price", "direction": "direction"}
    return {told: order[name] for name, told in names.items()}
