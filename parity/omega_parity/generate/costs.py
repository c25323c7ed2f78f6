"""Generated sizes, commissions and nights, expanded from bytes (S-3, C-3, C-4); v1 has no nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from omega.contract.types import (
    ChargedSides,
    Commission,
    CommissionBasis,
    EngineConfig,
    Rate,
    SizingMode,
    Swap,
    Variant,
)
from omega_parity.generate.accounts import RATE_BYTES, expand_rate
from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import record_scales
from omega_parity.generate.scales import Scale

COST_BYTES: Final = 32 + 2 * RATE_BYTES + 6 * (1 + WIDE_BYTES)

_WIDE: Final = 88
"""Of 256: how often a number is drawn from its whole range."""

_RATES: Final = {
    CommissionBasis.PER_LOT: 3.5,
    CommissionBasis.PER_MILLION_NOTIONAL: 35.0,
    CommissionBasis.PERCENT_OF_NOTIONAL: 0.0003,
}
"""What a broker takes."""

_CURRENCY: Final = "NOK"
"""Of a commission that is charged in none of the symbol's or the account's."""


def with_costs(config: EngineConfig, decisions: Decisions, times: Sequence[int]) -> EngineConfig:
    """Size orders by another mode, charge a commission and nights; ``times`` are those of the bars."""
    mode = decisions.choose((160, SizingMode.RISK), (48, SizingMode.PIP), (48, SizingMode.FIXED))
    lots = _number(decisions, record_scales("EngineConfig")["sizing_lots"], 0.1, 25.0, 3.7)
    config = replace(config, sizing_mode=mode, sizing_lots=lots if mode is SizingMode.FIXED else None)
    config = _with_commission(config, decisions, times)
    return _with_nights(config, decisions, times)


def _number(decisions: Decisions, scale: Scale, *usual: float) -> float:
    """Return a usual number, or one of its whole range."""
    is_wide, plain = decisions.choose((256 - _WIDE, False), (_WIDE, True)), decisions.evenly(*usual)
    wide = float(decisions.wide(scale))
    return wide if is_wide else plain


def _with_commission(config: EngineConfig, decisions: Decisions, times: Sequence[int]) -> EngineConfig:
    scales = record_scales("Commission")
    is_charged, basis = decisions.choose((144, False), (112, True)), decisions.evenly(*CommissionBasis)
    rate = _number(decisions, scales["rate"], _RATES[basis])
    multiplier = _number(decisions, scales["multiplier"], 1.0, 1.5, 0.5)
    min_fee = _number(decisions, scales["min_fee"], 0.0, 0.0, 2.5)
    where = decisions.choose((96, "account"), (40, "quote"), (40, "base"), (80, "other"))
    sides = decisions.choose((128, ChargedSides.BOTH), (64, ChargedSides.ENTRY), (64, ChargedSides.EXIT))
    legs = [expand_rate(decisions, times) for _ in range(2)]
    if not is_charged:
        return config
    currency = _currency(config, where)
    commission = Commission(
        basis=basis, rate=rate, multiplier=multiplier, min_fee=min_fee, currency=currency, sides=sides
    )
    config = replace(config, commission=commission)
    return _with_rates(config, legs, times) if currency == _CURRENCY else config


def _currency(config: EngineConfig, where: str) -> str:
    spec, account = config.instrument, config.account_currency
    if spec is None or where == "account" or (where == "other" and config.variant is Variant.V1):
        return account
    found = {"quote": spec.quote_currency, "base": spec.base_currency, "other": _CURRENCY}[where]
    return found or account


def _with_rates(config: EngineConfig, legs: Sequence[tuple[bool, Rate]], times: Sequence[int]) -> EngineConfig:
    """Add the rates from the quotes to a commission in another currency, and from there to the account."""
    assert config.instrument is not None, "a symbol without a specification is charged in the account's currency"
    ways = ((config.instrument.quote_currency, _CURRENCY), (_CURRENCY, config.account_currency))
    rates = tuple(
        replace(rate, pair=other + one if is_inverse else one + other)
        for (one, other), (is_inverse, rate) in zip(ways, legs, strict=True)
    )
    age = times[-1] - times[0] + 1 if times else 0
    return replace(config, rates=(*config.rates, *rates), rates_max_age=max(config.rates_max_age, age))


def _with_nights(config: EngineConfig, decisions: Decisions, times: Sequence[int]) -> EngineConfig:
    scales = record_scales("Swap")
    is_charged = decisions.choose((112, False), (144, True))
    long_points = _number(decisions, scales["long_points"], -6.5, -3_000.0, 1.25)
    short_points = _number(decisions, scales["short_points"], 2.0, -3_000.25, 0.0)
    step, place = 1 + decisions.byte() % 12, decisions.evenly("at", "before", "after")
    triple = 1 + decisions.byte() % 5
    if not is_charged or not times or config.variant is Variant.V1:
        return config
    return replace(config, swap=nightly(times, long_points, short_points, step, place, triple))


def nightly(times: Sequence[int], long_points: float, short_points: float, step: int, place: str, triple: int) -> Swap:
    """Return a swap with a rollover at, just before or just after every so manieth bar; of some three nights.

    The first and the last one lie outside the bars, so that all of these are known (Q-C4).
    """
    offset = {"at": 0, "before": -1, "after": 1}[place]
    inner = [time + offset for time in times[step::step] if time + offset > times[0]]
    rollovers = (times[0], *inner, max([times[-1], *inner]) + 1)
    nights = tuple(3 if row % triple == 0 else 1 for row in range(len(rollovers)))
    return Swap(long_points=long_points, short_points=short_points, rollovers=rollovers, nights=nights)
