"""Runs over ticks and the simulator tick by tick, with figures worked out by hand, on both sides (E-17, T-3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import Bar, Tick
from omega.data.signals import signal_table
from omega.data.ticks import tick_table
from omega.door import ExecutionSimulatorPython, ExecutionSimulatorRust

SECOND = 1_000_000
CONFIG: dict[str, Any] = {"symbol": "EURUSD", "risk_per_trade": 100.0, "pip_buffer_factor": 0.5}
V1 = {**CONFIG, "variant": "v1"}
STRATEGY: dict[str, Any] = {"name": "mean_reversion_z_score", "parameters": {"enabled_scenarios": [1]}}


def ticks(*rows: tuple[int, float, float]) -> list[dict[str, object]]:
    """Return ticks of these seconds, bids and asks."""
    return [{"timestamp": second * SECOND, "bid": bid, "ask": ask} for second, bid, ask in rows]


def entry(direction: str, order_type: str, stop_loss: float, **fields: object) -> dict[str, object]:
    """Return an entry signal of second 0 with fields of its own."""
    common = {"timestamp": 0, "symbol": "EURUSD", "signal_type": "entry"}
    return {**common, "direction": direction, "order_type": order_type, "stop_loss": stop_loss, **fields}


def column(result: Any, name: str, table: str = "trades") -> list[Any]:
    """Return a column of a result's table."""
    found: list[Any] = getattr(result, table).column(name).to_pylist()
    return found


def seconds(result: Any, name: str, table: str = "trades") -> list[Any]:
    """Return a column of times in seconds."""
    return [None if time is None else time / SECOND for time in _microseconds(result, name, table)]


def _microseconds(result: Any, name: str, table: str) -> list[Any]:
    times: list[Any] = getattr(result, table).column(name).cast(pa.int64()).to_pylist()
    return times


@pytest.mark.rule("E-17", "Q-E17", "E-3", "E-9")
def test_limits_fill_at_the_tick_or_better_and_stops_at_the_tick(backend: str) -> None:
    """A buy limit 1.1000 is filled at 1.0995, a sell stop 1.0990 at 1.0985; both leave at the tick 1.0970 / 1.0972.

    The long has 100 / (0.0020 * 100000) = 0.5 lots and loses 0.0025 a price: 125. The short is asked for 1.0972 at its
    target 1.0975: 100 / (0.0020 * 100000) = 0.5 lots bring (1.0985 - 1.0972) * 50000 = 65.
    """
    signals = [
        entry("long", "limit", 1.0980, price=1.1000),
        entry("short", "stop", 1.1010, price=1.0990, take_profit=1.0975),
    ]
    market = ticks((0, 1.1010, 1.1012), (3, 1.0993, 1.0995), (4, 1.0985, 1.0987), (9, 1.0970, 1.0972))
    result = omega.run_ticks(market, signals, CONFIG, backend=backend)
    assert column(result, "entry_price") == [1.0995, 1.0985]
    assert column(result, "exit_price") == [1.0970, 1.0972]
    assert [round(money, 8) for money in column(result, "result")] == [-125.0, 65.0]
    assert seconds(result, "trigger_time") == [3, 4]
    assert seconds(result, "exit_time") == seconds(result, "known_at") == [9, 9]
    assert (result.timeframe, len(result.state_chain), result.crossings) == ("tick", 4, 0 if backend == "python" else 2)
    assert result.metrics["ambiguous_bars"] == 0


@pytest.mark.rule("E-17", "Q-E17", "E-6")
@pytest.mark.parametrize("config", [CONFIG, V1])
def test_no_buffer_counts(config: dict[str, Any], backend: str) -> None:
    """Half a pip is 0.00005: the stop 1.0980 would count as reached at 1.09804, the target 1.1020 of v1 at 1.10196."""
    signals = [entry("long", "market", 1.0980, price=1.1002, take_profit=1.1020)]
    market = ticks((0, 1.1000, 1.1002), (1, 1.09804, 1.0982), (2, 1.10196, 1.1022))
    assert omega.run_ticks(market, signals, config, backend=backend).trades.num_rows == 0


@pytest.mark.rule("E-17", "Q-E17b", "E-8", "E-10", "P-4")
def test_v1_at_ticks(backend: str) -> None:
    """A market order has no trigger time, a trailed stop closes as `stop_loss` at its level, the curve begins before.

    0.5 lots from 1.1000 are trailed by 0.0010 from the tick 1.1020: the stop is 1.1010, left at once at 1.1005.
    """
    signals = [entry("long", "market", 1.0980, price=1.1000, trailing_distance=0.0010)]
    market = ticks((0, 1.0998, 1.1000), (0, 1.1015, 1.1017), (1, 1.1020, 1.1022), (2, 1.1005, 1.1007))
    result = omega.run_ticks(market, signals, V1, backend=backend)
    assert column(result, "trigger_time") == [None]
    assert column(result, "reason") == ["stop_loss"]
    assert column(result, "stop_kind") == ["trailing"]
    assert column(result, "exit_price") == [1.1020 - 0.0010]
    assert [time * SECOND for time in seconds(result, "timestamp", "equity")] == [-1, 0, SECOND, 2 * SECOND]
    assert result.metrics["avg_duration_minutes"] == 2 / 60


@pytest.mark.rule("E-17", "Q-E17b", "S-4")
def test_v1_sizes_market_orders_twice(backend: str) -> None:
    """Five steps above 0.01 are 0.060000000000000005 in pip mode; the second pass makes 0.06 of it."""
    config = {**V1, "risk_per_trade": 12.0, "sizing": {"mode": "pip"}}
    signals = [entry("long", "market", 1.0980, price=1.1000), entry("long", "limit", 1.0970, price=1.0990)]
    market = ticks((0, 1.0998, 1.1000), (1, 1.0988, 1.0990))
    result = omega.run_ticks(market, signals, config, backend=backend)
    assert column(result, "size", "positions") == [0.06, 0.01 + 5 * 0.01]


@pytest.mark.rule("Q-E17c", "E-5", "H-1", "P-4")
def test_of_ticks_of_one_time_the_last_has_the_point(backend: str) -> None:
    """Opened at the first tick of second 5; its second one, below the stop, does not judge it and marks it."""
    signals = [entry("long", "market", 1.0980)]
    market = ticks((5, 1.1000, 1.1002), (5, 1.0970, 1.0972), (6, 1.0972, 1.0974))
    result = omega.run_ticks(market, [{**signals[0], "timestamp": 5 * SECOND}], CONFIG, backend=backend)
    # 100 / (0.0022 * 100000) = 0.45 lots; 0.0032 down is 144, at the end 0.0030: 135.
    assert seconds(result, "timestamp", "equity") == [5, 6]
    assert [round(money, 6) for money in column(result, "equity", "equity")] == [9856.0, 9865.0]
    assert column(result, "exit_price") == [1.0972]
    assert len(result.state_chain) == 3
    assert round(float(result.metrics["max_drawdown_abs"] or 0.0), 6) == 144.0


@pytest.mark.rule("Q-E17c", "L-1a")
def test_signals_are_handed_over_at_the_first_tick_that_is_not_earlier(backend: str) -> None:
    signals = [{**entry("long", "market", 1.0980), "timestamp": second * SECOND} for second in (-1, 1, 4, 9)]
    market = ticks((0, 1.1000, 1.1002), (3, 1.1001, 1.1003), (4, 1.1002, 1.1004))
    result = omega.run_ticks(market, signals, CONFIG, backend=backend)
    assert seconds(result, "entry_time", "positions") == [3, 4]
    rejected = result.events.filter(pc.field("kind") == "rejected")
    assert rejected.column("reason").to_pylist() == ["before_start", "after_end"]


@pytest.mark.rule("Q-E17d", "E-6")
def test_ticks_and_bars_follow_one_another(backend: str) -> None:
    """The stop 1.0980 is left alone by the tick 1.09804 and counts as reached by the bar whose low is 1.09804."""
    with omega.ExecutionSimulator({**CONFIG, "timeframe": "M1"}, backend=backend) as simulator:
        events = simulator.on_tick(ticks((0, 1.1000, 1.1002))[0], entry("long", "market", 1.0980))
        assert events.column("kind").to_pylist() == ["accepted", "opened"]
        assert simulator.on_tick(Tick(timestamp=SECOND, bid=1.09804, ask=1.0982)).num_rows == 0
        assert simulator.evaluate_ticks(ticks((2, 1.0990, 1.0992), (2, 1.0991, 1.0993))).num_rows == 0
        side = {"open": 1.0990, "high": 1.0995, "low": 1.09804, "close": 1.0985}
        prices = {f"{name}_{price}": value for name in ("bid", "ask") for price, value in side.items()}
        closed = simulator.evaluate_exits({"timestamp": 60 * SECOND, **prices, "volume": 0.0})
        assert closed.column("reason").to_pylist() == ["stop_loss"]
        for second in (1, 119):
            with pytest.raises(OmegaError) as caught:
                simulator.on_tick(ticks((second, 1.1, 1.1))[0])
            assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_STATE, "E-19")
        assert simulator.on_tick(ticks((120, 1.1, 1.1))[0]).num_rows == 0


@pytest.mark.rule("Q-E17d", "E-18", "Q-E18b")
def test_everything_is_closed_at_the_last_tick(backend: str) -> None:
    """The second of two ticks of one time may get signals too; until it is evaluated nothing is closed."""
    simulator = omega.ExecutionSimulator({**CONFIG, "timeframe": "M1"}, backend=backend)
    simulator.on_tick(ticks((0, 1.1000, 1.1002))[0], entry("long", "market", 1.0980))
    table = tick_table(ticks((0, 1.1004, 1.1006)))
    simulator._inner.process_tick_signals(table, signal_table(entry("long", "market", 1.0980)))
    with pytest.raises(OmegaError) as caught:
        simulator.close_all()
    assert caught.value.code is ErrorCode.INVALID_STATE
    simulator.on_tick(table)
    closed = simulator._inner.close_all()
    assert closed.column("price").to_pylist() == [1.1004, 1.1004]
    assert closed.column("known_at").cast(pa.int64()).to_pylist() == [0, 0]


@pytest.mark.rule("T-3", "Q-T3")
@pytest.mark.parametrize(
    ("change", "code", "name", "row"),
    [
        ({"timestamp": -SECOND}, ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 1),
        ({"bid": float("nan")}, ErrorCode.NAN_VALUE, "bid", 1),
        ({"ask": float("inf")}, ErrorCode.INFINITE_VALUE, "ask", 1),
        ({"ask": 0.0}, ErrorCode.CONSTRAINT_VIOLATION, "ask", 1),
        ({"bid": 1e13}, ErrorCode.CONSTRAINT_VIOLATION, "bid", 1),
        ({"ask": None}, ErrorCode.NULL_VALUE, "ask", 1),
        ({"symbol": "GBPUSD"}, ErrorCode.NULL_VALUE, "symbol", 0),
    ],
)
def test_bad_ticks_are_refused(change: dict[str, object], code: ErrorCode, name: str, row: int, backend: str) -> None:
    rows = ticks((0, 1.1, 1.2), (1, 1.1, 1.2), (1, 1.1, 1.2))
    rows[1] = {**rows[1], **change}
    for call in (omega.read_ticks, lambda rows, backend: omega.run_ticks(rows, [], CONFIG, backend=backend)):
        with pytest.raises(OmegaError) as caught:
            call(rows, backend=backend)
        assert (caught.value.code, caught.value.rule) == (code, "T-3")
        assert (caught.value.column, caught.value.row) == (name, row)


@pytest.mark.rule("T-8a")
def test_ticks_given_as_bars_are_called_that(backend: str) -> None:
    given = omega.read_ticks(ticks((0, 1.1000, 1.1002), (60, 1.1001, 1.1003)), backend=backend)
    one = Tick(timestamp=0, bid=1.1000, ask=1.1002)
    config = {**CONFIG, "timeframe": "M1"}
    simulator = omega.ExecutionSimulator(config, backend=backend)
    door = ExecutionSimulatorPython(config) if backend == "python" else ExecutionSimulatorRust(config)
    before = simulator.snapshot()
    calls: list[Callable[[Any], object]] = [
        lambda bars: omega.run_signals(bars, [], config, backend=backend),
        lambda bars: omega.run_backtest({**config, "strategy": STRATEGY}, bars, backend=backend),
        lambda bars: omega.read_bars(bars, backend=backend),
        lambda bars: omega.read_bars(bid=bars, spread_pips=1.0, symbol="EURUSD", backend=backend),
        lambda bars: omega.read_bars(bid=bars, ask=bars, backend=backend),
        lambda bars: omega.indicator("sma", bars, period=2, backend=backend),
        simulator.evaluate_exits,
        simulator.evaluate_candle,
        lambda bars: simulator.process_signals(bars, []),
        door.evaluate_exits,
        door.evaluate_exit,
    ]
    for source in (given, one):
        for call in calls:
            with pytest.raises(OmegaError, match="these are ticks, no bars: run_ticks takes them") as caught:
                call(source)
            assert (caught.value.code, caught.value.rule) == (ErrorCode.TYPE_MISMATCH, "T-8a")
            assert (caught.value.column, caught.value.value) == ("bars", type(source).__name__)
    assert simulator.snapshot() == before


@pytest.mark.rule("T-8a")
def test_bars_given_as_ticks_are_called_that(backend: str) -> None:
    given = omega.sample_bars(3, backend=backend)
    prices = {f"{side}_{price}": 1.1 for side in ("bid", "ask") for price in ("open", "high", "low", "close")}
    one = Bar(timestamp=0, **prices, volume=0.0)
    simulator = omega.ExecutionSimulator({**CONFIG, "timeframe": "M1"}, backend=backend)
    before = simulator.snapshot()
    calls: list[Callable[[Any], object]] = [
        lambda ticks: omega.run_ticks(ticks, [], CONFIG, backend=backend),
        lambda ticks: omega.read_ticks(ticks, backend=backend),
        simulator.evaluate_ticks,
        simulator.on_tick,
        lambda ticks: simulator.on_tick(ticks, []),
    ]
    for source in (given, one):
        for call in calls:
            with pytest.raises(OmegaError, match="these are bars, no ticks: run_signals takes them") as caught:
                call(source)
            assert (caught.value.code, caught.value.rule) == (ErrorCode.TYPE_MISMATCH, "T-8a")
            assert (caught.value.column, caught.value.value) == ("ticks", type(source).__name__)
    assert simulator.snapshot() == before


@pytest.mark.rule("T-3", "Q-T3")
def test_crossed_ticks_are_counted_or_refused(backend: str) -> None:
    rows = ticks((0, 1.1, 1.2), (1, 1.3, 1.2), (1, 1.2, 1.2))
    found = omega.read_ticks(rows, backend=backend)
    assert (len(found), found.crossed_ticks) == (3, 1)
    with pytest.raises(OmegaError) as caught:
        omega.read_ticks(rows, quality="refuse", backend=backend)
    assert (caught.value.code, caught.value.column, caught.value.value) == (
        ErrorCode.CONSTRAINT_VIOLATION,
        "crossed_ticks",
        1,
    )


@pytest.mark.rule("E-17", "X-6")
@pytest.mark.parametrize("config", [CONFIG, V1])
def test_a_result_of_ticks_is_saved_and_loaded(config: dict[str, Any], tmp_path: Path, backend: str) -> None:
    market = ticks((0, 1.1000, 1.1002), (1, 1.1001, 1.1003), (1, 1.0970, 1.0972))
    result = omega.run_ticks(market, [entry("long", "market", 1.0980, price=1.1002)], config, backend=backend)
    loaded = omega.load_result(result.save(tmp_path / "result"))
    assert loaded.trades.equals(result.trades)
    assert (loaded.timeframe, loaded.last_state_hash) == ("tick", result.last_state_hash)
    assert "3 ticks" in str(loaded)
