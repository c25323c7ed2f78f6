from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import EngineConfig, Variant
from omega_reference.costs.model import CostModel
from omega_reference.execution.state import rules_of
from omega_reference.sizing import lots_from_raw
from omega_reference.terms import symbol_terms
from omega_reference.worth import fixed_worth

MakeConfig = Callable[..., EngineConfig]


@pytest.mark.rule("S-1")
@pytest.mark.parametrize(
    ("variant", "spec", "expected"),
    [
        (Variant.CANONICAL, {}, 10.0),
        (Variant.CANONICAL, {"tick_value": None}, 10.0),
        (Variant.V1, {}, 10.0),
        (Variant.V1, {"tick_value": None}, 100_000.0),
    ],
)
def test_value_per_price(make_config: MakeConfig, variant: Variant, spec: dict[str, Any], expected: float) -> None:
    assert symbol_terms(make_config(variant=variant, spec=spec)).worth == fixed_worth(expected)


@pytest.mark.rule("Q-S1")
def test_without_tick_value_and_rate_both_currencies_are_named(make_config: MakeConfig) -> None:
    with pytest.raises(OmegaError, match=r"JPY.*USD") as caught:
        symbol_terms(make_config(spec={"tick_value": None, "base_currency": "EUR", "quote_currency": "JPY"}))
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "S-1")
    assert (caught.value.column, caught.value.value) == ("rates", "JPYUSD")


@pytest.mark.rule("S-5", "Q-S5")
def test_a_symbol_without_spec_is_refused_but_by_v1(make_config: MakeConfig) -> None:
    with pytest.raises(OmegaError, match="INDEX") as caught:
        symbol_terms(make_config(instrument=None))
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "S-5")
    config = make_config(instrument=None, variant=Variant.V1)
    terms, rules = symbol_terms(config), rules_of(config, CostModel(config))
    assert (terms.pip_size, terms.contract_size, terms.worth, terms.digits) == (0.0001, 1e5, fixed_worth(1e5), 5)
    assert [lots_from_raw(raw, rules) for raw in (0.0, 0.004, 0.125, 0.135, 777.0)] == [0.01, 0.01, 0.12, 0.14, 777.0]
