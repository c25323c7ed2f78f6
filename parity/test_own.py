"""Gate: strategies in Python, on both engines and as the signals that they gave."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import own
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("L-3", "Q-L3", "Q-L3b", "L-1", "E-15", "E-16")
def test_drawn_strategies(hold: Hold) -> None:
    hold(own.drawn_strategies)


@pytest.mark.rule("L-3", "Q-L3", "L-4")
def test_orders_make_the_same_run(hold: Hold) -> None:
    hold(own.orders_as_signals)
