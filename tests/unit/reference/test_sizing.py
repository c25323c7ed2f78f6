from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.types import BelowMin, EngineConfig, SizingMode, Variant
from omega_reference.costs.model import CostModel
from omega_reference.execution.state import Rules, rules_of
from omega_reference.sizing import is_refused, lots_from_raw, raw_lots, raw_size, raw_size_by_pips, risk_amount
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
def test_no_step_is_lost_to_rounding(make_rules: Callable[..., Rules]) -> None:
    # 100 over 4 pips of 10 a lot is 2.5; the double of the distance is 0.00040000000000017797.
    rules = make_rules(spec=EURUSD | HUNDREDTHS)
    assert lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, rules.terms), rules) == 2.5
    old = make_rules(spec=EURUSD | HUNDREDTHS, variant=Variant.V1)
    assert lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, old.terms), old) == 2.49


@pytest.mark.rule("S-4", "Q-S4")
def test_what_is_more_than_rounding_stays_lost(make_rules: Callable[..., Rules]) -> None:
    rules = make_rules(spec=HUNDREDTHS)
    assert lots_from_raw(2.5 * (1.0 - 5e-13), rules) == 2.5
    assert lots_from_raw(2.5 * (1.0 - 2e-12), rules) == 2.49
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
def test_lots_lie_on_the_grid_within_the_limits(make_rules: Callable[..., Rules], raw: float, lots: float) -> None:
    assert lots_from_raw(raw, make_rules()) == lots


@pytest.mark.rule("S-4")
def test_a_step_that_rounding_misses_by_a_hair_counts(make_rules: Callable[..., Rules]) -> None:
    rules = make_rules(spec={"volume_min": 0.01, "volume_step": 0.01})
    assert lots_from_raw(0.07, rules) == 0.07
    assert lots_from_raw(0.29, rules) == 0.29


@pytest.mark.rule("S-4")
def test_below_min_is_refused_only_by_canonical_reject(make_rules: Callable[..., Rules]) -> None:
    assert is_refused(0.2, make_rules())
    assert not is_refused(0.25, make_rules())
    assert not is_refused(0.2, make_rules(below_min=BelowMin.CLAMP))
    assert not is_refused(0.2, make_rules(variant=Variant.V1))
    assert not is_refused(0.001, make_rules(variant=Variant.V1, instrument=None))


# A pip of the index is 1.0: 10 of them at a value of 10 are 100 a lot; at a value of 5 half of that.
@pytest.mark.rule("S-3", "Q-S3")
def test_raw_size_by_pips_by_hand(make_rules: Callable[..., Rules]) -> None:
    rules = make_rules(sizing_mode=SizingMode.PIP)
    assert raw_size_by_pips(100.0, 101.0, 91.0, 10.0, rules.terms) == 1.0
    assert raw_size_by_pips(100.0, 91.0, 101.0, 5.0, rules.terms) == 2.0
    assert raw_size_by_pips(100.0, 101.0, 101.0, 10.0, rules.terms) == 0.0
    assert raw_lots(rules, 100.0, 101.0, 91.0, 10.0) == 1.0
    # Pips of half a point: twenty of them at 5 each.
    half = make_rules(sizing_mode=SizingMode.PIP, spec={"pip_size": 0.5})
    assert raw_lots(half, 100.0, 101.0, 91.0, 10.0) == 1.0


# v1: a contract of 10 units times a pip of 1.0 is 10, whatever a price is worth; not where currencies differ.
@pytest.mark.rule("S-3", "Q-S3")
def test_v1_takes_a_pip_by_its_contract_where_quotes_are_in_the_account_currency(
    make_rules: Callable[..., Rules],
) -> None:
    old = make_rules(sizing_mode=SizingMode.PIP, variant=Variant.V1)
    assert raw_lots(old, 100.0, 101.0, 91.0, 5.0) == 1.0
    foreign = make_rules(sizing_mode=SizingMode.PIP, variant=Variant.V1, account_currency="EUR")
    assert raw_lots(foreign, 100.0, 101.0, 91.0, 5.0) == 2.0
    bare = make_rules(sizing_mode=SizingMode.PIP, variant=Variant.V1, instrument=None)
    assert raw_lots(bare, 100.0, 1.1, 1.09, 1e5) == 100.0 / ((abs(1.1 - 1.09) / 0.0001) * (1e5 * 0.0001))


@pytest.mark.rule("S-3", "S-4")
def test_fixed_lots_ignore_the_risk_and_pass_the_steps(make_rules: Callable[..., Rules]) -> None:
    rules = make_rules(sizing_mode=SizingMode.FIXED, sizing_lots=1.9)
    assert raw_lots(rules, 1e9, 101.0, 100.9, 10.0) == 1.9
    assert lots_from_raw(1.9, rules) == 1.75
    assert is_refused(0.2, rules)


# 0.01 + 5 · 0.01 is 0.060000000000000005.
@pytest.mark.rule("S-4", "Q-S3")
def test_v1_does_not_quantize_sizes_of_pip_mode(make_rules: Callable[..., Rules]) -> None:
    spec = {"volume_min": 0.01, "volume_step": 0.01}
    assert lots_from_raw(0.0601, make_rules(spec=spec, variant=Variant.V1, sizing_mode=SizingMode.PIP)) == 0.01 + 0.05
    assert lots_from_raw(0.0601, make_rules(spec=spec, variant=Variant.V1)) == 0.06
    assert lots_from_raw(0.0601, make_rules(spec=spec, sizing_mode=SizingMode.PIP)) == 0.06
    bare = make_rules(variant=Variant.V1, sizing_mode=SizingMode.PIP, instrument=None)
    assert lots_from_raw(0.125, bare) == 0.12
