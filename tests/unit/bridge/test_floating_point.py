"""A floating-point environment that is not N-1's is refused, on both sides, at the start and at the end (Q-N1b)."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

SHIM = """
#include <xmmintrin.h>
unsigned get(void) { return _mm_getcsr(); }
void set(unsigned csr) { _mm_setcsr(csr); }
"""
FTZ, DAZ = 0x8000, 0x0040
DOWN, UP, TO_ZERO = 0x2000, 0x4000, 0x6000
WRONG = {
    FTZ: "flushes subnormal results to zero",
    DAZ: "takes subnormal operands for zero",
    FTZ | DAZ: "flushes subnormal results to zero",
    DOWN: "rounds downward",
    UP: "rounds upward",
    TO_ZERO: "rounds toward zero",
    UP | FTZ: "rounds upward",
}
"""Bits of MXCSR, and what is said of them."""

START = """
import ctypes, json, sys
from concurrent.futures import ThreadPoolExecutor
import omega
from omega.contract.errors import OmegaError

shim, bits, side = ctypes.CDLL(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
STRATEGY = {"parameters": {"enabled_scenarios": [1], "window_length": 20}}
CONFIG = {"symbol": "EURUSD", "timeframe": "M5", "on_ruin": "continue", "strategy": STRATEGY}
bars = omega.sample_bars(300, backend=side)
minutes = omega.read_bars(bars.table, symbol="EURUSD", timeframe="M1", backend=side)
right = omega.run_backtest(CONFIG, bars, backend=side).last_state_hash
clean = shim.get() & 0xFFC0

def row(n):
    return {name: bars.table.column(name)[n].as_py() for name in bars.table.column_names}

def refusal(call):
    try:
        call()
    except OmegaError as error:
        return [int(error.code), error.rule, error.column, error.value]
    return None

def wrong():
    shim.set(clean | bits)
"""
AT_THE_START = """
simulator = omega.ExecutionSimulator(CONFIG, backend=side)
tick = {"timestamp": bars.table["timestamp"][0].as_py(), "bid": 1.1, "ask": 1.1}
order = {"timestamp": tick["timestamp"], "price": 1.1, "stop_loss": 1.0}
fill = {"timestamp": tick["timestamp"], "price": 1.1, "lots": 1.0, "leg": 0}
snapshot = simulator.snapshot()
first, calls = row(0), {
    "run": lambda: omega.run_backtest(CONFIG, bars, backend=side),
    "signals": lambda: omega.run_signals(bars, [], CONFIG, backend=side),
    "detail": lambda: omega.run_signals(bars, [], CONFIG, detail=minutes, backend=side),
    "sample": lambda: omega.sample_bars(10, backend=side),
    "indicator": lambda: omega.indicator("sma", bars, backend=side, period=5),
    "step": lambda: simulator.evaluate_exits(first),
    "step of a table": lambda: simulator.evaluate_exits(bars.table.slice(0, 1)),
    "step signals": lambda: simulator.process_signals(first, []),
    "close all": simulator.close_all,
    "batch": lambda: simulator.process_signals_batch([]),
    "updates": lambda: simulator.apply_updates([]),
    "lots": lambda: simulator.calculate_lot_sizes([order]),
    "fees": lambda: simulator.calculate_fee_batch([fill]),
    "restore": lambda: simulator.restore(snapshot),
    "tick": lambda: simulator.on_tick(tick),
    "ticks": lambda: simulator.evaluate_ticks([tick]),
    "tick signals": lambda: simulator.on_tick(tick, []),
    "run over ticks": lambda: omega.run_ticks([tick], [], CONFIG, backend=side),
    "stream": lambda: omega.IndicatorStream("sma", side, period=2),
}
wrong()
found = {name: refusal(call) for name, call in calls.items()}
shim.set(clean)
found["after"] = refusal(calls["step"])
again = omega.run_backtest(CONFIG, bars, backend=side).last_state_hash
print(json.dumps({"found": found, "is_right": right == again}))
"""
IN_BETWEEN = """
done = []
def on_progress(rows, total):
    done.append(rows)
    wrong()
long = omega.sample_bars(60_000 if side == "python" else 1_500_000, backend=side)
found = refusal(lambda: omega.run_backtest(CONFIG, long, backend=side, on_progress=on_progress))
shim.set(clean)
print(json.dumps({"found": {"run": found}, "is_right": bool(done)}))
"""
OF_A_THREAD = """
def in_thread():
    wrong()
    return refusal(lambda: omega.run_backtest(CONFIG, bars, backend=side))
with ThreadPoolExecutor(1) as pool:
    found = pool.submit(in_thread).result()
again = omega.run_backtest(CONFIG, bars, backend=side).last_state_hash
print(json.dumps({"found": {"run": found}, "is_right": right == again}))
"""
DOCTOR = """
from omega.doctor import examine
wrong()
checks = {check.name: [check.is_healthy, check.found] for check in examine()}
shim.set(clean)
print(json.dumps(checks))
"""

pytestmark = [
    pytest.mark.rule("N-1"),
    pytest.mark.skipif(
        sys.platform == "win32" or platform.machine().lower() not in ("x86_64", "amd64"), reason="MXCSR is of x86"
    ),
]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the library that sets MXCSR; without a compiler this fails."""
    folder = tmp_path_factory.mktemp("shim")
    (folder / "mxcsr.c").write_text(SHIM, encoding="utf-8")
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", str(folder / "mxcsr.so"), str(folder / "mxcsr.c")]
    subprocess.run(command, check=True, timeout=60)
    return folder / "mxcsr.so"


def answer(script: str, shim: Path, bits: int, side: str) -> dict[str, object]:
    command = [sys.executable, "-c", START + script, str(shim), str(bits), side]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout)
    return found


def refused(bits: int) -> list[object]:
    return [4004, "N-1", "floating_point", WRONG[bits]]


@pytest.mark.rule("Q-N1b")
@pytest.mark.parametrize("bits", WRONG)
def test_nothing_starts_in_a_wrong_environment(shim: Path, bits: int, backend: str) -> None:
    found = answer(AT_THE_START, shim, bits, backend)
    calls = [
        *("run", "signals", "detail", "sample", "indicator", "step", "step of a table", "step signals", "close all")
    ]
    calls += [
        "batch",
        "updates",
        "lots",
        "fees",
        "restore",
        "tick",
        "ticks",
        "tick signals",
        "run over ticks",
        "stream",
    ]
    assert found == {"found": {**dict.fromkeys(calls, refused(bits)), "after": None}, "is_right": True}


@pytest.mark.rule("Q-N1b")
@pytest.mark.parametrize("bits", WRONG)
def test_a_run_that_ends_in_one_is_refused(shim: Path, bits: int, backend: str) -> None:
    assert answer(IN_BETWEEN, shim, bits, backend) == {"found": {"run": refused(bits)}, "is_right": True}


@pytest.mark.parametrize("bits", [FTZ, DAZ, DOWN])
def test_it_is_a_matter_of_the_thread(shim: Path, bits: int, backend: str) -> None:
    assert answer(OF_A_THREAD, shim, bits, backend) == {"found": {"run": refused(bits)}, "is_right": True}


@pytest.mark.parametrize("bits", WRONG)
def test_doctor_says_so(shim: Path, bits: int) -> None:
    checks = answer(DOCTOR, shim, bits, "python")
    assert checks["floating point"] == [False, f"this thread {WRONG[bits]}"]
    run = str(checks["a run on each side"])
    assert run.startswith("[False, ")
    assert "INVARIANT_VIOLATED 4004" in run
