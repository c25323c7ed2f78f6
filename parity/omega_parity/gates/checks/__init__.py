"""What the gates of pytest and `omega verify` both compare: functions of both sides, as far as an extent goes."""

from omega_parity.gates.checks import (
    bars,
    broker_days,
    costs,
    flags,
    indicators,
    layouts,
    market,
    money,
    numbers,
    orders,
    probes,
    refusals,
    repeated,
    samples,
    simulators,
    surroundings,
    ticks,
)
from omega_parity.gates.checks.bench import CHECKS

__all__ = [
    "CHECKS",
    "bars",
    "broker_days",
    "costs",
    "flags",
    "indicators",
    "layouts",
    "market",
    "money",
    "numbers",
    "orders",
    "probes",
    "refusals",
    "repeated",
    "samples",
    "simulators",
    "surroundings",
    "ticks",
]
