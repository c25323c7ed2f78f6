"""The commission of one fill, in a currency of its own (C-3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import ChargedSides, Commission, CommissionBasis, EngineConfig, Instrument
from omega_reference.costs.slippage import ENTRY_LEG
from omega_reference.numbers import maximum, quantize
from omega_reference.terms import SymbolTerms
from omega_reference.worth import Step, base_currency, conversion, converted

_MONEY_DIGITS: Final = 2


class ChargedIn(IntEnum):
    """Which of a symbol's currencies a commission is charged in (Q-C3)."""

    ACCOUNT = 0
    QUOTE = 1
    BASE = 2
    OTHER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionTerms:
    """A commission and the way between its currency, the quote's and the account's."""

    commission: Commission
    contract_size: float
    charged_in: ChargedIn
    from_quote: tuple[Step, ...]
    """From the quote currency to the commission's."""
    to_account: tuple[Step, ...]
    """From the commission's currency to the account's."""


def commission_terms(config: EngineConfig, terms: SymbolTerms) -> CommissionTerms | None:
    """Return the run's commission; None where the fee is charged (C-2).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT with the pair of currencies that has no rate (Q-C3b).
    """
    commission = config.commission
    if commission is None:
        return None
    charged_in = charged_currency(config, commission, terms.spec)
    from_quote: tuple[Step, ...] = ()
    to_account: tuple[Step, ...] = ()
    if charged_in is ChargedIn.OTHER:
        # Lots alone are charged in no currency of the symbol.
        if terms.spec is not None and commission.basis is not CommissionBasis.PER_LOT:
            from_quote = way(config, commission, terms.spec.quote_currency, commission.currency)
        to_account = way(config, commission, commission.currency, config.account_currency)
    return CommissionTerms(
        commission=commission,
        contract_size=terms.contract_size,
        charged_in=charged_in,
        from_quote=from_quote,
        to_account=to_account,
    )


def charged_currency(config: EngineConfig, commission: Commission, spec: Instrument | None) -> ChargedIn:
    """Return which currency a commission is charged in, the account's before all others."""
    if commission.currency == config.account_currency:
        return ChargedIn.ACCOUNT
    if spec is not None and commission.currency == spec.quote_currency:
        return ChargedIn.QUOTE
    if spec is not None and commission.currency == base_currency(spec):
        return ChargedIn.BASE
    return ChargedIn.OTHER


def way(config: EngineConfig, commission: Commission, from_currency: str, to_currency: str) -> tuple[Step, ...]:
    """Return the steps between two currencies (C-6); none where both are the same.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT with the pair that has no rate.
    """
    if from_currency == to_currency:
        return ()
    steps = conversion(config.rates, from_currency, to_currency)
    if steps is None:
        raise _no_rate(commission, from_currency + to_currency)
    return steps


def fill_commission(terms: CommissionTerms, lots: float, price: float, value: float, time: int, leg: int) -> float:
    """Return the commission of one fill in the account currency, whole cents of it (C-3, Q-C3).

    Parameters
    ----------
    terms : CommissionTerms
    lots, price : float
    value : float
        What the price is worth, account currency per 1.0 of price and 1 lot (Q-S1).
    time : int
        Of the bar, µs.
    leg : int
        0 is the entry, any other an exit (N-6).
    """
    commission = terms.commission
    if commission.sides is (ChargedSides.EXIT if leg == ENTRY_LEG else ChargedSides.ENTRY):
        # hit Q-C3
        return 0.0
    base = charged_base(terms, lots, price, value, time)
    amount = maximum(base * commission.multiplier, commission.min_fee * commission.multiplier)
    # hit C-3 if amount != 0.0
    return quantize(in_account_currency(terms, amount, price, value, time), _MONEY_DIGITS)


def charged_base(terms: CommissionTerms, lots: float, price: float, value: float, time: int) -> float:
    """Return what a fill is charged before multiplier and minimum, in the commission's currency."""
    commission = terms.commission
    if commission.basis is CommissionBasis.PER_LOT:
        return commission.rate * lots
    notional = (price * terms.contract_size) * lots
    if terms.charged_in is ChargedIn.ACCOUNT:
        notional = notional * (value / terms.contract_size)
    elif terms.charged_in is ChargedIn.BASE:
        notional = notional / price
    else:
        notional = converted(notional, terms.from_quote, time)
    if commission.basis is CommissionBasis.PER_MILLION_NOTIONAL:
        return commission.rate * (notional / 1e6)
    return commission.rate * notional


def in_account_currency(terms: CommissionTerms, amount: float, price: float, value: float, time: int) -> float:
    """Return an amount of the commission's currency in the account's."""
    if terms.charged_in is ChargedIn.QUOTE:
        return amount * (value / terms.contract_size)
    if terms.charged_in is ChargedIn.BASE:
        return (amount * price) * (value / terms.contract_size)
    return converted(amount, terms.to_account, time)


def _no_rate(commission: Commission, pair: str) -> OmegaError:
    return omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"costs.commission is charged in {commission.currency}: give the rate of {pair} under `rates`, or a currency of"
        " the account or the symbol",
        rule="C-3",
        column="rates",
        value=pair,
    )
