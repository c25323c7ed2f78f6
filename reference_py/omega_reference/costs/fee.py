"""The fee of one fill (C-2)."""

from __future__ import annotations


def fill_fee(
    lots: float, price: float, contract_size: float, per_million: float, conversion: float, min_fee: float
) -> float:
    """Return the fee of one fill in the account currency (C-2, Q-C2).

    Parameters
    ----------
    lots, price : float
    contract_size : float
        Units of one lot.
    per_million : float
        Quote currency per million of turnover.
    conversion : float
        Account currency per unit of quote currency.
    min_fee : float
        Account currency; 0.0 for none.
    """
    base = (((lots * contract_size) * price) / 1e6) * per_million
    base = base * conversion
    # hit C-2 if base != 0.0 or min_fee > 0.0
    # hit Q-C2 if base < min_fee
    return min_fee if min_fee > 0.0 and base < min_fee else base
