"""Why a signal or an order is refused (E-1, E-2 and the table of reasons); the first check that fails decides."""

from __future__ import annotations

from typing import Final

from omega.contract.errors import ErrorCode
from omega.contract.types import Direction, OrderType, Reason, Signal, SignalType
from omega_reference.execution.matching import taken_places
from omega_reference.execution.state import Account, Book, Rules
from omega_reference.grid import grid_distance
from omega_reference.numbers import maximum, minimum

_CODE_OF_REASON: Final = {
    Reason.BEFORE_START: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.AFTER_END: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.UNKNOWN_SYMBOL: ErrorCode.INVALID_ARGUMENT,
    Reason.CHANGE_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.DIRECTION_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.ORDER_TYPE_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.STOP_LOSS_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.PRICE_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.NOT_POSITIVE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.MAX_POSITIONS: ErrorCode.INVALID_STATE,
    Reason.ALREADY_EXPIRED: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.STOP_DISTANCE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.STOP_SIDE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.TARGET_SIDE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.BELOW_MIN: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.FREE_MARGIN: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.STOPPED_OUT: ErrorCode.INVALID_STATE,
    Reason.NO_MATCH: ErrorCode.INVALID_STATE,
    Reason.PART_BELOW_MIN: ErrorCode.CONSTRAINT_VIOLATION,
}


def code_of_reason(reason: Reason) -> ErrorCode:
    """Return the error code of a refusal (the table of reasons)."""
    return _CODE_OF_REASON[reason]


def signal_refusal(book: Book, account: Account, rules: Rules, signal: Signal, entry_time: int) -> Reason | None:
    """Return the first reason, of those that need no price of the bar, against a signal.

    ``entry_time`` is what the order's would be, µs (E-2).
    """
    if rules.start is not None and signal.timestamp < rules.start:
        return Reason.BEFORE_START
    first_time = account.first_time
    if rules.variant.rejects_before_first_bar and first_time is not None and signal.timestamp < first_time:
        # hit L-1a
        return Reason.BEFORE_START
    if signal.symbol != rules.symbol:
        return Reason.UNKNOWN_SYMBOL
    if account.is_stopped_out:
        # hit E-21
        return Reason.STOPPED_OUT
    if signal.signal_type is not SignalType.ENTRY:
        return _instruction_refusal(signal)
    field_reason = _field_refusal(rules, signal)
    if field_reason is not None:
        return field_reason
    if rules.max_positions is not None and taken_places(book) >= rules.max_positions:
        # hit Q-L1b
        return Reason.MAX_POSITIONS
    is_pending = signal.order_type is not OrderType.MARKET
    if is_pending and signal.expires_at is not None and signal.expires_at <= entry_time:
        # hit E-2
        return Reason.ALREADY_EXPIRED
    return None


def _instruction_refusal(signal: Signal) -> Reason | None:
    """Return the first reason against an exit or modify signal that can be seen without a position (Q-E15)."""
    if signal.signal_type is SignalType.EXIT:
        return None
    levels = (signal.stop_loss, signal.take_profit)
    if levels == (None, None):
        # hit E-15
        return Reason.CHANGE_MISSING
    if any(level is not None and level <= 0.0 for level in levels):
        return Reason.NOT_POSITIVE
    return None


def _field_refusal(rules: Rules, signal: Signal) -> Reason | None:
    if signal.direction is None:
        return Reason.DIRECTION_MISSING
    if signal.order_type is None:
        return Reason.ORDER_TYPE_MISSING
    if signal.stop_loss is None:
        return Reason.STOP_LOSS_MISSING
    if signal.price is None and (signal.order_type is not OrderType.MARKET or rules.variant.enters_at_signal_price):
        return Reason.PRICE_MISSING
    amounts = (signal.price, signal.stop_loss, signal.take_profit, signal.size)
    if any(amount is not None and amount <= 0.0 for amount in amounts):
        return Reason.NOT_POSITIVE
    return None


def level_refusal(
    rules: Rules, direction: Direction, fill: float, left_at: float, stop_loss: float, take_profit: float | None
) -> Reason | None:
    """Return the first reason against an entry: distance, side of stop, side of target (E-1, Q-E1).

    Parameters
    ----------
    fill, left_at : float
        Where it enters, and where it could be left at once.
    """
    variant = rules.variant
    least = rules.terms.min_stop_distance if variant.stop_distance is None else variant.stop_distance
    if not grid_distance(rules.terms.grid, abs(left_at - stop_loss)) >= least:
        # hit E-1
        return Reason.STOP_DISTANCE
    if not variant.checks_sides:
        return None
    is_long = direction is Direction.LONG
    if not (stop_loss < left_at if is_long else stop_loss > left_at):
        # hit E-1
        return Reason.STOP_SIDE
    beyond = maximum(fill, left_at) if is_long else minimum(fill, left_at)
    if take_profit is not None and not (take_profit > beyond if is_long else take_profit < beyond):
        # hit E-1
        return Reason.TARGET_SIDE
    return None


def change_refusal(
    direction: Direction, left_at: float, stop_loss: float | None, take_profit: float | None
) -> Reason | None:
    """Return the first reason against a new stop or target: its side of where the position could be left (Q-E15b)."""
    is_long = direction is Direction.LONG
    if stop_loss is not None and not (stop_loss < left_at if is_long else stop_loss > left_at):
        return Reason.STOP_SIDE
    if take_profit is not None and not (take_profit > left_at if is_long else take_profit < left_at):
        return Reason.TARGET_SIDE
    return None
