"""Gate: every real bar set through both sides; the data lie beside the checkout and are no part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.checks import market
from omega_parity.gates.plugin import Hold

pytestmark = pytest.mark.market


@pytest.mark.rule("T-2", "E-3", "E-12", "A-4", "L-2", "H-2")
@pytest.mark.parametrize("name", market.SETS)
def test_market_set(name: str, market_folder: Path, hold: Hold) -> None:
    hold(market.whole_sets, name)


@pytest.mark.rule("T-2", "E-3", "E-6", "L-4")
@pytest.mark.parametrize("name", market.SETS)
def test_windows_of_real_bars(name: str, market_folder: Path, hold: Hold) -> None:
    hold(market.windows, name)
