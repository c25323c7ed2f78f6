"""The run's counters: order ids, sequence numbers and the ordinals of random draws (T-8, N-6)."""

from __future__ import annotations

from omega.contract.types import Signal
from omega_reference.execution.state import Account


def next_order_id(account: Account) -> int:
    """Return the next accepted order's id, from 1; a rejected signal consumes none (T-8)."""
    order_id = account.next_order_id
    account.next_order_id = order_id + 1
    return order_id


def next_seq(account: Account) -> int:
    """Return the next event's number, from 0 (T-8)."""
    seq = account.next_seq
    account.next_seq = seq + 1
    return seq


def next_ordinal(account: Account, signal: Signal) -> int:
    """Return k of N-6: how many equal signals came before."""
    ordinals = account.ordinals
    if signal.timestamp != ordinals.timestamp:
        ordinals.timestamp = signal.timestamp
        ordinals.counts.clear()
    key = (signal.symbol, signal.magic_number, signal.direction, signal.order_type)
    ordinal = ordinals.counts.get(key, 0)
    # hit Q-N6 if ordinal > 0
    ordinals.counts[key] = ordinal + 1
    return ordinal
