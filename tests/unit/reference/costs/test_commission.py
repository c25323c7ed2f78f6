"""Commission by hand: two lots of the index, of 10 units each, at 125 are 2,500 of the quote currency (C-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import ChargedSides, Commission, CommissionBasis, EngineConfig, Rate, Variant
from omega_reference.costs.model import CostModel
from omega_reference.execution.state import rules_of

MakeConfig = Callable[..., EngineConfig]

FOREIGN: dict[str, Any] = {"tick_value": None, "base_currency": "EUR", "quote_currency": "GBP"}


def charge(basis: str, rate: float, **changes: Any) -> Commission:
    given = {"multiplier": 1.0, "min_fee": 0.0, "currency": "USD", "sides": ChargedSides.BOTH, **changes}
    return Commission(basis=CommissionBasis[basis.upper()], rate=rate, **given)


def fixed(pair: str, value: float) -> Rate:
    return Rate(pair=pair, timestamps=(), values=(value,))


def fee(config: EngineConfig, lots: float = 2.0, value: float = 10.0, time: int = 0, leg: int = 0) -> float:
    return CostModel(config).fee(lots, 125.0, value, time, leg)


# A value of 20 makes two units of the account's currency of one of the quote's.
@pytest.mark.rule("C-3", "Q-C3")
@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize(
    ("commission", "value", "expected"),
    [
        (charge("per_lot", 3.5), 10.0, 7.0),
        (charge("per_lot", 3.5), 20.0, 7.0),
        (charge("per_million_notional", 1_000.0), 10.0, 2.5),
        (charge("per_million_notional", 1_000.0), 20.0, 5.0),
        (charge("percent_of_notional", 0.001), 10.0, 2.5),
        (charge("percent_of_notional", 0.001), 20.0, 5.0),
        (charge("per_lot", 3.5, multiplier=2.0), 10.0, 14.0),
        (charge("per_lot", 3.5, multiplier=2.0, min_fee=8.0), 10.0, 16.0),
        (charge("per_lot", 3.5, multiplier=2.0, min_fee=7.0), 10.0, 14.0),
        (charge("per_lot", 3.5, multiplier=0.0, min_fee=7.0), 10.0, 0.0),
    ],
)
def test_what_each_basis_charges(
    make_config: MakeConfig, variant: Variant, commission: Commission, value: float, expected: float
) -> None:
    # It is charged instead of the fee, whatever that says.
    config = make_config(variant=variant, commission=commission, fee_per_million=1e6, fee_min=1e6)
    assert fee(config, value=value) == expected


@pytest.mark.rule("C-3", "N-5")
def test_halves_of_a_cent_go_to_the_even_one(make_config: MakeConfig) -> None:
    config = make_config(commission=charge("per_lot", 0.125))
    assert [fee(config, lots) for lots in (1.0, 2.0, 3.0)] == [0.12, 0.25, 0.38]


@pytest.mark.rule("C-3", "Q-C3")
@pytest.mark.parametrize(
    ("sides", "fees"), [("BOTH", [7.0, 7.0, 7.0]), ("ENTRY", [7.0, 0.0, 0.0]), ("EXIT", [0.0, 7.0, 7.0])]
)
def test_a_side_that_is_not_charged_is_free(make_config: MakeConfig, sides: str, fees: list[float]) -> None:
    config = make_config(commission=charge("per_lot", 3.5, sides=ChargedSides[sides]))
    assert [fee(config, leg=leg) for leg in (0, 1, 2)] == fees


# 2,500 GBP are 20 EUR at the price of 125 GBP; at a value of 15, 1.5 to 1, they are 3,750 USD.
@pytest.mark.rule("C-3", "Q-C3", "C-6")
@pytest.mark.parametrize(
    ("commission", "expected"),
    [
        (charge("per_million_notional", 1_000.0), 3.75),
        (charge("per_million_notional", 1_000.0, currency="GBP"), 3.75),
        (charge("percent_of_notional", 0.25, currency="EUR"), 937.5),
        (charge("per_lot", 2.0, currency="GBP"), 6.0),
        (charge("per_lot", 0.25, currency="EUR"), 93.75),
        (charge("percent_of_notional", 0.001, currency="CHF"), 12.5),
        (charge("per_lot", 2.0, currency="CHF"), 5.0),
    ],
)
def test_currencies_of_the_symbol_and_others(make_config: MakeConfig, commission: Commission, expected: float) -> None:
    # 10,000 CHF at 4 each, a thousandth of it 10, 12.50 USD at 1.25 each.
    rates = (fixed("GBPCHF", 4.0), fixed("CHFUSD", 1.25), fixed("GBPUSD", 1.5))
    config = make_config(spec=FOREIGN, rates=rates, commission=commission)
    assert fee(config, value=15.0) == expected


@pytest.mark.rule("Q-C3", "Q-C6c")
def test_a_series_counts_at_the_time_of_the_bar(make_config: MakeConfig) -> None:
    rates = (Rate(pair="CHFUSD", timestamps=(0, 10), values=(1.25, 1.5)),)
    config = make_config(commission=charge("per_lot", 2.0, currency="CHF"), rates=rates)
    assert [fee(config, time=time) for time in (9, 10)] == [5.0, 6.0]
    # There and back by the same rate is what it was.
    config = make_config(commission=charge("per_million_notional", 1_000.0, currency="CHF"), rates=rates)
    assert [fee(config, time=time) for time in (9, 10)] == [2.5, 2.5]


@pytest.mark.rule("Q-C3b", "Q-L1c")
@pytest.mark.parametrize(
    ("changes", "commission", "pair"),
    [
        ({}, charge("per_million_notional", 30.0, currency="CHF"), "USDCHF"),
        ({}, charge("percent_of_notional", 0.1, currency="CHF"), "USDCHF"),
        ({}, charge("per_lot", 3.0, currency="CHF"), "CHFUSD"),
        ({"spec": {"quote_currency": "GBP"}}, charge("percent_of_notional", 0.1, currency="CHF"), "GBPCHF"),
        ({"variant": Variant.V1, "instrument": None}, charge("percent_of_notional", 0.1, currency="CHF"), "CHFUSD"),
    ],
)
def test_a_pair_without_a_rate_is_named(
    make_config: MakeConfig, changes: dict[str, Any], commission: Commission, pair: str
) -> None:
    config = make_config(commission=commission, **changes)
    with pytest.raises(OmegaError) as caught:
        CostModel(config)
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "C-3", "rates")
    assert error.value == pair


@pytest.mark.rule("Q-C3b", "Q-C6")
def test_its_series_are_looked_at_after_those_of_the_value(make_config: MakeConfig) -> None:
    rates = tuple(Rate(pair=pair, timestamps=(0,), values=(1.5,)) for pair in ("CHFUSD", "GBPCHF", "GBPUSD", "EURUSD"))
    config = make_config(spec=FOREIGN, rates=rates, commission=charge("per_million_notional", 1.0, currency="CHF"))
    assert [rate.pair for rate in rules_of(config, CostModel(config)).rate_series] == ["GBPUSD", "GBPCHF", "CHFUSD"]
    lots = make_config(spec=FOREIGN, rates=rates, commission=charge("per_lot", 1.0, currency="CHF"))
    assert [rate.pair for rate in rules_of(lots, CostModel(lots)).rate_series] == ["GBPUSD", "CHFUSD"]
