"""Memory of what goes on for long: ``python benchmarks/streaming.py signals|runs SIDE COUNT`` prints JSON.

Signals come in batches of 1,000, one batch a bar, and hardly one of them finds a place: what stays for each would show.
Runs are whole ones of 500 bars in one process. Told is the resident set after a tenth of them and at the end: what
allocators keep for later is in both. Linux only.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import omega
from omega.contract.schemas import TIMESTAMP
from omega.serve.approvals import trial
from omega_parity.generate.workloads import SAMPLE_SEED, sample_strategy_config

BATCH = 1_000
HOUR = 3_600_000_000
CONFIG = {"symbol": "EURUSD", "timeframe": "H1", "max_positions_per_symbol": 1, "costs": {"fee": {"per_million": 30.0}}}
RUN_BARS = 500


def _resident() -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise KeyError("VmRSS")


def _batch(time_of_bar: int) -> pa.Table:
    """1,000 market longs of one time."""
    same = {"symbol": "EURUSD", "signal_type": "entry", "direction": "long", "order_type": "market"}
    columns: dict[str, Any] = {name: pa.array([text] * BATCH, pa.string()) for name, text in same.items()}
    times = pa.array(np.full(BATCH, time_of_bar), pa.int64()).cast(TIMESTAMP)
    levels = {"size": np.full(BATCH, 0.1), "stop_loss": np.full(BATCH, 1.0)}
    return pa.table({"timestamp": times} | columns | levels)


def _candle(time_of_bar: int, price: float) -> dict[str, Any]:
    names = [f"{side}_{name}" for side in ("bid", "ask") for name in ("open", "high", "low", "close")]
    return {"timestamp": time_of_bar} | dict.fromkeys(names, price)


def _signals(side: str) -> Callable[[int], None]:
    simulator = omega.ExecutionSimulator(CONFIG, backend=side)

    def step(number: int) -> None:
        when = (number + 1) * HOUR
        simulator.process_signals_batch(_batch(when))
        simulator.evaluate_exits(_candle(when, 1.1))

    return step


def _runs(side: str) -> Callable[[int], None]:
    config, bars = sample_strategy_config(), omega.sample_bars(RUN_BARS, seed=SAMPLE_SEED)

    def step(_: int) -> None:
        omega.run_backtest(config, bars, backend=side)

    return step


@trial()  # of builds without a GO record too (F-8)
def main() -> None:
    """Do it, and tell the memory on the way."""
    kind, side, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    step, steps = (_signals(side), count // BATCH) if kind == "signals" else (_runs(side), count)
    started, early = time.process_time(), 0
    for number in range(steps):
        step(number)
        if number + 1 == max(steps // 10, 1):
            gc.collect()
            early = _resident()
    gc.collect()
    figures = {"kind": kind, "side": side, "count": count, "early_bytes": early, "end_bytes": _resident()}
    print(json.dumps(figures | {"seconds": round(time.process_time() - started, 1)}))


if __name__ == "__main__":
    main()
