from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.types import BelowMin, EngineConfig, Variant
from omega_reference.costs.model import CostModel
from omega_reference.execution.state import Rules, rules_of
from omega_reference.sizing import is_refused, lots_from_raw, raw_size, risk_amount
from omega_reference.terms import symbol_terms

MakeConfig = Callable[..., EngineConfig]


@pytest.fixture
def make_rules(make_config: MakeConfig) -> Callable[..., Rules]:
    def make(**changes: Any) -> Rules:
        config = make_config(**changes)
        return rules_of(config, CostModel(config))

    return make


@pytest.mark.rule("S-2", "Q-S2")
def test_raw_size_by_hand(make_config: MakeConfig) -> None:
    terms = symbol_terms(make_config())
    assert raw_size(100.0, 101.0, 91.0, 10.0, terms) == 1.0
    assert raw_size(100.0, 101.0, 101.0, 10.0, terms) == 0.0


EURUSD = {"pip_size": 0.0001, "tick_size": 0.00001, "tick_value": 1.0, "digits": 5}
HUNDREDTHS = {"volume_min": 0.01, "volume_step": 0.01, "volume_max": 100.0}


@pytest.mark.rule("S-2", "S-4", "Q-S4", "N-8")
def test_no_step_is_lost_to_rounding(make_config: MakeConfig) -> None:
    # 100 over 4 pips of 10 a lot is 2.5; the double of the distance is 0.00040000000000017797.
    terms = symbol_terms(make_config(spec=EURUSD | HUNDREDTHS))
    assert lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, terms), terms) == 2.5
    old = symbol_terms(make_config(spec=EURUSD | HUNDREDTHS, variant=Variant.V1))
    assert lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, old), old) == 2.49


@pytest.mark.rule("S-4", "Q-S4")
def test_what_is_more_than_rounding_stays_lost(make_config: MakeConfig, make_rules: Callable[..., Rules]) -> None:
    terms = symbol_terms(make_config(spec=HUNDREDTHS))
    assert lots_from_raw(2.5 * (1.0 - 5e-13), terms) == 2.5
    assert lots_from_raw(2.5 * (1.0 - 2e-12), terms) == 2.49
    rules = make_rules(spec=HUNDREDTHS)
    assert not is_refused(0.01 * (1.0 - 5e-13), rules)
    assert is_refused(0.01 * (1.0 - 2e-12), rules)


@pytest.mark.rule("S-2")
def test_risk_is_fixed_or_a_fraction_of_the_last_equity(make_rules: Callable[..., Rules]) -> None:
    assert risk_amount(make_rules(), 5000.0) == 100.0
    assert risk_amount(make_rules(risk_fraction=0.5), 5000.0) == 2500.0


@pytest.mark.rule("S-2", "Q-S2", "T-10", "Q-T10")
def test_no_equity_risks_more_than_a_user_may(make_rules: Callable[..., Rules]) -> None:
    """v1 has no largest lot: compounding would reach infinity."""
    rules = make_rules(risk_fraction=0.5)
    assert [risk_amount(rules, equity) for equity in (2e15, 2.1e15, 1e300)] == [1e15, 1e15, 1e15]
    assert [risk_amount(rules, equity) for equity in (-2e15, -1e300, -4.0)] == [-1e15, -1e15, -2.0]


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
def test_below_min_is_refused_only_by_canonical_reject(make_rules: Callable[..., Rules]) -> None:
    assert is_refused(0.2, make_rules())
    assert not is_refused(0.25, make_rules())
    assert not is_refused(0.2, make_rules(below_min=BelowMin.CLAMP))
    assert not is_refused(0.2, make_rules(variant=Variant.V1))
    assert not is_refused(0.001, make_rules(variant=Variant.V1, instrument=None))
