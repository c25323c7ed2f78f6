"""Checks of ticks at the boundary (T-3, Q-T3): refused with a coded error, never repaired."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.ranges import PRICE
from omega.contract.schemas import TICKS
from omega_reference.breaches import breach, calendar_breach, earlier, not_finite, out_of_range, refuse_first
from omega_reference.ticks.columns import Ticks


def check_ticks(ticks: Ticks, faults: Sequence[OmegaError]) -> None:
    """Refuse the first breach of T-3 in (column order, row) (Q-T3).

    Parameters
    ----------
    ticks : Ticks
    faults : sequence of OmegaError
        What only the boundary can see: nulls (1002), each with column and row; the value under a null price must be
        NaN.

    Raises
    ------
    OmegaError
        SIZE_MISMATCH, EMPTY_INPUT, NULL_VALUE, OUT_OF_BOUNDS, NAN_VALUE, INFINITE_VALUE, CONSTRAINT_VIOLATION.
    """
    check_lengths(ticks)
    if len(ticks) == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "T-3", "timestamp", "there is no tick")

    def found(column: str) -> OmegaError | None:
        if column == "timestamp":
            order = order_breach(ticks.timestamp)
            return earlier(calendar_breach("T-3", "timestamp", ticks.timestamp, is_optional=False), order)
        return price_breach(column, ticks.bid if column == "bid" else ticks.ask)

    refuse_first(TICKS.names, faults, found)


def check_lengths(ticks: Ticks) -> None:
    """Refuse a column that is not as long as the times.

    Raises
    ------
    OmegaError
        SIZE_MISMATCH.
    """
    for name, prices in (("bid", ticks.bid), ("ask", ticks.ask)):
        if len(prices) != len(ticks):
            message = f"{len(prices)} rows, timestamp has {len(ticks)}"
            raise breach(ErrorCode.SIZE_MISMATCH, "T-3", name, message)


def order_breach(timestamp: Sequence[int]) -> OmegaError | None:
    """Return the first time that is earlier than the one before; equal ones keep their order (T-3)."""
    for row in range(1, len(timestamp)):
        if timestamp[row] < timestamp[row - 1]:
            message = "times must not decrease: sort the rows by time"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-3", "timestamp", message, row, timestamp[row])
    return None


def price_breach(column: str, prices: Sequence[float]) -> OmegaError | None:
    """Return the first price that is no number in PRICE."""
    for row, price in enumerate(prices):
        if PRICE.least <= price <= PRICE.most:
            continue
        unfit = not_finite("T-3", column, row, price)
        if unfit is not None:
            return unfit
        if price <= 0.0:
            message = "a price must be greater than 0"
            return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-3", column, message, row, price)
        return out_of_range("T-3", column, row, price, PRICE)
    return None
