"""Why a signal or an order is refused (E-1, E-2 and the table of reasons); the first check that fails decides."""

from __future__ import annotations

from typing import Final

from omega.contract.errors import ErrorCode
from omega.contract.types import EngineConfig, OrderType, Reason, Signal, SignalType, Variant
from omega_reference.sizing import SymbolTerms

_V1_STOP_DISTANCE: Final = 1e-5

CODE_OF_REASON: Final = {
    Reason.BEFORE_START: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.AFTER_END: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.UNKNOWN_SYMBOL: ErrorCode.INVALID_ARGUMENT,
    Reason.NOT_IMPLEMENTED: ErrorCode.NOT_IMPLEMENTED,
    Reason.DIRECTION_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.ORDER_TYPE_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.STOP_LOSS_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.PRICE_MISSING: ErrorCode.MISSING_REQUIRED_FIELD,
    Reason.NOT_POSITIVE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.MAX_POSITIONS: ErrorCode.INVALID_STATE,
    Reason.ALREADY_EXPIRED: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.PRICE_OUTSIDE_BAR: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.STOP_DISTANCE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.STOP_SIDE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.TARGET_SIDE: ErrorCode.CONSTRAINT_VIOLATION,
    Reason.BELOW_MIN: ErrorCode.CONSTRAINT_VIOLATION,
}


def signal_refusal(signal: Signal, config: EngineConfig, *, entry_time: int, position_count: int) -> Reason | None:
    """Return the first reason, of those that need no price of the bar, against a signal.

    Parameters
    ----------
    signal : Signal
    config : EngineConfig
    entry_time : int
        What the order's would be, µs (E-2).
    position_count : int
        Pending and open positions of the symbol (Q-L1b).
    """
    if config.start is not None and signal.timestamp < config.start:
        return Reason.BEFORE_START
    if signal.symbol != config.symbol:
        return Reason.UNKNOWN_SYMBOL
    if signal.signal_type is not SignalType.ENTRY or _has_later_features(signal):
        return Reason.NOT_IMPLEMENTED
    field_reason = _field_refusal(signal, config.variant)
    if field_reason is not None:
        return field_reason
    if config.max_positions is not None and position_count >= config.max_positions:
        # hit Q-L1b
        return Reason.MAX_POSITIONS
    is_pending = signal.order_type is not OrderType.MARKET
    if is_pending and signal.expires_at is not None and signal.expires_at <= entry_time:
        # hit E-2
        return Reason.ALREADY_EXPIRED
    return None


def _has_later_features(signal: Signal) -> bool:
    """Whether the signal asks for what is typed but not built: break-even and trailing (E-13, E-14)."""
    distances = (
        signal.trailing_distance,
        signal.trailing_step,
        signal.break_even_at_r,
        signal.break_even_offset,
    )
    return any(distance is not None for distance in distances)


def _field_refusal(signal: Signal, variant: Variant) -> Reason | None:
    if signal.direction is None:
        return Reason.DIRECTION_MISSING
    if signal.order_type is None:
        return Reason.ORDER_TYPE_MISSING
    if signal.stop_loss is None:
        return Reason.STOP_LOSS_MISSING
    if signal.price is None and (signal.order_type is not OrderType.MARKET or variant is Variant.V1):
        return Reason.PRICE_MISSING
    amounts = (signal.price, signal.stop_loss, signal.take_profit, signal.size)
    if any(amount is not None and amount <= 0.0 for amount in amounts):
        return Reason.NOT_POSITIVE
    return None


def level_refusal(
    fill: float,
    stop_loss: float,
    take_profit: float | None,
    terms: SymbolTerms,
    variant: Variant,
    *,
    is_long: bool,
) -> Reason | None:
    """Return the first reason against an entry at ``fill``: distance, side of stop, side of target (E-1, Q-E1)."""
    distance = abs(fill - stop_loss)
    if variant is Variant.V1:
        # hit E-1 if distance < _V1_STOP_DISTANCE
        return None if distance >= _V1_STOP_DISTANCE else Reason.STOP_DISTANCE
    if not distance >= terms.min_stop_distance:
        # hit E-1
        return Reason.STOP_DISTANCE
    if not (stop_loss < fill if is_long else stop_loss > fill):
        # hit E-1
        return Reason.STOP_SIDE
    if take_profit is not None and not (take_profit > fill if is_long else take_profit < fill):
        # hit E-1
        return Reason.TARGET_SIDE
    return None
