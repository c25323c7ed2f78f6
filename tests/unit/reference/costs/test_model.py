from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import EngineConfig, Variant
from omega_reference.costs.model import CostModel
from omega_reference.rng import symbol_id, uniform

MakeConfig = Callable[..., EngineConfig]


@pytest.mark.rule("C-1", "N-6")
def test_slippage_draws_by_the_orders_own_key(make_config: MakeConfig) -> None:
    costs = CostModel(make_config(slippage_fixed_pips=1.0, slippage_random_pips=2.0, seed=9))
    u = uniform(9, 1000, -3, 2, symbol_id("INDEX"), 1, 1, 2)
    # Whole points of price, which has two digits.
    assert costs.slippage(1000, -3, 2, 1, 1, 2) == (int((1.0 + u * 2.0) * 100) + 1) / 100
    old = CostModel(make_config(slippage_fixed_pips=1.0, slippage_random_pips=2.0, seed=9, variant=Variant.V1))
    assert old.slippage(1000, -3, 2, 1, 1, 2) == (1.0 + u * 2.0) * 1.0


@pytest.mark.rule("N-6")
def test_orders_that_differ_in_direction_or_type_have_draws_of_their_own(make_config: MakeConfig) -> None:
    costs = CostModel(make_config(slippage_random_pips=2.0, seed=9))
    kinds = list(product(range(2), range(3)))
    assert len({costs.slippage(1000, -3, 0, 0, *kind) for kind in kinds}) == len(kinds)


@pytest.mark.rule("C-2", "Q-C2")
@pytest.mark.parametrize(
    ("value", "changes", "expected"),
    [
        (10.0, {"fee_per_million": 1000.0}, 2.0),
        (10.0, {"fee_per_million": 1000.0, "fee_min": 3.0}, 3.0),
        (10.0, {"fee_per_million": 1000.0, "fee_min": 1.0}, 2.0),
        (10.0, {}, 0.0),
        (20.0, {"fee_per_million": 1000.0}, 4.0),
        (20.0, {"fee_per_million": 1000.0, "variant": Variant.V1}, 2.0),
    ],
)
def test_fee_by_hand(make_config: MakeConfig, value: float, changes: dict[str, Any], expected: float) -> None:
    # 2 lots of 10 at 100 are 2,000 in quote currency, 1,000 per million 2; a value of 20 makes a unit of it 2.
    assert CostModel(make_config(**changes)).fee(2.0, 100.0, value, 0, 0) == expected


@pytest.mark.rule("C-5")
def test_unequal_lengths_name_the_argument(make_config: MakeConfig) -> None:
    with pytest.raises(OmegaError) as caught:
        CostModel(make_config()).slippage_batch([1, 2], [0, 0], [0], [0, 0], [0, 0], [0, 0])
    assert (caught.value.code, caught.value.column, caught.value.value) == (ErrorCode.SIZE_MISMATCH, "ordinals", 1)


@pytest.mark.rule("Q-C5")
@pytest.mark.parametrize(
    ("batch", "code", "column"),
    [
        (([1.0, float("nan")], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, 0]), ErrorCode.NAN_VALUE, "lots"),
        (([1.0, 1.0], [1.0, float("-inf")], [1.0, 1.0], [0, 0], [0, 0]), ErrorCode.INFINITE_VALUE, "prices"),
        (([1.0, 1.0], [1.0, 1.0], [1.0, float("nan")], [0, 0], [0, -1]), ErrorCode.NAN_VALUE, "values"),
        (([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, -1]), ErrorCode.OUT_OF_BOUNDS, "legs"),
    ],
)
def test_undefined_amounts_name_argument_and_row(
    make_config: MakeConfig, batch: tuple[Any, ...], code: ErrorCode, column: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        CostModel(make_config()).fee_batch(*batch)
    assert (caught.value.code, caught.value.column, caught.value.row) == (code, column, 1)


@pytest.mark.rule("Q-C5b")
def test_ordinals_and_legs_must_fit_their_words(make_config: MakeConfig) -> None:
    costs = CostModel(make_config())
    with pytest.raises(OmegaError) as caught:
        costs.slippage(1, 1, -1, 0, 0, 0)
    assert (caught.value.code, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "ordinal")
    with pytest.raises(OmegaError) as caught:
        costs.slippage_batch([1], [1], [0], [2**32], [0], [0])
    assert (caught.value.column, caught.value.row) == ("legs", 0)
    with pytest.raises(OmegaError) as caught:
        costs.slippage_batch([1, 1], [1, 1], [0, 0], [0, 0], [0, 2], [0, 0])
    assert (caught.value.column, caught.value.row) == ("directions", 1)
    with pytest.raises(OmegaError) as caught:
        costs.slippage(1, 1, 0, 0, 0, 3)
    assert (caught.value.code, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "order_type")
