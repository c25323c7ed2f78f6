from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import BelowMin, EngineConfig, Variant
from omega_reference.sizing import is_refused, lots_from_raw, raw_size, risk_amount, symbol_terms

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
    assert symbol_terms(make_config(variant=variant, spec=spec)).value_per_price == expected


@pytest.mark.rule("Q-S1")
def test_without_tick_value_and_rate_both_currencies_are_named(make_config: MakeConfig) -> None:
    with pytest.raises(OmegaError, match=r"JPY.*USD") as caught:
        symbol_terms(make_config(spec={"tick_value": None, "quote_currency": "JPY"}))
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "quote_currency")


@pytest.mark.rule("S-5", "Q-S5")
def test_a_symbol_without_spec_is_refused_but_by_v1(make_config: MakeConfig) -> None:
    with pytest.raises(OmegaError, match="INDEX") as caught:
        symbol_terms(make_config(instrument=None))
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "S-5")
    terms = symbol_terms(make_config(instrument=None, variant=Variant.V1))
    assert (terms.pip_size, terms.contract_size, terms.value_per_price, terms.digits) == (0.0001, 1e5, 1e5, 5)
    assert [lots_from_raw(raw, terms) for raw in (0.0, 0.004, 0.125, 0.135, 777.0)] == [0.01, 0.01, 0.12, 0.14, 777.0]


@pytest.mark.rule("S-2", "Q-S2")
def test_raw_size_by_hand() -> None:
    assert raw_size(100.0, 101.0, 91.0, 10.0) == 1.0
    assert raw_size(100.0, 101.0, 101.0, 10.0) == 0.0


@pytest.mark.rule("S-2")
def test_risk_is_fixed_or_a_fraction_of_the_last_equity(make_config: MakeConfig) -> None:
    assert risk_amount(make_config(), 5000.0) == 100.0
    assert risk_amount(make_config(risk_fraction=0.5), 5000.0) == 2500.0


@pytest.mark.rule("S-4", "Q-S4")
@pytest.mark.parametrize(
    ("raw", "lots"), [(0.1, 0.25), (0.25, 0.25), (0.49, 0.25), (0.5, 0.5), (1.99, 1.75), (1e9, 64.0), (0.0, 0.25)]
)
def test_lots_lie_on_the_grid_within_the_limits(make_config: MakeConfig, raw: float, lots: float) -> None:
    assert lots_from_raw(raw, symbol_terms(make_config())) == lots


@pytest.mark.rule("S-4")
def test_a_step_that_rounding_misses_by_a_hair_counts(make_config: MakeConfig) -> None:
    terms = symbol_terms(make_config(spec={"volume_min": 0.01, "volume_step": 0.01}))
    assert lots_from_raw(0.07, terms) == 0.07
    assert lots_from_raw(0.29, terms) == 0.29


@pytest.mark.rule("S-4")
def test_below_min_is_refused_only_by_canonical_reject(make_config: MakeConfig) -> None:
    assert is_refused(0.2, make_config())
    assert not is_refused(0.25, make_config())
    assert not is_refused(0.2, make_config(below_min=BelowMin.CLAMP))
    assert not is_refused(0.2, make_config(variant=Variant.V1))
    assert not is_refused(0.001, make_config(variant=Variant.V1, instrument=None))
