"""What a fill and a night cost, exact (C-2, C-3, C-4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .worth import EPOCH, MICROSECOND, Worth, typed, way_of

CENTS = 100
WEEKEND = ("saturday", "sunday")
DAY = timedelta(days=1)
CLOSE = Fraction(1, 10**12)
"""Part of an amount that doubles may be off."""


class Fill(NamedTuple):
    """What is bought or sold: lots, the price and what it is worth, the bar's time, and whether it opens."""

    lots: Fraction
    price: Fraction
    value: Fraction
    time: int
    is_entry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """C-3; ``there`` leads from the quotes' currency to its own, ``back`` from there to the account's."""

    basis: str
    rate: Fraction
    multiplier: Fraction
    min_fee: Fraction
    sides: str
    place: str
    """Which currency it is in: the account's, the quotes', the base or another one."""
    there: Worth
    back: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """C-4: points a night of long and short, and when nights end."""

    points: Mapping[int, Fraction]
    """By the sign of a position's direction."""
    clock: time
    zone: ZoneInfo
    triple: str


def commission_of(given: Any, spec: Mapping[str, Any], account: str, rates: Mapping[str, Any]) -> Commission | None:
    """Q-C3; ``ValueError`` where there is no rate."""
    if given is None:
        return None
    quote, base, own = spec["quote_currency"], spec["base_currency"], given.currency or account
    place = {base: "base", quote: "quote", account: "account"}.get(own, "other")
    one = Worth(amount=Fraction(1))
    there = way_of(quote, own, rates) if place == "other" and given.basis != "per_lot" else one
    back = way_of(own, account, rates) if place == "other" else one
    return Commission(
        basis=given.basis,
        rate=typed(given.rate),
        multiplier=typed(given.multiplier),
        min_fee=typed(given.min_fee),
        sides=given.sides,
        place=place,
        there=there,
        back=back,
    )


def nights_of(given: Any) -> Nights | None:
    """Q-C4."""
    if given is None:
        return None
    return Nights(
        points={1: typed(given.long_points), -1: typed(given.short_points)},
        clock=time.fromisoformat(given.rollover),
        zone=ZoneInfo(given.zone),
        triple=given.triple,
    )


def is_charged(commission: Commission, fill: Fill) -> bool:
    """C-3: whether its side is."""
    return commission.sides in ("both", "entry" if fill.is_entry else "exit")


def base_of(commission: Commission, contract_size: Fraction, fill: Fill) -> Fraction:
    """Q-C3: in the commission's currency, before multiplier and minimum."""
    if commission.basis == "per_lot":
        return commission.rate * fill.lots
    notional = fill.price * contract_size * fill.lots
    if commission.place == "account":
        notional *= fill.value / contract_size
    elif commission.place == "base":
        notional /= fill.price
    elif commission.place == "other":
        notional *= commission.there.at(fill.price, fill.time)
    return commission.rate * (notional / 1_000_000 if commission.basis == "per_million_notional" else notional)


def back(commission: Commission, contract_size: Fraction, amount: Fraction, fill: Fill) -> Fraction:
    """Q-C3: the account's money."""
    if commission.place == "account":
        return amount
    if commission.place == "other":
        return amount * commission.back.at(fill.price, fill.time)
    quotes = amount * fill.price if commission.place == "base" else amount
    return quotes * fill.value / contract_size


def exact(commission: Commission, contract_size: Fraction, fill: Fill) -> Fraction:
    """C-3, not rounded to cents yet."""
    if not is_charged(commission, fill):
        return Fraction(0)
    base = base_of(commission, contract_size, fill)
    return back(commission, contract_size, max(base, commission.min_fee) * commission.multiplier, fill)


def cents(amount: Fraction) -> Fraction:
    """N-5, halves to even."""
    return Fraction(round(amount * CENTS), CENTS)


def is_half(amount: Fraction) -> bool:
    """Whether an amount is so near to half a cent that doubles decide."""
    parts = amount * CENTS
    return abs(parts - int(parts) - Fraction(1, 2)) <= abs(parts) * CLOSE


def between(nights: Nights, before: int, until: int) -> int:
    """C-4: the nights of the rollovers after one time and not after the other, µs."""
    return sum(count for instant, count in rollovers(nights, before, until) if before < instant <= until)


def rollovers(nights: Nights, before: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield instants, µs, and their nights, of the days about two times; weekends have none."""
    day, last = ((EPOCH + at * MICROSECOND).astimezone(UTC) for at in (before, until))
    day -= 2 * DAY
    while day <= last + 2 * DAY:
        name = f"{day:%A}".lower()
        if name not in WEEKEND:
            wall = datetime.combine(day.date(), nights.clock, nights.zone)
            yield (wall - EPOCH) // MICROSECOND, 3 if name == nights.triple else 1
        day += DAY


def swap(nights: Nights, tick: Fraction, sign: int, value: Fraction, lots: Fraction, count: int) -> Fraction:
    """Q-C4b: money, negative where it costs."""
    return nights.points[sign] * tick * value * lots * count
