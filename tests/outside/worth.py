"""What a price is worth in the account's money, exact (S-1, C-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def typed(number: float) -> Fraction:
    """Take a number as the decimal that was typed."""
    return Fraction(repr(number))


class Row(NamedTuple):
    """A rate and since when it holds, µs; None is always."""

    since: int | None
    rate: Fraction


Series = Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """An amount per 1.0 of price and lot: as it is, over the price, or converted step by step."""

    amount: Fraction
    by_price: bool = False
    steps: Sequence[tuple[Series, bool]] = ()
    """Rates, and whether one divides by them."""

    def at(self, price: Fraction, time: int) -> Fraction:
        """Return the account's money per 1.0 of price and lot (Q-S1)."""
        if self.by_price:
            return self.amount / price
        value = self.amount
        for series, divides in self.steps:
            rate = [row.rate for row in series if row.since is None or row.since <= time][-1]
            value = value / rate if divides else value * rate
        return value


def worth_of(spec: Mapping[str, Any], account: str, rates: Mapping[str, Any]) -> Worth:
    """S-1; ``ValueError`` where there is no rate."""
    if spec.get("tick_value") is not None:
        return Worth(amount=typed(spec["tick_value"]) / typed(spec["tick_size"]))
    amount, quote, base = typed(spec["contract_size"]), spec["quote_currency"], spec["base_currency"]
    if not base and len(spec["symbol"]) == 6 and spec["symbol"].endswith(quote):
        base = spec["symbol"][:3]
    if quote == account:
        return Worth(amount=amount)
    if base == account:
        return Worth(amount=amount, by_price=True)
    return way_of(quote, account, rates, amount)


def way_of(one: str, other: str, rates: Mapping[str, Any], amount: Fraction = Fraction(1)) -> Worth:
    """Convert an amount between two currencies (C-6); ``ValueError`` where there is no rate."""
    if one == other:
        return Worth(amount=amount)
    series = {pair: _series(given) for pair, given in rates.items()}
    for way in ([(one, other)], [(one, "USD"), ("USD", other)]):
        steps = [_step(series, *pair) for pair in way]
        if all(steps):
            return Worth(amount=amount, steps=[step for step in steps if step])
    raise ValueError(f"no rate from {one} to {other}")


def _step(series: Mapping[str, Series], one: str, other: str) -> tuple[Series, bool] | None:
    for pair, divides in ((one + other, False), (other + one, True)):
        if pair in series:
            return series[pair], divides
    return None


def _series(given: Any) -> Series:
    if isinstance(given, float):
        return [Row(None, typed(given))]
    return [
        Row((time - EPOCH) // MICROSECOND, typed(rate)) for time, rate in zip(given.timestamp, given.rate, strict=True)
    ]
