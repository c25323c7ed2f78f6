"""Gate: detail bars, as runs of both sides and against the bars alone."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import detail
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("E-22", "Q-E22", "Q-E22b", "Q-E22c", "E-7", "L-1")
def test_runs_with_detail_bars(hold: Hold) -> None:
    hold(detail.detailed_runs)


@pytest.mark.rule("E-22", "Q-E22")
def test_bars_as_their_own_detail(hold: Hold) -> None:
    hold(detail.bars_as_their_own_detail)
