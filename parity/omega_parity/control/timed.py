"""What one process of a measurement does: each workload a few times on one side, and how much memory that took.

``python -m omega_parity.control.timed rust`` prints one JSON document.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import omega
from omega.serve.approvals import trial
from omega_parity.generate.workloads import SAMPLE_SEED, sample_strategy_config

COMPONENTS: Final = {"strategy run": ("event_engine", "strategy"), "signals run": ("execution_simulator",)}
"""Workloads, and whose speed each shows."""

_BARS: Final = 10_000
_ROUNDS: Final = 3


def workloads(side: str) -> dict[str, Callable[[], object]]:
    """Make the workloads of a side; its bars are read before."""
    config = sample_strategy_config()
    bars = omega.sample_bars(_BARS, seed=SAMPLE_SEED, backend=side)
    order = {"symbol": "EURUSD", "signal_type": "entry", "order_type": "market", "max_holding": 3_600_000_000}
    ways = ({"direction": "long", "stop_loss": 1.0}, {"direction": "short", "stop_loss": 1.2})
    orders = [{**order, **ways[at // 100 % 2], "timestamp": int(bars.times[at])} for at in range(5, _BARS, 100)]
    of_signals = {name: value for name, value in config.items() if name != "strategy"}
    return {
        "strategy run": lambda: omega.run_backtest(config, bars, backend=side),
        "signals run": lambda: omega.run_signals(bars, orders, of_signals, backend=side),
    }


def measured(side: str) -> dict[str, Any]:
    """Return the median of each workload in seconds, after one round that warms up, and the peak of memory in bytes."""
    with trial():
        found = {name: _median(work) for name, work in workloads(side).items()}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": found, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


def _median(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1])))
