"""Gate: three years of a broker whose day ends at 17:00 New York, as D1 and as H4, through both sides and variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega.contract.types import Timeframe
from omega_parity.gates.checks import broker_days
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize("timeframe", broker_days.TIMEFRAMES)
def test_three_years_made(timeframe: Timeframe, hold: Hold) -> None:
    hold(broker_days.made, timeframe)


@pytest.mark.market
@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize("timeframe", broker_days.TIMEFRAMES)
def test_three_years_of_real_hours(timeframe: Timeframe, market_folder: Path, hold: Hold) -> None:
    hold(broker_days.real, timeframe)
