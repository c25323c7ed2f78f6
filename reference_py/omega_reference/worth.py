"""What a price is worth in the account currency: fixed, by the price itself, or by rates of currencies (S-1, C-6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import EngineConfig, Instrument, Rate
from omega_reference.variants import VariantRules

_THROUGH: Final = "USD"
"""The currency by which two others are converted where there is no rate between them (C-6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a conversion: by the rate of a pair or, where it is the pair's inverse, by dividing."""

    rate: Rate
    is_inverse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What says how much the account gains per 1.0 of price and 1 lot (Q-S1)."""

    amount: float
    """Before the price or the steps; where there are neither it is the answer."""
    is_by_price: bool
    """Whether the price is the rate itself: the account is held in the base currency."""
    steps: tuple[Step, ...]


def new_worth(config: EngineConfig, spec: Instrument, variant: VariantRules) -> Worth:
    """Return what a price of the run's symbol is worth (S-1, Q-S1).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT with the pair of currencies that has no rate.
    """
    account = config.account_currency
    if spec.tick_value is not None:
        return fixed_worth(spec.tick_value / spec.tick_size)
    # hit S-1
    if variant.value_without_tick_value is not None:
        return fixed_worth(variant.value_without_tick_value)
    if spec.quote_currency == account:
        return fixed_worth(spec.contract_size)
    is_by_price = base_currency(spec) == account
    steps = None if is_by_price else conversion(config.rates, spec.quote_currency, account)
    if steps is None and not is_by_price:
        raise _no_rate(spec, account)
    return Worth(amount=spec.contract_size, is_by_price=is_by_price, steps=steps or ())


def fixed_worth(amount: float) -> Worth:
    """Return the worth of a price where it is the same at every price and time."""
    return Worth(amount=amount, is_by_price=False, steps=())


def base_currency(spec: Instrument) -> str:
    """Return a symbol's base currency, of a symbol that is a pair by its name if need be (Q-S1)."""
    is_pair = len(spec.symbol) == 6 and spec.symbol[3:] == spec.quote_currency
    return spec.symbol[:3] if is_pair and spec.base_currency == "" else spec.base_currency


def conversion(rates: Sequence[Rate], from_currency: str, to_currency: str) -> tuple[Step, ...] | None:
    """Return the steps from one currency to the other, directly or through USD; None if there is no way (C-6)."""
    direct = find_step(rates, from_currency, to_currency)
    if direct is not None:
        return (direct,)
    first = find_step(rates, from_currency, _THROUGH)
    second = find_step(rates, _THROUGH, to_currency)
    return None if first is None or second is None else (first, second)


def find_step(rates: Sequence[Rate], from_currency: str, to_currency: str) -> Step | None:
    """Return the step by a pair, else by its inverse (C-6)."""
    for pair, is_inverse in ((from_currency + to_currency, False), (to_currency + from_currency, True)):
        for rate in rates:
            if rate.pair == pair:
                return Step(rate=rate, is_inverse=is_inverse)
    return None


def value_at(worth: Worth, price: float, time: int) -> float:
    """Return the account's money per 1.0 of price and 1 lot, at a price in the bar of a time, µs (Q-S1)."""
    if worth.is_by_price:
        # hit S-1
        return worth.amount / price
    return converted(worth.amount, worth.steps, time)


def converted(amount: float, steps: Sequence[Step], time: int) -> float:
    """Return an amount of one currency in another, by the rates at a time, µs (Q-C6c)."""
    for step in steps:
        # hit C-6
        rate = rate_at(step.rate, time)
        amount = (amount / rate) if step.is_inverse else (amount * rate)
    return amount


def rate_at(rate: Rate, time: int) -> float:
    """Return the rate of the last row that is not later than a time, else of the first (Q-C6c)."""
    row = bisect_right(rate.timestamps, time)
    return rate.values[row - 1 if row > 0 else 0]


def series_of(steps: Sequence[Step]) -> tuple[Rate, ...]:
    """Return the rates of some steps that change with time, in their order."""
    return tuple(step.rate for step in steps if step.rate.timestamps)


def check_ages(series: Sequence[Rate], max_age: int, timestamps: Sequence[int], first: int) -> None:
    """Refuse a bar, from row ``first`` on, at which a series that is used has no row, or too old a one (Q-C6).

    Raises
    ------
    OmegaError
        CONSTRAINT_VIOLATION naming the pair, the bar's row and its time.
    """
    if not series:
        return
    for row in range(first, len(timestamps)):
        time = timestamps[row]
        for rate in series:
            known = bisect_right(rate.timestamps, time)
            if known == 0 or time - rate.timestamps[known - 1] > max_age:
                raise _too_old(rate.pair, row, time)


def _no_rate(spec: Instrument, account_currency: str) -> OmegaError:
    pair = spec.quote_currency + account_currency
    return omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"{spec.symbol} is quoted in {spec.quote_currency} and the account is held in {account_currency}: give the rate"
        f" of {pair} under `rates` (or of {account_currency + spec.quote_currency}, or of both against {_THROUGH})",
        rule="S-1",
        column="rates",
        value=pair,
    )


def _too_old(pair: str, row: int, time: int) -> OmegaError:
    return omega_error(
        ErrorCode.CONSTRAINT_VIOLATION,
        f"the rates of {pair} have no row for bar {row}, or one older than rates_max_age: give rates that reach"
        " from the first bar to the last, or raise rates_max_age",
        rule="C-6",
        column=pair,
        row=row,
        value=time,
    )
