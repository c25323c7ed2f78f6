"""The invariants of E-20, followed from call to call by the event log alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from omega.contract.types import BelowMin, EngineConfig, SizingMode, Variant
from omega_reference.terms import symbol_terms
from omega_reference.worth import value_at

_NEXT: Final = {
    (None, "accepted"): "pending",
    ("pending", "opened"): "open",
    ("pending", "modified"): "pending",
    ("pending", "rejected"): "pending",
    ("pending", "expired"): "over",
    ("pending", "cancelled"): "over",
    ("open", "modified"): "open",
    ("open", "rejected"): "open",
    ("open", "partially_closed"): "open",
    ("open", "swap"): "open",
    ("open", "closed"): "over",
    ("over", "rejected"): "over",
}
"""What an order is, and what happens to it, to what it is then; nothing else may happen."""

_LOTS_DIGITS: Final = 8


class Invariants:
    """Follows the event log and says what breaks E-20.

    Parameters
    ----------
    config : EngineConfig
    """

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._cash = config.initial_balance
        self._seq = 0
        self._last: dict[int, tuple[str, Any]] = {}
        """What each order is, and when something last happened to it."""
        self._size: dict[int, float | None] = {}
        """Size of each order's ``accepted`` row, canonical its lots, v1 the signal's; of its fill; of what is left."""
        self._parted: set[int] = set()

    @property
    def accepted(self) -> int:
        """How many orders were accepted."""
        return len(self._last)

    def add(self, events: pa.Table) -> None:
        """Follow the events of one operation."""
        for event in events.to_pylist():
            assert event["seq"] == self._seq, f"event {event['seq']} follows {self._seq - 1}"
            self._seq += 1
            if event["order_id"] is not None:
                self._follow(event)
            if event["fee"] is not None:
                self._cash = self._cash - event["fee"]
            if event["result"] is not None:
                self._cash = self._cash + event["result"]

    def _follow(self, event: dict[str, Any]) -> None:
        order, kind = event["order_id"], event["kind"]
        before, time_before = self._last.get(order, (None, event["timestamp"]))
        assert (before, kind) in _NEXT, f"order {order} is {kind}, which was {before}"
        assert time_before <= event["timestamp"], f"order {order} goes back in time"
        assert kind != "accepted" or order == len(self._last) + 1, f"order ids have a gap before {order}"
        self._last[order] = (_NEXT[before, kind], event["timestamp"])
        if kind == "opened":
            is_sized = self._config.variant is Variant.CANONICAL
            assert not is_sized or event["size"] == self._size[order], f"order {order} has other lots than accepted"
        if kind in ("accepted", "opened"):
            self._size[order] = event["size"]
        elif kind == "partially_closed":
            self._parted.add(order)
            self._size[order] = round(self._size[order] - event["size"], _LOTS_DIGITS)
        elif kind == "closed":
            assert event["size"] == self._size[order], f"order {order} closes {event['size']} lots"

    def check(self, cash: float, positions: pa.Table, asked: Sequence[float | None]) -> None:
        """Compare the log with cash and positions; ``asked`` are the explicit sizes of all signals so far."""
        assert cash == self._cash, f"cash is {cash!r}, the log says {self._cash!r}"
        live = {order: state for order, (state, _) in self._last.items() if state != "over"}
        entered = positions.column("entry_time").cast(pa.int64())
        rows = positions.append_column("entered", entered).to_pylist()
        assert [row["order_id"] for row in rows] == list(live), "the positions are not those of the log"
        for row in rows:
            is_open = live[row["order_id"]] == "open"
            assert (row["status"] == "open") is is_open, f"order {row['order_id']} is {row['status']}"
            assert (row["size"] > 0.0) is is_open, f"order {row['order_id']} has size {row['size']}"
            if is_open:
                is_stamped = row["trigger_time"] is not None  # market orders of v1 at ticks are not (Q-E17b)
                is_late = not is_stamped or row["entry_time"] <= row["trigger_time"]
                assert is_late, f"order {row['order_id']} triggered before its entry"
                assert row["size"] == self._size[row["order_id"]], f"order {row['order_id']} has lots of its own"
                self._check_size(row, asked[row["signal_row"]])

    def _check_size(self, row: dict[str, Any], explicit: float | None) -> None:
        config = self._config
        if config.variant is Variant.V1 or config.below_min is BelowMin.CLAMP or row["order_id"] in self._parted:
            return
        if explicit is None and config.sizing_mode is not SizingMode.RISK:
            return
        value = value_at(symbol_terms(config).worth, row["order_price"], row["entered"])
        distance = abs(row["order_price"] - row["initial_stop_loss"]) * value
        raw = row["risk_per_trade"] / distance if explicit is None else explicit
        assert row["size"] <= raw + max(1e-12, raw * 1e-12) + 1e-8, (
            f"order {row['order_id']} has more lots than its raw size"
        )
