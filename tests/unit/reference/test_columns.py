"""Tables of any length are read and made in pieces, between which Ctrl-C is heard (L-2)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pyarrow as pa
import pytest

from omega_reference import columns

SCRIPT = """
import signal, time
import numpy as np
import pyarrow as pa
from omega_reference.data import DataHandler

signal.signal(signal.SIGINT, signal.default_int_handler)
bars = DataHandler().sample_bars(1, 7)
length = 2_000_000
values = {name: bars.column(name)[0].as_py() for name in bars.column_names if name != "timestamp"}
columns = {name: pa.array(np.full(length, value)) for name, value in values.items()}
first = bars.column("timestamp")[0].value
times = np.arange(first, first + length * 300_000_000, 300_000_000).view("M8[us]")
table = pa.table({"timestamp": pa.array(times, pa.timestamp("us", "UTC")), **columns})
print("ready", flush=True)
try:
    while True:
        DataHandler().keep_bars(table, 300_000_000)
except KeyboardInterrupt:
    print(time.time(), flush=True)
"""


@pytest.mark.rule("L-2", "Q-L2")
def test_pieces_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_PIECE_ROWS", 3)
    for length in (0, 1, 3, 7):
        numbers = [row / 8 for row in range(length + 2)]
        column = pa.chunked_array([pa.array(numbers).slice(2), pa.array([], pa.float64()), pa.array([0.5])])
        assert columns.numbers_of(column) == columns.listed(column) == [*numbers[2:], 0.5]
        times = pa.chunked_array([pa.array(range(length + 1), pa.timestamp("us", "UTC")).slice(1)])
        assert columns.integers_of(times) == list(range(1, length + 1))
        assert columns.optional_integers_of(times) == list(range(1, length + 1))
        assert columns.array_of(numbers, pa.float64()).equals(pa.array(numbers))
    assert columns.listed(pa.chunked_array([pa.array(["a", None, "b", "c"])])) == ["a", None, "b", "c"]
    assert columns.array_of([], pa.int64()).equals(pa.array([], pa.int64()))


@pytest.mark.rule("L-2", "Q-L2")
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.parametrize("delay", [0.15, 0.4, 0.7])
def test_ctrl_c_is_heard_while_bars_are_checked(delay: float) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        heard = float(process.stdout.readline())
        assert process.wait(30) == 0
    assert heard - sent < 0.2
