"""Which component a built-in fault breaks."""

from __future__ import annotations

from typing import Final

from omega_parity.judge.ownership import OWNERS, owner_of_rule
from omega_parity.selftest.probe.saboteurs import SABOTEURS

_OF_ROOM: Final = {"bars": "data_handler", "costs": "slippage_fee", "engine": "event_engine", "rng": "slippage_fee"}
"""Components of what no chapter decides alone; of any other room it is the simulator."""


def owner_of_saboteur(name: str) -> str | None:
    """Name the component that a built-in fault breaks: by its rule, else by the room it sits in."""
    fault = SABOTEURS.get(name)
    if fault is None:
        return None
    if fault.rule[0] in "CSEPALIGM":
        return owner_of_rule(fault.rule)
    room = fault.reference[0].file.removesuffix(".py").partition("/")[0]
    return _OF_ROOM.get(room, room if room in OWNERS else "execution_simulator")
