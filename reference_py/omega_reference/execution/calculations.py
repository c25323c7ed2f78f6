"""What orders and fills would get and cost, without one (B-5)."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.ranges import PRICE, SIZE
from omega_reference.breaches import calendar_breach
from omega_reference.execution.batches import check_length, check_numbers
from omega_reference.execution.state import Account, Rules
from omega_reference.grid import grid_price
from omega_reference.sizing import is_refused, lots_from_raw, raw_lots, risk_amount
from omega_reference.worth import check_ages, value_at


def check_orders(
    rules: Rules,
    prices: Sequence[float],
    stop_losses: Sequence[float],
    sizes: Sequence[float | None],
    times: Sequence[int],
) -> None:
    """Refuse the first breach of orders to be sized in (column order, row) (Q-B5).

    Raises
    ------
    OmegaError
        SIZE_MISMATCH for columns of unequal lengths; NAN_VALUE, INFINITE_VALUE, CONSTRAINT_VIOLATION or OUT_OF_BOUNDS
        for a value; or as :func:`omega_reference.worth.check_ages` for a time without a rate.
    """
    check_length("B-5", "stop_loss", len(stop_losses), len(prices))
    check_length("B-5", "size", len(sizes), len(prices))
    check_length("B-5", "timestamp", len(times), len(prices))
    check_numbers("B-5", "price", prices, PRICE)
    check_numbers("B-5", "stop_loss", stop_losses, PRICE)
    check_numbers("B-5", "size", sizes, SIZE)
    check_times(rules, times)


def lot_size(
    account: Account, rules: Rules, price: float, stop_loss: float, size: float | None, time: int
) -> float | None:
    """Return the lots of an order at ``price``, by the equity of the last bar; None where it is too small (S-4)."""
    grid = rules.terms.grid
    price, stop_loss = grid_price(grid, price), grid_price(grid, stop_loss)
    risk = risk_amount(rules, account.portfolio.equity)
    value = value_at(rules.terms.worth, price, time)
    raw = raw_lots(rules, risk, price, stop_loss, value) if size is None else size
    return None if is_refused(raw, rules) else lots_from_raw(raw, rules)


def check_fills_to_charge(
    rules: Rules, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
) -> None:
    """Refuse the first breach of fills to be charged in (column order, row) (Q-B5).

    Raises
    ------
    OmegaError
        As :func:`check_orders`.
    """
    check_length("B-5", "price", len(prices), len(lots))
    check_length("B-5", "timestamp", len(times), len(lots))
    check_length("B-5", "leg", len(legs), len(lots))
    check_numbers("B-5", "lots", lots, SIZE)
    check_numbers("B-5", "price", prices, PRICE)
    check_times(rules, times)


def check_times(rules: Rules, times: Sequence[int]) -> None:
    """Refuse a time beyond the calendar, or one without a rate (Q-B5)."""
    found = calendar_breach("B-5", "timestamp", times, is_optional=False)
    if found is not None:
        raise found
    for time in times:
        check_ages(rules.rate_series, rules.rates_max_age, [time], 0)


def charge(rules: Rules, lots: float, price: float, time: int, leg: int) -> float:
    """Return the fee or commission of a fill; leg 0 is the entry (C-2, C-3)."""
    price = grid_price(rules.terms.grid, price)
    return rules.costs.fee(lots, price, value_at(rules.terms.worth, price, time), time, leg)
