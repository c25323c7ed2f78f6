"""Gate: both sides give the same bits in other surroundings, and with a libm that is one ulp off (N-1, N-4)."""

from __future__ import annotations

import sys

import pytest

from omega_parity.gates.checks import surroundings
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("N-1")
def test_other_surroundings_give_the_same_bits(hold: Hold) -> None:
    hold(surroundings.other_surroundings)


if sys.platform == "linux":  # elsewhere a library cannot be put before libm this way

    @pytest.mark.rule("N-1", "N-4")
    def test_another_libm_gives_the_same_bits(hold: Hold) -> None:
        hold(surroundings.another_libm)
