"""What is decided before the first bar of a run, so that no fill has to be looked at: none is at 0 or below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import Direction, Signal, SignalType
from omega_reference.bars.columns import BarColumns
from omega_reference.execution.state import Rules
from omega_reference.grid import grid_price
from omega_reference.numbers import maximum, minimum

_INFINITY: Final = float("inf")


def check_fills(rules: Rules, bars: BarColumns, signals: Sequence[Signal]) -> None:
    """Refuse digits and slippage that could bring a fill to 0 or below (C-1, Q-C1b).

    Raises
    ------
    OmegaError
        CONSTRAINT_VIOLATION with the row of the lowest bar: column ``instruments.digits`` and its price, or
        ``costs.slippage`` and the largest slippage.
    """
    row, price = lowest_price(bars)
    on_grid = grid_price(rules.terms.grid, price)
    if on_grid <= 0.0:
        raise _too_coarse(rules.terms.digits, row, price)
    slippage = rules.largest_slippage
    if slippage == 0.0:
        return
    reach = (slippage + rules.stop_buffer) + maximum(rules.buffers.stop, rules.idle_buffers.stop)
    if minimum(price, on_grid) <= reach:
        raise _too_large(slippage, row, price)
    check_levels(rules, signals)


def check_levels(rules: Rules, signals: Sequence[Signal]) -> None:
    """Refuse signals whose fill slippage could bring to 0 or below, wherever the market is (C-1, Q-C1b).

    Raises
    ------
    OmegaError
        CONSTRAINT_VIOLATION, column ``costs.slippage``, with the largest slippage.
    """
    slippage = rules.largest_slippage
    if slippage == 0.0 or rules.variant.checks_sides:
        return
    level = lowest_level(signals)
    if level <= slippage:
        raise _too_large(slippage, None, level)


def lowest_price(bars: BarColumns) -> tuple[int, float]:
    """Return the lowest low of both sides and its row, the bid's first row where several are as low."""
    lowest, at = bars.bid_low[0], 0
    for low in (bars.bid_low, bars.ask_low):
        for row, price in enumerate(low):
            if price < lowest:
                lowest, at = price, row
    return at, lowest


def lowest_level(signals: Sequence[Signal]) -> float:
    """Return the lowest price or stop above 0 of the short entries: v1 fills there, wherever the market is."""
    lowest = _INFINITY
    for signal in signals:
        if signal.direction is not Direction.SHORT or signal.signal_type is not SignalType.ENTRY:
            continue
        for level in (signal.price, signal.stop_loss):
            if level is not None and 0.0 < level < lowest:
                lowest = level
    return lowest


def _too_coarse(digits: int, row: int, price: float) -> OmegaError:
    return omega_error(
        ErrorCode.CONSTRAINT_VIOLATION,
        f"with {digits} digits the price {price!r} (bar {row}) would be 0: correct the instrument's digits, or the"
        " bars",
        rule="C-1",
        column="instruments.digits",
        row=row,
        value=price,
    )


def _too_large(slippage: float, row: int | None, price: float) -> OmegaError:
    where = "a signal" if row is None else f"bar {row}"
    return omega_error(
        ErrorCode.CONSTRAINT_VIOLATION,
        f"slippage of up to {slippage!r} in price would push a fill at {price!r} ({where}) to 0 or below: lower"
        " costs.slippage.fixed_pips and random_pips, or correct the instrument's pip_size",
        rule="C-1",
        column="costs.slippage",
        row=row,
        value=slippage,
    )
