"""Ctrl-C while ten million bars are made or checked (L-2)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import signal, sys, time
import numpy as np
import pyarrow as pa
from omega.serve import native

signal.signal(signal.SIGINT, signal.default_int_handler)
handler = native.DataHandler()
bars = handler.sample_bars(30_000, 7)
if sys.argv[1] != "make":
    length = 10_000_000
    first = bars.column("timestamp")[0].value
    values = {name: bars.column(name)[0].as_py() for name in bars.column_names if name != "timestamp"}
    columns = {name: pa.array(np.full(length, value)) for name, value in values.items()}
    times = np.arange(first, first + length * 300_000_000, 300_000_000).view("M8[us]")
    columns["timestamp"] = pa.array(times, pa.timestamp("us", "UTC"))
    bars = pa.table(columns)
calls = {
    "make": lambda: handler.sample_bars(10_000_000, 7),
    "check": lambda: [handler.check_bars(bars, 300_000_000) for _ in range(200)],
    "keep": lambda: [handler.keep_bars(bars, 300_000_000) for _ in range(200)],
}
print("ready", flush=True)
try:
    calls[sys.argv[1]]()
except KeyboardInterrupt:
    print(time.time(), flush=True)
    sys.exit(42)
"""


@pytest.mark.rule("L-2", "Q-L2")
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.parametrize("call", ["make", "check", "keep"])
def test_ctrl_c_is_heard_within_a_fifth_of_a_second(call: str) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, call], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        heard = float(process.stdout.readline())
        assert process.wait(30) == 42
    assert heard - sent < 0.2
