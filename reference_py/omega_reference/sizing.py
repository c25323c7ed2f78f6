"""From money at risk to lots (chapter S)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import BelowMin, EngineConfig, Instrument, Variant
from omega_reference.numbers import floor, maximum, quantize

_V1_PIP_SIZE: Final = 0.0001
_V1_CONTRACT_SIZE: Final = 100_000.0
_V1_VALUE_PER_PRICE: Final = 100_000.0
_V1_DIGITS: Final = 5
_V1_LOTS_MIN: Final = 0.01
_LOT_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTerms:
    """What a run needs to know about its symbol, the v1 defaults of an unknown one included (Q-S1, Q-S5)."""

    pip_size: float
    contract_size: float
    value_per_price: float
    """Account currency per 1.0 of price and 1 lot."""
    digits: int
    min_stop_distance: float
    """Price."""
    spec: Instrument | None


def symbol_terms(config: EngineConfig) -> SymbolTerms:
    """Return the terms of the run's symbol.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT naming the symbol without a spec (S-5, canonical) or both currencies (S-1).
    """
    spec = config.instrument
    if spec is None:
        return _terms_without_spec(config)
    return SymbolTerms(
        pip_size=spec.pip_size,
        contract_size=spec.contract_size,
        value_per_price=value_per_price(spec, config.variant, config.account_currency),
        digits=spec.digits,
        min_stop_distance=(spec.min_stop_distance_pips * spec.pip_size),
        spec=spec,
    )


def _terms_without_spec(config: EngineConfig) -> SymbolTerms:
    if config.variant is Variant.CANONICAL:
        # hit S-5
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"no instrument for symbol {config.symbol!r}; a canonical run needs one",
            rule="S-5",
            column="instrument",
            value=config.symbol,
        )
    return SymbolTerms(
        pip_size=_V1_PIP_SIZE,
        contract_size=_V1_CONTRACT_SIZE,
        value_per_price=_V1_VALUE_PER_PRICE,
        digits=_V1_DIGITS,
        min_stop_distance=0.0,
        spec=None,
    )


def value_per_price(spec: Instrument, variant: Variant, account_currency: str) -> float:
    """Return the account currency gained per 1.0 of price and 1 lot (S-1, Q-S1)."""
    if spec.tick_value is not None:
        return spec.tick_value / spec.tick_size
    # hit S-1
    if variant is Variant.V1:
        return _V1_VALUE_PER_PRICE
    if spec.quote_currency == account_currency:
        return spec.contract_size
    raise omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"{spec.symbol} has no tick_value and there is no rate from {spec.quote_currency} to {account_currency}",
        rule="S-1",
        column="quote_currency",
        value=spec.quote_currency,
    )


def risk_amount(config: EngineConfig, last_equity: float) -> float:
    """Return the money at risk of one trade in the account currency (S-2, Q-S2)."""
    if config.risk_fraction is None:
        return config.risk_per_trade
    return config.risk_fraction * last_equity


def raw_size(risk: float, entry: float, stop_loss: float, value_per_price: float) -> float:
    """Return unrounded lots that lose ``risk`` at the stop (S-2, Q-S2); 0 when the stop is at the entry."""
    denominator = abs(entry - stop_loss) * value_per_price
    return (risk / denominator) if denominator > 0.0 else 0.0


def lots_from_raw(raw: float, terms: SymbolTerms) -> float:
    """Return lots on the symbol's grid, clamped to its limits (S-4, Q-S4; without a spec Q-S5)."""
    spec = terms.spec
    if spec is None:
        # hit S-5
        return maximum(_V1_LOTS_MIN, quantize(raw, 2))
    if raw <= spec.volume_min:
        # hit S-4 if raw < spec.volume_min
        return quantize(spec.volume_min, _LOT_DIGITS)
    steps = floor(((raw - spec.volume_min) + 1e-12) / spec.volume_step)
    lots = spec.volume_min + (steps * spec.volume_step)
    if lots > spec.volume_max:
        lots = spec.volume_max
    # hit S-4 if lots != raw
    return quantize(lots, _LOT_DIGITS)


def is_refused(raw: float, config: EngineConfig) -> bool:
    """Whether a raw size is too small to be traded instead of over-risked (S-4, ``below_min: reject``)."""
    if config.variant is Variant.V1 or config.below_min is BelowMin.CLAMP or config.instrument is None:
        return False
    # hit S-4 if raw < config.instrument.volume_min
    return raw < config.instrument.volume_min
