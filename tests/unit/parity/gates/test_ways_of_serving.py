"""Which ways of serving the combinations of flags come to, by hand (Q-F4)."""

from __future__ import annotations

import pytest

from omega.flags.registry import ENGINE_COMPONENTS, SIMULATOR_COMPONENTS
from omega_parity.gates.checks import flags


@pytest.mark.rule("Q-F4")
def test_the_ways_of_serving_by_hand() -> None:
    def letters(names: tuple[str, ...]) -> list[str]:
        return ["".join(side[0] for side in one.values()) for one in flags.combinations(names)]

    # Slippage and fee, indicators, portfolio; the loop, the simulator and the strategy in Rust only with all of them.
    assert letters(ENGINE_COMPONENTS) == ["pppppp", "prpppp", "rppppp", "rprppp", "rrpppp", "rrrppp", "rrrrrr"]
    assert letters(SIMULATOR_COMPONENTS) == ["ppp", "rpp", "rrp", "rrr"]
