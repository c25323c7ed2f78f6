"""Gate: every real bar set through both sides; the data lie beside the checkout and are no part of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omega_parity.generate.cases import SIGNAL_FLOORS, STRATEGY_FLOORS, Case, market_cases
from omega_parity.generate.markets import market_set_names, real_market
from omega_parity.judge.verdict import CaseVerdict

pytestmark = pytest.mark.market

CASES_PER_SET = 6
"""Two variants, each with the strategy (no limit, one position) and with random signals."""


@pytest.mark.rule("T-2", "E-3", "E-12", "A-4", "L-2", "H-2")
@pytest.mark.parametrize("name", market_set_names())
def test_market_set(name: str, market_folder: Path, judge: Callable[[Case], CaseVerdict]) -> None:
    cases = list(
        market_cases(real_market(market_folder, name), strategy_floors=STRATEGY_FLOORS, signal_floors=SIGNAL_FLOORS)
    )
    assert len(cases) == CASES_PER_SET
    for case in cases:
        judge(case)
