"""Bars are checked once per side and kept; nobody can change them afterwards."""

from __future__ import annotations

import ctypes
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import omega
import omega_reference.bars.checks
import omega_reference.data
from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import Engine
from omega.contract.schemas import BARS, TIMESTAMP
from omega.contract.types import EngineConfig
from omega.data.bars import column_values
from omega.data.memory import sealed
from omega.data.writing import write_table
from omega.flags.registry import BY_NAME, load_object
from omega.result import chain_array
from omega.serve.factories import create_data_handler

THREADS = 4


@pytest.fixture
def fresh() -> Callable[[str], omega.Bars]:
    """Bars that no test has used before, read by one side."""
    return lambda backend: omega.sample_bars(600, backend=backend)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time a side checks bars."""
    seen: list[str] = []
    for side in ("python", "rust"):
        entry = BY_NAME["data_handler"]
        path = entry.native if side == "rust" else entry.reference
        assert path is not None
        handler: Any = load_object(path)
        keep = handler.keep_bars

        def counted(self: Any, *arguments: Any, _keep: Any = keep, _side: str = side) -> Any:
            seen.append(_side)
            return _keep(self, *arguments)

        monkeypatch.setattr(handler, "keep_bars", counted)
    check = omega_reference.bars.checks.check_bars

    def counted_check(*arguments: Any) -> None:
        seen.append("reference")
        check(*arguments)

    monkeypatch.setattr(omega_reference.data, "check_bars", counted_check)
    return seen


def chain_of(bars: omega.Bars, config: dict[str, Any], backend: str) -> bytes:
    result = omega.run_backtest(config, bars, backend=backend)
    return result.state_chain.tobytes() + result.data_hash.encode()


def engine_of(backend: str) -> Engine:
    entry = BY_NAME["event_engine"]
    path = entry.native if backend == "rust" else entry.reference
    assert path is not None
    make: Any = load_object(path)
    engine: Engine = make()
    return engine


def refusal_of(backend: str, bars: Any, config: EngineConfig) -> tuple[ErrorCode, str | None, str | None, int | None]:
    with pytest.raises(OmegaError) as caught:
        engine_of(backend).run(bars, None, config)
    return caught.value.code, caught.value.rule, caught.value.column, caught.value.row


def arrays_of(bars: omega.Bars) -> dict[str, Any]:
    return {name: column_values(bars.table, name).copy() for name in BARS.names}


def table_on(arrays: dict[str, Any]) -> pa.Table:
    """A table whose memory is that of the arrays."""
    columns = {name: pa.array(values) for name, values in arrays.items()}
    columns["timestamp"] = columns["timestamp"].view(TIMESTAMP)
    return pa.table(columns)


@pytest.mark.rule("Q-T2d")
def test_a_second_run_does_not_check_again(
    fresh: Callable[[str], omega.Bars], checks: list[str], config: dict[str, Any], backend: str
) -> None:
    bars = fresh(backend)
    once = list(checks)
    assert once.count(backend) == 1
    runs = {chain_of(bars, config, backend) for _ in range(3)}
    omega.indicator("sma", bars, period=5, backend=backend)
    assert (len(runs), checks) == (1, once)


def test_the_other_side_checks_once_for_itself(
    fresh: Callable[[str], omega.Bars], checks: list[str], config: dict[str, Any], backend: str
) -> None:
    bars = fresh("python" if backend == "rust" else "rust")
    checks.clear()
    assert chain_of(bars, config, backend) == chain_of(bars, config, backend)
    assert checks.count(backend) == 1


def test_windows_are_parts_of_what_was_checked(
    fresh: Callable[[str], omega.Bars], checks: list[str], config: dict[str, Any], backend: str
) -> None:
    bars = fresh(backend)
    checks.clear()
    times = [datetime.fromtimestamp(bars.times[row] / 1e6, UTC) for row in (100, 500)]
    windowed = {**config, "start": times[0], "end": times[1], "warmup_bars": 60}
    result = omega.run_backtest(windowed, bars, backend=backend)
    assert checks == []
    part = bars.table.slice(40, 460)
    assert result.data_hash == omega.read_bars(part, timeframe="M5").content_hash
    raw = engine_of(backend).run(part, None, resolve(load_config(windowed), timeframe=bars.timeframe))
    assert result.state_chain.tobytes() == chain_array(raw.chain).tobytes()
    inner = bars.window(start=None, end=int(bars.times[500]), warmup_bars=None)
    inner = inner.window(start=int(inner.times[100]), end=None, warmup_bars=60)
    assert chain_of(inner, {**config, "start": times[0]}, backend) == result.state_chain.tobytes() + (
        result.data_hash.encode()
    )


@pytest.mark.rule("Q-L1c")
def test_an_empty_window_is_refused_as_an_empty_table(
    fresh: Callable[[str], omega.Bars], config: dict[str, Any], backend: str
) -> None:
    bars = fresh(backend)
    nothing = bars.window(start=None, end=0, warmup_bars=None).checked_by(create_data_handler(backend))  # type: ignore[arg-type]
    engine_config = resolve(load_config(config))
    assert not isinstance(nothing, pa.Table)
    found = refusal_of(backend, nothing, engine_config)
    assert found == refusal_of(backend, bars.table.slice(0, 0), engine_config)
    assert found == (ErrorCode.EMPTY_INPUT, "T-2", "timestamp", None)


@pytest.mark.rule("T-4", "Q-T2c", "Q-T2d", "Q-L1c")
def test_another_timeframe_or_symbol_is_refused_as_in_a_table(
    fresh: Callable[[str], omega.Bars], config: dict[str, Any], backend: str
) -> None:
    table = fresh(backend).table
    named = table.append_column("symbol", pa.array(["EURUSD"] * len(table)))
    kept = create_data_handler(backend).keep_bars(named, 300_000_000)  # type: ignore[arg-type]
    engine_config = resolve(load_config(config))
    hourly = replace(engine_config, timeframe=3_600_000_000)
    assert refusal_of(backend, kept, hourly) == refusal_of(backend, named, hourly)
    assert refusal_of(backend, kept, hourly)[:3] == (ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp")
    other = replace(engine_config, symbol="GBPUSD")
    assert refusal_of(backend, kept, other) == refusal_of(backend, named, other)
    assert refusal_of(backend, kept, other)[2:] == ("symbol", 0)
    assert refusal_of(backend, kept, replace(other, strategy=None))[2] == "strategy", "the configuration first"
    minutely = replace(engine_config, timeframe=60_000_000)
    whole = engine_of(backend).run(kept, None, minutely)
    assert whole.chain.equals(engine_of(backend).run(named, None, minutely).chain)


def test_a_window_beyond_the_bars_is_refused(fresh: Callable[[str], omega.Bars], backend: str) -> None:
    kept = create_data_handler(backend).keep_bars(fresh(backend).table, 300_000_000)  # type: ignore[arg-type]
    assert len(kept.window(590, 10)) == 10
    with pytest.raises(OmegaError) as caught:
        kept.window(590, 11)
    assert (caught.value.code, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "window")


@pytest.mark.rule("Q-L1c")
def test_bars_made_by_hand_are_refused_in_the_order_of_a_run(
    fresh: Callable[[str], omega.Bars], config: dict[str, Any], backend: str
) -> None:
    good = fresh(backend)
    arrays = arrays_of(good)
    arrays["volume"][7] = -1.0
    bad = replace(good, table=table_on(arrays).cast(BARS))
    for _ in range(2):
        with pytest.raises(OmegaError) as caught:
            omega.run_backtest(config, bad, backend=backend)
        assert (caught.value.rule, caught.value.column, caught.value.row) == ("T-2", "volume", 7)
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest({**config, "strategy": None}, bad, backend=backend)
    assert caught.value.rule == "A-1"


def read_only(arrays: dict[str, Any]) -> pa.Table:
    views = {name: values.view() for name, values in arrays.items()}
    for view in views.values():
        view.flags.writeable = False
    return table_on(views)


def in_two_chunks(arrays: dict[str, Any]) -> pa.Table:
    table = table_on(arrays)
    return pa.concat_tables([table.slice(0, 200), table.slice(200)])


def through_a_stream(arrays: dict[str, Any]) -> Any:
    return pa.RecordBatchReader.from_stream(table_on(arrays))


@pytest.mark.rule("Q-D2", "Q-T2d")
@pytest.mark.parametrize("origin", [table_on, read_only, in_two_chunks, through_a_stream])
def test_an_array_written_after_reading_changes_nothing(
    fresh: Callable[[str], omega.Bars],
    config: dict[str, Any],
    backend: str,
    origin: Callable[[dict[str, Any]], Any],
) -> None:
    sample = fresh(backend)
    arrays = arrays_of(sample)
    bars, unhashed = (omega.read_bars(origin(arrays), symbol="EURUSD", backend=backend) for _ in range(2))
    before = chain_of(bars, config, backend)
    window = bars.window(start=None, end=int(bars.times[300]), warmup_bars=None)
    for name in BARS.names:
        arrays[name][:] = -1
    assert chain_of(bars, config, backend) == before
    assert unhashed.content_hash == bars.content_hash == sample.content_hash
    assert chain_of(unhashed, config, backend) == before
    assert np.array_equal(column_values(window.table, "bid_open"), column_values(sample.table, "bid_open")[:300])
    other = "python" if backend == "rust" else "rust"
    assert chain_of(unhashed, config, other) == before


@pytest.mark.parametrize("kind", ["sample", "table", "ipc", "parquet", "spread"])
def test_nobody_writes_through_the_table_of_bars(tmp_path: Path, sample: omega.Bars, kind: str) -> None:
    bars = sample
    if kind == "table":
        bars = omega.read_bars(table_on(arrays_of(sample)))
    elif kind == "spread":
        bars = omega.read_bars(
            table_on(arrays_of(sample)).rename_columns([name.replace("bid_", "") for name in BARS.names]),
            spread_pips=1.0,
            pip_size=0.0001,
        )
    elif kind != "sample":
        bars = omega.read_bars(write_table(sample.table, tmp_path / f"bars.{kind}"))
    for column in bars.table.columns:
        (chunk,) = column.chunks
        buffer: Any = chunk.buffers()[1]
        assert not np.frombuffer(buffer, dtype=np.float64).flags.writeable


def test_a_file_written_after_reading_changes_nothing(tmp_path: Path, sample: omega.Bars) -> None:
    path = write_table(sample.table, tmp_path / "bars.arrow")
    bars = omega.read_bars(path)
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    assert bars.content_hash == sample.content_hash


def test_only_memory_of_others_is_copied(sample: omega.Bars) -> None:
    def addresses(table: pa.Table) -> list[int]:
        chunks: list[Any] = [column.chunk(0) for column in table.columns]
        return [chunk.buffers()[1].address for chunk in chunks]

    table = sample.table
    part = table.slice(10, 20)
    shifted = [address + 80 for address in addresses(table)]
    assert addresses(sealed(part, is_ours=True)) == shifted
    assert not set(addresses(sealed(part, is_ours=False))) & set(shifted)
    assert sealed(part, is_ours=False).equals(part)
    assert sealed(table.slice(0, 0), is_ours=False).equals(table.slice(0, 0))


def test_rust_looks_at_no_value_twice(fresh: Callable[[str], omega.Bars], config: dict[str, Any]) -> None:
    # No counter can lie about this: a value that only another check would refuse is put into the memory by force.
    bars = fresh("rust")
    before = chain_of(bars, config, "rust")
    volume: Any = bars.table.column("volume").chunk(0)
    ctypes.c_double.from_address(volume.buffers()[1].address).value = -1.0
    assert chain_of(bars, config, "rust") == before
    with pytest.raises(OmegaError, match="volume"):
        engine_of("rust").run(bars.table, None, resolve(load_config(config)))


def test_threads_share_one_check(
    fresh: Callable[[str], omega.Bars], checks: list[str], config: dict[str, Any], backend: str
) -> None:
    bars = fresh("python" if backend == "rust" else "rust")
    checks.clear()
    barrier = Barrier(THREADS)

    def run(_: int) -> bytes:
        barrier.wait()
        return chain_of(bars, config, backend)

    with ThreadPoolExecutor(THREADS) as pool:
        chains = set(pool.map(run, range(THREADS)))
    assert (len(chains), checks.count(backend)) == (1, 1)


def test_bars_travel_to_another_process(
    fresh: Callable[[str], omega.Bars], config: dict[str, Any], backend: str
) -> None:
    bars = fresh(backend)
    copy = pickle.loads(pickle.dumps(bars))
    assert copy == bars
    assert chain_of(copy, config, backend) == chain_of(bars, config, backend)
