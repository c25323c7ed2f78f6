"""A run from outside: the GIL, threads, Ctrl-C, progress, crossings, whose the events are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.serve import native

START, FIVE_MINUTES = 1_600_000_200_000_000, 300_000_000
LONG = 1_000_000
"""Bars that keep a run busy for a few polls of 50 ms."""


@pytest.fixture(scope="module")
def long_bars(sample: Any) -> Any:
    return sample(LONG)


@pytest.fixture(scope="module")
def crowd(inputs: Any, long_bars: Any) -> Any:
    """Orders that never trigger, so that every bar looks at all of them: a run of seconds."""
    first = long_bars.column("timestamp")[0].value
    row = {"timestamp": first, "order_type": "limit", "price": 0.5, "stop_loss": 0.4}
    return inputs.signals(*[row] * 2_000)


@pytest.mark.rule("L-2")
def test_a_run_is_two_crossings_by_counter_and_by_profile(inputs: Any, module: Any, sample: Any) -> None:
    bars, config = sample(2_000), inputs.config(is_strategy=True)
    engine = native.Engine()
    calls: list[str] = []

    def profile(frame: Any, event: str, argument: Any) -> None:
        is_native = str(getattr(argument, "__module__", None)).startswith("omega_rust")
        if event == "c_call" and is_native:
            calls.append("into Rust")
        elif event == "c_return" and is_native:
            calls.append("back")
        elif event == "call" and calls and calls[-1] == "into Rust":
            calls.append(f"re-entry of {frame.f_code.co_qualname}")

    before = module.crossings()
    sys.setprofile(profile)
    try:
        engine.run(bars, None, config)
    finally:
        sys.setprofile(None)
    assert calls == ["into Rust", "back"]
    assert module.crossings() - before == 2


@pytest.mark.rule("L-2")
def test_reading_the_counter_is_no_crossing_and_threads_count_alone(module: Any) -> None:
    before = module.crossings()
    assert module.crossings() == before
    module.quantize(1.0, 2)
    assert module.crossings() == before + 2
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(module.crossings).result() == 0


@pytest.mark.rule("L-6")
def test_another_thread_makes_progress_during_a_run(inputs: Any, long_bars: Any, crowd: Any) -> None:
    ticks = 0
    is_done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not is_done.is_set():
            ticks += 1
            time.sleep(0.001)

    def stop(done: int, total: int) -> None:
        if ticks > 20:
            raise StopIteration

    other = threading.Thread(target=tick)
    other.start()
    try:
        with pytest.raises(StopIteration):
            native.Engine().run(long_bars, crowd, inputs.config(), stop)
    finally:
        is_done.set()
        other.join()
    assert ticks > 20


@pytest.mark.rule("L-6")
def test_threads_give_the_same_bits(inputs: Any, sample: Any) -> None:
    bars = sample(20_000)
    configs = [inputs.config(is_strategy=True, slippage_random_pips=0.3, seed=seed) for seed in range(4)]
    one_by_one = [native.Engine().run(bars, None, config) for config in configs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda config: native.Engine().run(bars, None, config), configs))
    for alone, parallel in zip(one_by_one, together, strict=True):
        assert alone.chain.equals(parallel.chain)
        assert alone.trades.equals(parallel.trades)
        assert alone.metrics == parallel.metrics


@pytest.mark.rule("L-2")
def test_progress_is_reported_and_its_exception_stops_the_run(inputs: Any, long_bars: Any, crowd: Any) -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) >= 3 and done > 0:  # on a busy machine the first block takes longer than three reports
            raise LookupError("enough")

    started = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        native.Engine().run(long_bars, crowd, inputs.config(), report)
    assert time.monotonic() - started < 5.0
    assert {total for _, total in seen} == {LONG}
    done = [done for done, _ in seen]
    assert done == sorted(done)
    assert 0 < done[-1] < LONG


@pytest.mark.rule("L-2")
def test_a_quick_run_does_not_wait_for_a_poll(inputs: Any, sample: Any) -> None:
    bars, config = sample(200), inputs.config(is_strategy=True)
    native.Engine().run(bars, None, config)
    started = time.monotonic()
    for _ in range(20):
        native.Engine().run(bars, None, config, lambda done, total: None)
    assert time.monotonic() - started < 0.5, "20 runs of 200 bars must not take 20 polls of 50 ms"


CTRL_C = """
import signal
import sys

# Who runs the suite in the background has it ignore Ctrl-C, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
import pyarrow as pa
from omega.serve import native
from {conftest} import Inputs

inputs = Inputs()
bars = native.DataHandler().sample_bars({rows}, 7)
row = {{"timestamp": bars.column("timestamp")[0].value, "order_type": "limit", "price": 0.5, "stop_loss": 0.4}}
signals = inputs.signals(*[row] * 2_000)
print("ready", flush=True)
try:
    native.Engine().run(bars, signals, inputs.config())
except KeyboardInterrupt:
    sys.exit(42)
"""


@pytest.mark.rule("L-2")
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_ctrl_c_stops_a_run(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(CTRL_C.format(conftest="conftest", rows=LONG))
    paths = [str(Path(__file__).parent), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 42
        assert time.monotonic() - sent < 5.0


@pytest.mark.rule("X-2")
def test_an_unknown_strategy_is_an_error_that_names_it(inputs: Any) -> None:
    from dataclasses import replace

    config = inputs.config(is_strategy=True)
    config = replace(config, strategy=replace(config.strategy, name="buy_and_pray"))
    with pytest.raises(OmegaError) as caught:
        native.Engine().run(inputs.bars(), None, config)
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "strategy")
    assert caught.value.value == "buy_and_pray"


@pytest.mark.rule("X-2")
def test_neither_signals_nor_strategy_is_an_error(inputs: Any) -> None:
    with pytest.raises(OmegaError) as caught:
        native.Engine().run(inputs.bars(), None, inputs.config())
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "strategy")


@pytest.mark.rule("T-8")
def test_events_name_their_symbol_direction_and_order_type(inputs: Any) -> None:
    foreign: tuple[dict[str, Any], ...] = (
        {"symbol": "EURGBP", "direction": None},
        {},
        {"symbol": "USDJPY", "order_type": None},
    )
    late = {"symbol": "GBPUSD", "timestamp": START + 99 * FIVE_MINUTES}
    expected = [
        ("rejected", "EURGBP", None, "market"),
        *(("accepted", "EURUSD", "long", "market"), ("opened", "EURUSD", "long", "market")),
        *(("rejected", "USDJPY", "long", None), ("rejected", "GBPUSD", "long", "market")),
    ]

    def named(events: pa.Table) -> list[tuple[str, ...]]:
        return list(
            zip(*(events.column(n).to_pylist() for n in ("kind", "symbol", "direction", "order_type")), strict=True)
        )

    run = native.Engine().run(inputs.bars(2), inputs.signals(*foreign, late), inputs.config())
    assert named(run.events) == expected
    simulator = native.ExecutionSimulator(inputs.config())
    assert named(simulator.process_signals(inputs.bars(1), inputs.signals(*foreign))) == expected[:-1]
    assert simulator.evaluate_exits(inputs.bars(2)).num_rows == 0
