"""Why a signal is refused before prices are looked at: the first reason of the contract's table that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .orders import Order, Quote, Signal
from .terms import Terms

if TYPE_CHECKING:
    from .opinion import Opinion

CODES = {
    "unknown_symbol": 1001,
    "change_missing": 1008,
    "direction_missing": 1008,
    "order_type_missing": 1008,
    "stop_loss_missing": 1008,
    "price_missing": 1008,
    "max_positions": 1007,
    "stopped_out": 1007,
    "no_match": 1007,
}
"""Of the reasons whose code is not 1006."""


def code_of(reason: str) -> int:
    return CODES.get(reason, 1006)


def reason_against(opinion: Opinion, quote: Quote, signal: Signal) -> str | None:
    """Return the reason, None where there is none."""
    if signal["symbol"] != opinion.terms.symbol:
        return "unknown_symbol"
    if opinion.is_stopped_out:
        return "stopped_out"
    if signal["signal_type"] != "entry":
        return against_a_change(opinion.terms, signal)
    return against_an_entry(opinion, quote, signal)


def against_a_change(terms: Terms, signal: Signal) -> str | None:
    """What an exit or modify signal must say (Q-E15)."""
    if signal["signal_type"] == "exit":
        return None
    levels = [signal[name] for name in ("stop_loss", "take_profit") if signal[name] is not None]
    if not levels:
        return "change_missing"
    return "not_positive" if any(terms.p(level) <= 0 for level in levels) else None


def against_an_entry(opinion: Opinion, quote: Quote, signal: Signal) -> str | None:
    """What an entry must say, and when."""
    for name in ("direction", "order_type", "stop_loss"):
        if signal[name] is None:
            return f"{name}_missing"
    if signal["price"] is None and signal["order_type"] != "market":
        return "price_missing"
    levels = [signal[name] for name in ("price", "stop_loss", "take_profit") if signal[name] is not None]
    if any(opinion.terms.p(level) <= 0 for level in levels) or (signal["size"] is not None and signal["size"] <= 0):
        return "not_positive"
    if opinion.terms.max_positions is not None and len(staying(opinion)) >= opinion.terms.max_positions:
        return "max_positions"
    expires_at = signal["expires_at"]
    if signal["order_type"] != "market" and expires_at is not None and expires_at <= quote.time:
        return "already_expired"
    return None


def staying(opinion: Opinion) -> list[Order]:
    """What no exit signal of this bar is about to close whole (Q-L1b)."""
    exits = [one for one in opinion.waiting if one.signal["signal_type"] == "exit"]
    whole = [one for one in exits if one.signal["fraction"] is None or one.signal["fraction"] >= 1]
    return [order for order in opinion.orders if not any(rules.is_reached(one, order) for one in whole)]
