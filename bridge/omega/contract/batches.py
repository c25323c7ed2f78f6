"""Tables of the batch operations and of the door (B-7): each with a version, a fingerprint, and what its nulls mean."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import POSITIONS, SIGNALS, TIMESTAMP

_FINGERPRINT_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table that goes in or comes out.

    Attributes
    ----------
    name : str
    version : int
        Raised with every change of the schema.
    schema : pyarrow.Schema
    nulls : mapping of str to str
        What a null means, of every nullable column; the others have none.
    stamped : pyarrow.Schema
        The schema with :attr:`metadata`.
    """

    name: str
    version: int
    schema: pa.Schema
    nulls: Mapping[str, str]
    stamped: pa.Schema = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamped", self.schema.with_metadata(self.metadata))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex, its first 32 characters) over name, version and each field's name, type and nullability."""
        lines = [f"{self.name} {self.version}"]
        lines += [f"{field.name}:{field.type}:{'null' if field.nullable else 'required'}" for field in self.schema]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_FINGERPRINT_LENGTH]

    @property
    def metadata(self) -> dict[str, str]:
        """What the schema of a table of this layout carries over the boundary."""
        return {
            "omega.table": self.name,
            "omega.version": str(self.version),
            "omega.fingerprint": self.fingerprint,
        }


def _layout(name: str, version: int, nulls: Mapping[str, str], **types: pa.DataType) -> Layout:
    fields: list[pa.Field[Any]] = [pa.field(column, of, nullable=column in nulls) for column, of in types.items()]
    return Layout(name=name, version=version, schema=pa.schema(fields), nulls=nulls)


_UNREAD: Final = "not read by a signal of this type, or left to its default (T-6)"
_ORDER_LEFT: Final = "left as it is"
_NO_LEVEL: Final = "the row is of an event without it (Q-T8)"

SIGNALS_IN: Final = Layout(
    name="signals",
    version=1,
    schema=SIGNALS,
    nulls={field.name: _UNREAD for field in SIGNALS if field.nullable},
)
"""Of ``process_signals_batch``: T-6."""

WAITING: Final = _layout(
    "waiting",
    1,
    {},
    signal_row=pa.int64(),
    timestamp=TIMESTAMP,
    symbol=pa.string(),
    signal_type=pa.string(),
    magic_number=pa.int64(),
    status=pa.string(),
)
"""Answer of ``process_signals_batch``: one row a signal, status ``waiting``; ``signal_row`` counts over all calls."""

UPDATES: Final = _layout(
    "updates",
    1,
    {
        "stop_loss": _ORDER_LEFT,
        "take_profit": _ORDER_LEFT,
        "close_fraction": "nothing is closed",
    },
    order_id=pa.int64(),
    stop_loss=pa.float64(),
    take_profit=pa.float64(),
    close_fraction=pa.float64(),
)
"""Of ``apply_updates``: one order a row, at least one of the three set."""

RESULTS: Final = _layout(
    "results",
    1,
    {
        "order_id": "a signal was rejected: it consumed no id (T-8)",
        "signal_row": "the row does not say what became of a signal at its hand-over",
        "direction": "a rejected signal had none, or the order of an update has ended",
        "order_type": "a rejected signal had none, or the order of an update has ended",
        "price": _NO_LEVEL,
        "size": _NO_LEVEL,
        "stop_loss": _NO_LEVEL,
        "take_profit": "there is no target, or none was asked for",
        "profit": "the row closes nothing",
        "fee": "the row is no fill and no swap",
        "reason": "the row needs none (Q-T8)",
        "error_code": "nothing was refused",
    },
    seq=pa.int64(),
    timestamp=TIMESTAMP,
    known_at=TIMESTAMP,
    kind=pa.string(),
    event=pa.string(),
    order_id=pa.int64(),
    signal_row=pa.int64(),
    symbol=pa.string(),
    direction=pa.string(),
    order_type=pa.string(),
    price=pa.float64(),
    size=pa.float64(),
    stop_loss=pa.float64(),
    take_profit=pa.float64(),
    profit=pa.float64(),
    fee=pa.float64(),
    reason=pa.string(),
    error_code=pa.int32(),
)
"""What a step did, a row of T-8 each; ``kind`` is the reason of what closed (take_profit, stop_loss …), else the event
(accepted, rejected, opened …), ``event`` always the latter, ``profit`` its ``result``."""

_NOT_FILLED: Final = "the order is pending"
_NOT_ASKED: Final = "the signal did not ask for it"

POSITIONS_OUT: Final = Layout(
    name="positions",
    version=1,
    schema=pa.schema(
        [
            *(field for field in POSITIONS if field.name != "signal_row"),
            SIGNALS.field("tags"),
            SIGNALS.field("metadata"),
        ]
    ),
    nulls={
        "trigger_time": _NOT_FILLED,
        "signal_price": "the signal gave no price",
        "initial_take_profit": "no target was given",
        "take_profit": "there is no target",
        "risk_per_trade": "a pending order is not sized yet (v1)",
        "entry_fee": _NOT_FILLED,
        **dict.fromkeys(
            (
                "expires_at",
                "max_holding",
                "trailing_distance",
                "trailing_step",
                "break_even_at_r",
                "break_even_offset",
                "scenario",
                "tags",
                "metadata",
            ),
            _NOT_ASKED,
        ),
    },
)
"""Answer of ``get_positions_arrow``: T-7, with the texts of the signals."""

ORDERS_TO_SIZE: Final = _layout(
    "orders_to_size",
    1,
    {"size": "sized by the run's mode (S-2, S-3)"},
    timestamp=TIMESTAMP,
    price=pa.float64(),
    stop_loss=pa.float64(),
    size=pa.float64(),
)
"""Of ``calculate_lot_sizes``."""

LOTS: Final = _layout(
    "lots",
    1,
    {"lots": "too small: the order would be rejected", "reason": "the order has lots"},
    lots=pa.float64(),
    reason=pa.string(),
)
"""Answer of ``calculate_lot_sizes``; the reason is ``below_min``."""

FILLS_TO_SLIP: Final = _layout(
    "fills_to_slip",
    1,
    {},
    timestamp=TIMESTAMP,
    magic_number=pa.int64(),
    ordinal=pa.int64(),
    leg=pa.int64(),
    direction=pa.string(),
    order_type=pa.string(),
)
"""Of ``calculate_slippage_batch``: what a draw depends on (N-6); leg 0 is the entry, 1 the exit."""

SLIPPAGES: Final = _layout("slippages", 1, {}, slippage=pa.float64())
"""Answer of ``calculate_slippage_batch``: the unsigned offset in price (C-1)."""

FILLS_TO_CHARGE: Final = _layout(
    "fills_to_charge",
    1,
    {},
    timestamp=TIMESTAMP,
    lots=pa.float64(),
    price=pa.float64(),
    leg=pa.int64(),
)
"""Of ``calculate_fee_batch``: leg 0 is the entry, any other an exit."""

FEES: Final = _layout("fees", 1, {}, fee=pa.float64())
"""Answer of ``calculate_fee_batch``, in the account currency (C-2, C-3)."""

LAYOUTS: Final = (
    SIGNALS_IN,
    WAITING,
    UPDATES,
    RESULTS,
    POSITIONS_OUT,
    ORDERS_TO_SIZE,
    LOTS,
    FILLS_TO_SLIP,
    SLIPPAGES,
    FILLS_TO_CHARGE,
    FEES,
)
