"""What a strategy of one's own asks for: orders that open, and changes of what is pending or open (Q-L3b).

>>> from omega import orders
>>> orders.limit("long", 1.0950, stop_loss=1.0900, reason="back at the low").price
1.095
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from omega.boundary.guard import plain_value, text_of
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.ranges import FACTOR, FRACTION, PRICE, SIZE, Range
from omega.contract.schemas import SIGNALS
from omega.contract.times import FIRST_TIME, LAST_TIME
from omega.contract.types import Direction, OrderType, SignalType
from omega.data.signals import converter

Duration = timedelta | int
"""A timedelta, or µs."""
Time = datetime | int
"""An aware datetime, or µs since the epoch, UTC."""


class Position(NamedTuple):
    """A pending or open order of the strategy, as the bar before left it.

    Times are µs since the epoch, UTC, prices in quote currency, ``size`` in lots. ``order`` is what asked for it.
    """

    order_id: int
    direction: str
    order_type: str
    status: str
    entry_time: int
    trigger_time: int | None
    entry_price: float
    stop_loss: float
    take_profit: float | None
    size: float
    magic_number: int
    order: Order
    symbol: str

    @property
    def is_open(self) -> bool:
        """Whether it was filled; else it is pending."""
        return self.status == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One row of T-6, made by the functions of this module; a field that breaks T-6 is refused here.

    Attributes
    ----------
    signal_type : SignalType
    position : Position or None
        What an exit or a change is about; an entry has none.
    symbol : str or None
        Of an entry of a run over several symbols (Q-M4e); in one over one symbol it can be left out.
    price, size, stop_loss, take_profit, ... : float or None
        As T-6 has them.
    scenario, reason, tags, metadata
        Texts that the trade will have; ``reason`` becomes ``metadata["reason"]``.

    Raises
    ------
    OmegaError
        As a table of signals: 1001, 1003, 1004, 1006, 2004 or 2005, rule T-6, with the field as column.
    """

    signal_type: SignalType
    position: Position | None = None
    direction: Direction | None = None
    order_type: OrderType | None = None
    symbol: str | None = None
    price: float | None = None
    size: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    expires_at: Time | None = None
    trailing_distance: float | None = None
    trailing_step: float | None = None
    break_even_at_r: float | None = None
    break_even_offset: float | None = None
    max_holding: Duration | None = None
    fraction: float | None = None
    scenario: str | None = None
    reason: str | None = None
    tags: Sequence[str] | None = None
    metadata: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name in _CHECKED:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _checked(name, value))


def market(direction: str | Direction, *, stop_loss: float, **fields: Any) -> Order:
    """Ask for a market order, ``direction`` ``"long"`` or ``"short"``; it fills at the close of the bar (E-1).

    Parameters
    ----------
    stop_loss : float
        Price.
    **fields
        ``size`` (lots; without it the configuration's risk sizes the order, S-2), ``take_profit`` (price),
        ``max_holding`` (timedelta or µs), ``trailing_distance``, ``trailing_step``, ``break_even_at_r``,
        ``break_even_offset``, in a run over several symbols ``symbol``, and the texts ``scenario``, ``reason``,
        ``tags``, ``metadata``.
    """
    return _entry(OrderType.MARKET, direction, stop_loss=stop_loss, **fields)


def limit(direction: str | Direction, price: float, *, stop_loss: float, **fields: Any) -> Order:
    """Ask for a limit order at ``price``; ``fields`` as of :func:`market`, and ``expires_at`` (datetime or µs)."""
    return _entry(OrderType.LIMIT, direction, price=price, stop_loss=stop_loss, **fields)


def stop(direction: str | Direction, price: float, *, stop_loss: float, **fields: Any) -> Order:
    """Ask for a stop order at ``price``; ``fields`` as of :func:`limit`."""
    return _entry(OrderType.STOP, direction, price=price, stop_loss=stop_loss, **fields)


def close(position: Position, *, fraction: float | None = None, reason: str | None = None) -> Order:
    """Close a position at the close of the bar, or the ``fraction`` of it (E-15, E-16); a pending order is cancelled.

    With a ``fraction`` below 1 a pending order is left alone.
    """
    return _about(SignalType.EXIT, position, fraction=fraction, reason=reason)


def cancel(position: Position, *, reason: str | None = None) -> Order:
    """Cancel a pending order; one that has opened in the meantime is closed (E-15)."""
    return _about(SignalType.EXIT, position, reason=reason)


def modify(
    position: Position,
    *,
    stop_loss: float | None = None,
    take_profit: float | None = None,
    reason: str | None = None,
) -> Order:
    """Move the stop or the target of an order or position, from the next bar on (E-15, Q-E15b)."""
    return _about(SignalType.MODIFY, position, stop_loss=stop_loss, take_profit=take_profit, reason=reason)


_NUMBERS: Final[Mapping[str, tuple[Range, bool]]] = {
    **dict.fromkeys(("price", "stop_loss", "take_profit"), (PRICE, False)),
    "size": (SIZE, False),
    **dict.fromkeys(("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset"), (FACTOR, True)),
    "fraction": (FRACTION, True),
}
"""The range of a number, and whether it is none at 0 or below that is a rejected event (Q-T6)."""
_CONVERTERS: Final = {field.name: converter(field.type) for field in SIGNALS}
_MEMBERS: Final[Mapping[str, type[Direction] | type[OrderType]]] = {"direction": Direction, "order_type": OrderType}


def _entry(order_type: OrderType, direction: str | Direction, **given: Any) -> Order:
    _refuse_unknown(given)
    return Order(signal_type=SignalType.ENTRY, order_type=order_type, direction=direction, **given)  # type: ignore[arg-type]  # checked there


def _about(signal_type: SignalType, position: Position, **given: Any) -> Order:
    if not isinstance(position, Position):
        message = f"name one of the positions that evaluate was given, not {type(position).__name__}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="L-3", column="position", value=plain_value(position))
    direction = Direction[position.direction.upper()]
    return Order(signal_type=signal_type, position=position, direction=direction, symbol=position.symbol, **given)


def _refuse_unknown(given: Mapping[str, object]) -> None:
    for name in given:
        if name not in _OF_ENTRIES:
            message = f"unknown field {name!r}; an order has {', '.join(_OF_ENTRIES)}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-6", column=name)


def _checked(name: str, value: object) -> object:
    """Return a field as T-6 takes it."""
    members = _MEMBERS.get(name)
    if members is not None:
        return _member(name, value, members)
    try:
        plain = _CONVERTERS[name](plain_scalar(value))
    except OmegaError as error:
        raise omega_error(error.code, error.message, rule=error.rule, column=name, value=error.value) from None
    except Exception as error:  # of a foreign value
        code = ErrorCode.OUT_OF_BOUNDS if isinstance(error, OverflowError) else ErrorCode.TYPE_MISMATCH
        raise omega_error(
            code, f"{name}: {text_of(error)}", rule="T-6", column=name, value=plain_value(value)
        ) from None
    if name in _NUMBERS:
        _check_number(name, plain, *_NUMBERS[name])
    elif name == "expires_at" and not FIRST_TIME <= plain <= LAST_TIME:
        raise _refused(ErrorCode.OUT_OF_BOUNDS, name, "a time is in the years 1 … 9999, in µs since 1970", plain)
    elif name == "max_holding" and plain < 0:
        raise _refused(ErrorCode.CONSTRAINT_VIOLATION, name, "must not be negative", plain)
    return plain


def _check_number(name: str, value: float, span: Range, is_distance: bool) -> None:
    if value != value:
        raise _refused(ErrorCode.NAN_VALUE, name, "NaN is no number; leave the field out if it is not set", value)
    if value - value != 0.0:
        raise _refused(ErrorCode.INFINITE_VALUE, name, "must be finite", value)
    if is_distance and value < 0.0:
        raise _refused(ErrorCode.CONSTRAINT_VIOLATION, name, "must not be negative", value)
    if value > span.most or 0.0 < value < span.least or (name == "fraction" and value < span.least):
        raise _refused(ErrorCode.CONSTRAINT_VIOLATION, name, f"must be in {span}", value)


def _member(name: str, value: object, members: type[Direction] | type[OrderType]) -> object:
    if isinstance(value, members):
        return value
    found = members.__members__.get(value.upper()) if isinstance(value, str) else None
    if found is None or found.text != value:
        choices = " or ".join(repr(member.text) for member in members)
        raise _refused(ErrorCode.INVALID_ARGUMENT, name, f"expected {choices}", plain_value(value))
    return found


def _refused(code: ErrorCode, name: str, message: str, value: Any) -> OmegaError:
    return omega_error(code, f"{name}: {message}", rule="T-6", column=name, value=value)


_CHECKED: Final = tuple(
    field.name for field in fields(Order) if field.name in _CONVERTERS and field.name != "signal_type"
)
_OF_ENTRIES: Final = tuple(name for name in _CHECKED if name not in ("direction", "order_type", "fraction"))
