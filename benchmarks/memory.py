"""Peak memory of one run in a process of its own: ``python benchmarks/memory.py SIDE BARS`` prints JSON.

Counted is what the run adds to the resident set at its highest, without the bars it was given and without the events
and trades it returns. Linux only: the high-water mark is reset through ``/proc/self/clear_refs``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa

import omega
from omega.serve.approvals import trial
from omega_parity.generate.workloads import SAMPLE_SEED, sample_strategy_config


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


@trial()  # of builds without a GO record too (F-8)
def main() -> None:
    """Run once to warm imports and allocators, then measure the second run."""
    side, size = sys.argv[1], int(sys.argv[2])
    config = sample_strategy_config()
    bars = omega.sample_bars(size, seed=SAMPLE_SEED)
    omega.run_backtest(config, omega.sample_bars(2_000, seed=SAMPLE_SEED), backend=side)
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _status("VmRSS")
    result = omega.run_backtest(config, bars, backend=side)
    events = result.events.nbytes + result.trades.nbytes
    extra = _status("VmHWM") - before - events
    print(
        json.dumps(
            {"side": side, "bars": size, "input_bytes": bars.table.nbytes, "events_bytes": events, "extra_bytes": extra}
        )
    )


if __name__ == "__main__":
    main()
