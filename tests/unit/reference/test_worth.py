from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import EngineConfig, Rate, Variant
from omega_reference.terms import symbol_terms
from omega_reference.worth import base_currency, check_ages, fixed_worth, rate_at, series_of, value_at

MakeConfig = Callable[..., EngineConfig]

SERIES = Rate(pair="GBPUSD", timestamps=(10, 20, 30), values=(1.25, 1.5, 2.0))
POUNDS: dict[str, Any] = {"tick_value": None, "contract_size": 100.0, "base_currency": "EUR", "quote_currency": "GBP"}


def fixed(pair: str, value: float) -> Rate:
    return Rate(pair=pair, timestamps=(), values=(value,))


@pytest.mark.rule("Q-C6c")
@pytest.mark.parametrize(("time", "rate"), [(9, 1.25), (10, 1.25), (19, 1.25), (20, 1.5), (29, 1.5), (31, 2.0)])
def test_a_rate_is_that_of_the_last_row_not_later_else_of_the_first(time: int, rate: float) -> None:
    assert rate_at(SERIES, time) == rate
    assert rate_at(fixed("GBPUSD", 1.25), time) == 1.25


# 100 GBP are 125 USD at 1.25; by the inverse of 0.5 they are 200; through USD into JPY at 150 they are 18,750, and by
# the inverses of 0.8 and 0.0078125 first 125, then 16,000.
@pytest.mark.rule("S-1", "Q-S1", "C-6", "Q-C6c")
@pytest.mark.parametrize(
    ("account", "rates", "value"),
    [
        ("GBP", (), 100.0),
        ("EUR", (), 80.0),
        ("USD", (fixed("GBPUSD", 1.25),), 125.0),
        ("USD", (fixed("USDGBP", 0.5),), 200.0),
        ("USD", (fixed("USDGBP", 0.5), fixed("GBPUSD", 1.25)), 125.0),
        ("JPY", (fixed("GBPUSD", 1.25), fixed("USDJPY", 150.0)), 18_750.0),
        ("JPY", (fixed("JPYUSD", 0.0078125), fixed("USDGBP", 0.8)), 16_000.0),
        ("USD", (SERIES,), 150.0),
    ],
)
def test_what_a_price_of_1_25_is_worth(
    make_config: MakeConfig, account: str, rates: tuple[Rate, ...], value: float
) -> None:
    worth = symbol_terms(make_config(spec=POUNDS, account_currency=account, rates=rates)).worth
    assert value_at(worth, 1.25, 20) == value
    old = make_config(spec=POUNDS, account_currency=account, rates=rates, variant=Variant.V1)
    assert symbol_terms(old).worth == fixed_worth(100_000.0)


@pytest.mark.rule("Q-S1")
@pytest.mark.parametrize(
    ("symbol", "base", "found"),
    [("USDJPY", "", "USD"), ("USDJPY", "XXX", "XXX"), ("USDJPYX", "", ""), ("USDCHF", "", "")],
)
def test_the_base_currency_of_a_symbol(make_config: MakeConfig, symbol: str, base: str, found: str) -> None:
    spec = make_config(spec={"symbol": symbol, "base_currency": base, "quote_currency": "JPY"}).instrument
    assert spec is not None
    assert base_currency(spec) == found


@pytest.mark.rule("Q-C6", "Q-C6c")
def test_the_first_bar_without_a_fresh_row_is_refused_by_the_first_series_of_the_way(make_config: MakeConfig) -> None:
    late = Rate(pair="USDJPY", timestamps=(12,), values=(150.0,))

    def series(*rates: Rate) -> tuple[Rate, ...]:
        config = make_config(spec=POUNDS, account_currency="JPY", rates=rates)
        return series_of(symbol_terms(config).worth.steps)

    check_ages(series(late, SERIES), 5, [5, 12, 15], 1)  # bar 0 is before the run
    check_ages(series(fixed("GBPUSD", 1.25), fixed("USDJPY", 150.0)), 5, [5], 0)
    for times, pair, row in (([11, 12], "USDJPY", 0), ([12, 16], "GBPUSD", 1), ([9, 12], "GBPUSD", 0)):
        with pytest.raises(OmegaError) as caught:
            check_ages(series(late, SERIES), 5, times, 0)
        error = caught.value
        assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "C-6", pair)
        assert (error.row, error.value) == (row, times[row])
