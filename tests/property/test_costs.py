from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega.contract.types import EngineConfig
from omega_reference.costs.model import CostModel

I64 = st.integers(-(2**63), 2**63 - 1)
WORD = st.integers(0, 2**32 - 1)
AMOUNT = st.floats(0.0, 1e9)


@pytest.mark.rule("C-5")
@given(
    rows=st.lists(st.tuples(I64, I64, WORD, WORD, st.integers(0, 1), st.integers(0, 2)), max_size=8),
    seed=st.integers(0, 2**64 - 1),
)
def test_slippage_batch_is_the_scalars(
    make_config: Callable[..., EngineConfig], rows: list[tuple[int, int, int, int, int, int]], seed: int
) -> None:
    costs = CostModel(make_config(seed=seed, slippage_fixed_pips=0.3, slippage_random_pips=1.7))
    columns = [[row[i] for row in rows] for i in range(6)]
    batch = costs.slippage_batch(*columns)
    assert batch == [costs.slippage(*row) for row in rows]
    assert all(0.3 <= offset <= 2.0 for offset in batch)


@pytest.mark.rule("C-5")
@given(rows=st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, I64, WORD), max_size=8))
def test_fee_batch_is_the_scalars(
    make_config: Callable[..., EngineConfig], rows: list[tuple[float, float, float, int, int]]
) -> None:
    costs = CostModel(make_config(fee_per_million=30.0, fee_min=0.5))
    columns: list[list[Any]] = [[row[i] for row in rows] for i in range(5)]
    batch = costs.fee_batch(*columns)
    assert batch == [costs.fee(*row) for row in rows]
    assert all(fee >= 0.5 for fee in batch)
