"""What a run needs to know about its symbol (S-1, S-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import EngineConfig, Instrument
from omega_reference.grid import Grid, grid_distance, new_grid
from omega_reference.variants import VariantRules, variant_rules
from omega_reference.worth import Worth, fixed_worth, new_worth

_UNKNOWN_PIP_SIZE: Final = 0.0001
_UNKNOWN_CONTRACT_SIZE: Final = 100_000.0
_UNKNOWN_VALUE_PER_PRICE: Final = 100_000.0
_UNKNOWN_DIGITS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTerms:
    """The terms of a symbol, the defaults of an unknown one included (Q-S1, Q-S5)."""

    pip_size: float
    contract_size: float
    worth: Worth
    """Of a price, in the account currency."""
    digits: int
    grid: Grid
    min_stop_distance: float
    """Price."""
    pip_value: float | None
    """What a pip of one lot is worth, in the account currency, where no price says it (Q-S3, v1)."""
    spec: Instrument | None


def symbol_terms(config: EngineConfig) -> SymbolTerms:
    """Return the terms of the run's symbol.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT naming the symbol without a spec (S-5, canonical); as :func:`omega_reference.worth.new_worth`.
    """
    spec = config.instrument
    variant = variant_rules(config.variant)
    if spec is None:
        return _terms_without_spec(config, variant)
    grid = new_grid(spec.digits, variant.keeps_to_grid)
    return SymbolTerms(
        pip_size=spec.pip_size,
        contract_size=spec.contract_size,
        worth=new_worth(config, spec, variant),
        digits=spec.digits,
        grid=grid,
        min_stop_distance=grid_distance(grid, spec.min_stop_distance_pips * spec.pip_size),
        pip_value=fixed_pip_value(config, spec, variant),
        spec=spec,
    )


def fixed_pip_value(config: EngineConfig, spec: Instrument, variant: VariantRules) -> float | None:
    """Return what a pip of one lot is worth by the contract alone; None where it follows from the price (Q-S3)."""
    is_fixed = variant.values_pips_by_contract and spec.quote_currency == config.account_currency
    return (spec.contract_size * spec.pip_size) if is_fixed else None


def _terms_without_spec(config: EngineConfig, variant: VariantRules) -> SymbolTerms:
    if variant.needs_specification:
        # hit S-5
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"no instrument for symbol {config.symbol!r}; a canonical run needs one",
            rule="S-5",
            column="instrument",
            value=config.symbol,
        )
    return SymbolTerms(
        pip_size=_UNKNOWN_PIP_SIZE,
        contract_size=_UNKNOWN_CONTRACT_SIZE,
        worth=fixed_worth(_UNKNOWN_VALUE_PER_PRICE),
        digits=_UNKNOWN_DIGITS,
        grid=new_grid(_UNKNOWN_DIGITS, variant.keeps_to_grid),
        min_stop_distance=0.0,
        pip_value=None,
        spec=None,
    )
