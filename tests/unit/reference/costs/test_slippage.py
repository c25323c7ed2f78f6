from __future__ import annotations

import pytest

from omega_reference.costs.slippage import slippage_offset


@pytest.mark.rule("C-1", "Q-C1")
def test_slippage_is_fixed_plus_random_pips() -> None:
    assert slippage_offset(2.0, 4.0, 0.25, 0.5) == 1.5
