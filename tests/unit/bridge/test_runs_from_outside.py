"""Reading, runs, indicators and the simulator: every refusal in all its parts, and numbers that pandas works out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pytest

import omega
from omega.contract.errors import OmegaError
from omega.data.source import parse_timeframe
from omega.serve.planning import plan_run

from .conftest import CONFIG, SIGNAL, signals

Work = Callable[[omega.Bars, str], object]


def signal_at(bars: omega.Bars, row: int, **fields: Any) -> dict[str, Any]:
    return {"timestamp": int(bars.times[row]), **SIGNAL, **fields}


def one_side(bars: omega.Bars) -> pa.Table:
    names = ["timestamp", "bid_open", "bid_high", "bid_low", "bid_close", "volume"]
    return bars.table.select(names).rename_columns([name.removeprefix("bid_") for name in names])


def simulator(backend: str) -> omega.ExecutionSimulator:
    return omega.ExecutionSimulator(CONFIG, backend=backend)


REFUSALS: list[tuple[str, Work, tuple[int, str, str | None, int | None, object], str]] = [
    (
        "one bar and no timeframe",
        lambda bars, side: omega.read_bars(bars.table.slice(0, 1), backend=side),
        (1001, "T-4", "timeframe", None, None),
        "timeframe: fewer than two bars do not tell it: name it",
    ),
    (
        "a timeframe that is none",
        lambda bars, side: omega.read_bars(bars.table, timeframe="M7", backend=side),
        (1001, "T-4", "timeframe", None, "M7"),
        "timeframe must be one of M1, M5, M15, M30, H1, H4, D1, not 'M7'",
    ),
    (
        "a quality that is none",
        lambda bars, side: omega.read_bars(bars.table, quality="mend", backend=side),  # type: ignore[arg-type]
        (1001, "T-2", "quality", None, "mend"),
        "quality must be one of report, refuse, not 'mend'",
    ),
    (
        "nothing to read",
        lambda _, side: omega.read_bars(backend=side),
        (1001, "G-1", "source", None, None),
        "give either one source, or bid= and ask= (one of them with spread_pips=)",
    ),
    (
        "too much to read",
        lambda bars, side: omega.read_bars(bars.table, ask=bars.table, backend=side),
        (1001, "G-1", "source", None, None),
        "give either one source, or bid= and ask= (one of them with spread_pips=)",
    ),
    (
        "another symbol",
        lambda bars, side: omega.read_bars(
            bars.table.append_column("symbol", pa.array(["EURUSD"] * 600)), symbol="GBPUSD", backend=side
        ),
        (1006, "T-2", "symbol", 0, "EURUSD"),
        "the data are of 'EURUSD', not 'GBPUSD'",
    ),
    (
        "a column twice",
        lambda bars, side: omega.read_bars(bars.table.append_column("volume", bars.table["volume"]), backend=side),
        (1008, "T-8a", "volume", None, None),
        "there are 2 columns 'volume'",
    ),
    (
        "no table",
        lambda _, side: omega.read_bars(3, backend=side),
        (1004, "T-8a", None, None, None),
        "expected a path, a pyarrow, pandas or polars table, not int",
    ),
    (
        "findings refused",
        lambda bars, side: omega.read_bars(
            one_side(bars), spread_pips=0.0, pip_size=0.1, quality="refuse", backend=side
        ),
        (1006, "T-2", "zero_spread", None, 600),
        "quality findings refused: zero_spread 600",
    ),
    (
        "no bars in the sample",
        lambda _, side: omega.sample_bars(0, backend=side),
        (1003, "Q-D1", "n", None, 0),
        "n: must be in 1 … 10000000, got 0",
    ),
    (
        "too many bars in the sample",
        lambda _, side: omega.sample_bars(10_000_001, backend=side),
        (1003, "Q-D1", "n", None, 10_000_001),
        "n: must be in 1 … 10000000, got 10000001",
    ),
    (
        "a seed too large",
        lambda _, side: omega.sample_bars(5, 2**64, backend=side),
        (1003, "Q-D1", "seed", None, str(2**64)),
        f"seed: must be in 0 … {2**64 - 1}, got {2**64}",
    ),
    (
        "a seed below zero",
        lambda _, side: omega.sample_bars(5, -1, backend=side),
        (1003, "Q-D1", "seed", None, -1),
        f"seed: must be in 0 … {2**64 - 1}, got -1",
    ),
    (
        "no data anywhere",
        lambda _, side: omega.run_signals(None, [], CONFIG, backend=side),
        (1008, "config", "data", None, None),
        "no bars: give bars, or set `data` in the configuration (a path, or `sample: {n: 30000}`)",
    ),
    (
        "a parameter that is no text",
        lambda bars, side: omega.indicator("sma", bars, "bid", side, **{"\ud800": 3}),
        (1001, "I-17", "\\ud800", None, None),
        "the parameter name '\\ud800' is no text",
    ),
    (
        "a tick",
        lambda _, side: simulator(side).on_tick({}),
        (1011, "E-19", "tick", None, 0),
        "one tick at a time: give many to evaluate_ticks",
    ),
    (
        "a callback that is none",
        lambda bars, side: omega.run_signals(bars, [], CONFIG, backend=side, on_progress=3),  # type: ignore[arg-type]
        (1004, "L-2", "on_progress", None, None),
        "on_progress must be callable, not int",
    ),
    (
        "bars of another symbol",
        lambda bars, side: omega.ExecutionSimulator({**CONFIG, "symbol": "GBPUSD"}, backend=side).evaluate_exits(bars),
        (1006, "T-2", "symbol", 0, "EURUSD"),
        "the bars are of 'EURUSD', not 'GBPUSD'",
    ),
]


@pytest.mark.parametrize(("work", "parts", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_refusal_in_all_its_parts(
    sample: omega.Bars, backend: str, work: Work, parts: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        work(sample, backend)
    error = caught.value
    assert (int(error.code), error.rule, error.column, error.row, error.value) == parts
    assert error.message == said


@pytest.mark.rule("Q-D1")
def test_the_edges_of_the_sample(backend: str) -> None:
    assert len(omega.sample_bars(1, 2**64 - 1, backend=backend)) == 1
    one = omega.sample_bars(4, 0, backend=backend)
    assert (one.symbol, one.timeframe_name, one.span[0]) == ("EURUSD", "M5", "2020-01-06T00:00:00Z")
    assert len(omega.sample_bars(backend=backend)) == 30_000
    assert omega.sample_bars(9, backend=backend).content_hash == omega.sample_bars(9, 7, backend=backend).content_hash


def test_timeframes_by_name() -> None:
    assert [parse_timeframe(name) for name in ("M1", "H4", "D1")] == [60 * 10**6, 14_400 * 10**6, 86_400 * 10**6]


@pytest.mark.rule("I-1", "I-2", "I-6")
@pytest.mark.parametrize("side", ["bid", "ask"])
def test_indicators_are_those_of_pandas(sample: omega.Bars, backend: str, side: Any) -> None:
    frame = sample.table.to_pandas()
    close, high, low = (frame[f"{side}_{part}"] for part in ("close", "high", "low"))
    sma = omega.indicator("sma", sample, side, backend=backend, period=5)
    ema = omega.indicator("ema", sample, side, backend=backend, period=np.int64(5))  # type: ignore[arg-type]
    ranges = omega.indicator("true_range", sample, side, backend=backend)
    upper, mid, lower = omega.indicator("bollinger", sample, side, backend=backend, period=5, std_factor=2.0)
    before = close.shift(1)
    by_hand = pandas.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    expected = {
        "sma": (sma, close.rolling(5).mean()),
        "ema": (ema, close.ewm(span=5, adjust=False).mean()),
        "true_range": (ranges, by_hand),
        "mid": (mid, close.rolling(5).mean()),
        "upper": (upper, close.rolling(5).mean() + 2.0 * close.rolling(5).std()),
        "lower": (lower, close.rolling(5).mean() - 2.0 * close.rolling(5).std()),
    }
    for name, (found, wanted) in expected.items():
        assert isinstance(found, np.ndarray)
        assert found.dtype == np.float64
        assert np.allclose(found, wanted.to_numpy(), rtol=1e-9, atol=1e-12, equal_nan=True), name
    default = omega.indicator("sma", sample, backend=backend, period=5)
    assert np.array_equal(default, omega.indicator("sma", sample, "bid", backend=backend, period=5), equal_nan=True)


@pytest.mark.rule("G-4")
def test_a_run_is_over_the_bars_between_start_and_end(sample: omega.Bars, backend: str) -> None:
    times: list[Any] = sample.table.column("timestamp").to_pylist()
    limits = {"start": times[100], "end": times[200] + timedelta(microseconds=1), "warmup_bars": 30}
    result = omega.run_signals(sample, [], {**CONFIG, **limits}, backend=backend)
    # From start on there is a row of equity and a digest; the bars before it are warm-up.
    assert result.equity.column("timestamp").to_pylist() == times[100:201]
    assert result.state_chain.shape == (101, 16)
    assert (
        result.data_hash
        == sample.window(start=int(sample.times[100]), end=int(sample.times[201]), warmup_bars=30).content_hash
    )
    whole = omega.run_signals(sample, [], CONFIG, backend=backend)
    assert (len(whole.state_chain), whole.data_hash) == (600, sample.content_hash)


def test_the_texts_of_pending_orders_are_those_of_their_signals(sample: omega.Bars, backend: str) -> None:
    far = {"order_type": "limit", "price": 0.9, "stop_loss": 0.8, "take_profit": 1.5}
    rows = [
        signal_at(sample, 3, **far, scenario="one", tags=["x"]),
        signal_at(sample, 4, **far, metadata={"k": "v"}),
        signal_at(sample, 5, **{**far, "stop_loss": 2.0}, scenario="refused"),
        signal_at(sample, 6, **far, scenario="four"),
    ]
    result = omega.run_signals(sample, rows, CONFIG, backend=backend)
    found = [(row["order_id"], row["scenario"], row["tags"], row["metadata"]) for row in result.positions.to_pylist()]
    assert [row[1:] for row in found] == [("one", ["x"], None), (None, None, [("k", "v")]), ("four", None, None)]
    assert result.positions.column_names[-3:] == ["scenario", "tags", "metadata"]
    assert "signal_row" not in result.positions.column_names
    bare = omega.run_signals(sample, [signal_at(sample, 3, **far)], CONFIG, backend=backend).positions
    assert [bare.column(name).to_pylist() for name in ("scenario", "tags", "metadata")] == [[None]] * 3


def test_what_a_result_says_of_its_run(sample: omega.Bars, backend: str) -> None:
    result = omega.run_signals(sample, signals(sample), CONFIG, backend=backend)
    assert (result.symbol, result.timeframe, result.backend) == ("EURUSD", "M5", backend)
    assert list(result.versions)[:6] == ["omega", "contract", "chain_layout", "python", "numpy", "pyarrow"]
    assert (result.versions["numpy"], result.versions["chain_layout"]) == (np.__version__, "2")
    native = ["omega_rust", "omega_rust_sources", "omega_rust_profile"] if backend == "rust" else []
    assert list(result.versions)[6:] == native
    assert [choice.component for choice in result.flags] == [
        *("slippage_fee", "indicator_cache", "portfolio", "event_engine", "execution_simulator", "strategy"),
        "data_handler",
    ]
    assert plan_run(("strategy", "data_handler"), backend="python").backend("data_handler") == "python"


@pytest.mark.rule("E-19")
def test_the_simulator_by_hand(sample: omega.Bars, backend: str) -> None:
    steps = simulator(backend)
    bar = sample.table.slice(0, 1)
    signal = signal_at(sample, 0)
    events = steps.process_signals(bar, signal).to_pylist()
    assert [event["kind"] for event in events] == ["accepted", "opened"]
    (position,) = steps.positions().to_pylist()
    ask: Any = bar.column("ask_close")[0].as_py()
    assert (position["status"], position["direction"], position["entry_price"]) == ("open", "long", ask)
    assert position["entry_time"] == datetime(2020, 1, 6, tzinfo=UTC)
    fee = ask * position["size"] * 100_000 * 30.0 / 1e6
    assert steps.cash == pytest.approx(10_000 - fee, rel=1e-12)
    steps.evaluate_exits(bar)
    close: Any = bar.column("bid_close")[0].as_py()
    assert steps.equity == pytest.approx(10_000 - fee + (close - ask) * position["size"] * 100_000, rel=1e-9)
    assert len(steps.state_hash) == 16
    assert (steps.backend, {choice.backend for choice in steps.flags}) == (backend, {backend})
    with pytest.raises(OmegaError) as caught:
        steps.evaluate_exits(bar)
    assert int(caught.value.code) == 1007
    with pytest.raises(OmegaError) as caught:
        steps.process_signals(sample.table.slice(1, 2), signal)
    assert int(caught.value.code) == 1011
