from __future__ import annotations

import pytest

from omega_reference.costs.slippage import slippage_offset
from omega_reference.grid import new_grid


@pytest.mark.rule("C-1", "Q-C1")
def test_slippage_is_fixed_plus_random_pips() -> None:
    assert slippage_offset(2.0, 4.0, 0.25, 0.5, new_grid(2, True)) == 1.5


@pytest.mark.rule("C-1", "Q-C1")
@pytest.mark.parametrize(("pips", "offset"), [(0.3, 0.00003), (0.31, 0.00004), (0.001, 0.00001), (0.0, 0.0)])
def test_slippage_is_whole_points_but_in_v1(pips: float, offset: float) -> None:
    assert slippage_offset(pips, 0.0, 0.0, 0.0001, new_grid(5, True)) == offset
    assert slippage_offset(pips, 0.0, 0.0, 0.0001, new_grid(5, False)) == pips * 0.0001
