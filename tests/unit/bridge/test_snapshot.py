"""Snapshots of a simulator: what comes back, and what is refused (R-1 … R-3)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pyarrow as pa
import pytest
import xxhash

import omega
from omega.contract.errors import OmegaError
from omega.contract.schemas import STATE_PARTS

from .conftest import CONFIG, signals

SETTINGS: dict[str, Any] = {**CONFIG, "max_positions_per_symbol": None, "timeframe": "M5"}
SIDES = pytest.mark.parametrize("backend", ["python", "rust"])


def _simulator(backend: str, **more: Any) -> omega.ExecutionSimulator:
    return omega.ExecutionSimulator({**SETTINGS, **more}, backend=backend)


def _played(bars: omega.Bars, backend: str, **more: Any) -> omega.ExecutionSimulator:
    """Three entries, then an exit that waits for the end of its bar."""
    simulator = _simulator(backend, **more)
    rows = bars.table.to_pylist()
    for signal in signals(bars):
        at = next(row for row in rows if row["timestamp"].timestamp() * 1e6 >= signal["timestamp"])
        simulator.process_signals(at, signal)
        simulator.evaluate_exits(at)
    last = max(signal["timestamp"] for signal in signals(bars))
    following = next(row for row in rows if row["timestamp"].timestamp() * 1e6 > last)
    leave = {"timestamp": following["timestamp"], "symbol": "EURUSD", "signal_type": "exit", "magic_number": 0}
    simulator.process_signals(following, leave)
    return simulator


def _resealed(snapshot: bytes, **head: Any) -> bytes:
    """Change what a snapshot says of itself, and give it the digest of that."""
    table = pa.ipc.open_stream(snapshot[:-16]).read_all()
    told = json.loads((table.schema.metadata or {})[b"omega.snapshot"]) | head
    sink = pa.BufferOutputStream()
    schema = table.schema.with_metadata({b"omega.snapshot": json.dumps(told).encode()})
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(table.replace_schema_metadata(schema.metadata))
    content = sink.getvalue().to_pybytes()
    return content + xxhash.xxh3_128_digest(content)


@SIDES
@pytest.mark.rule("R-1", "Q-R1")
@pytest.mark.parametrize("other", ["python", "rust"])
def test_it_goes_on_where_it_was_on_either_side(sample: omega.Bars, backend: str, other: str) -> None:
    played = _played(sample, backend)
    resumed = _simulator(other)
    resumed.restore(played.snapshot())
    assert resumed.snapshot() == played.snapshot()
    for simulator in (played, resumed):
        events = simulator.evaluate_exits(sample.table.slice(31))
        assert "signal_exit" in events["reason"].to_pylist()
        simulator.close_all()
    assert (resumed.state_hash, resumed.metrics, resumed.cash) == (played.state_hash, played.metrics, played.cash)
    assert resumed.trades.equals(played.trades)
    assert resumed.trades.column("scenario").null_count < resumed.trades.num_rows


LONG = 300
"""Bars after each of which the other language goes on."""


def _spread_orders(bars: omega.Bars) -> list[dict[str, Any]]:
    """An order every 10 bars, of each kind in turn, managed in each way in turn."""
    managed: list[dict[str, Any]] = [
        {"trailing_distance": 0.0008},
        {"break_even_at_r": 0.5, "break_even_offset": 0.0001},
        {"max_holding": 3 * 3_600_000_000},
        {"expires_at": None},
    ]
    rows = bars.table.to_pylist()
    orders = []
    for number, row in enumerate(rows[5:-5:10]):
        side, kind = (1, -1)[number % 2], ("market", "limit", "stop")[number % 3]
        price = row["ask_close"] + {"market": 0.0, "limit": -0.0004, "stop": 0.0004}[kind] * side
        order = {"timestamp": row["timestamp"], "symbol": "EURUSD", "signal_type": "entry", "order_type": kind}
        order |= {"direction": ("long", "short")[number % 2], "price": price, "stop_loss": price - 0.0015 * side}
        orders.append(order | {"take_profit": price + 0.0025 * side, "tags": [str(number)]} | managed[number % 4])
    return orders


@pytest.mark.rule("R-1", "Q-R1")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
def test_the_other_language_goes_on_after_every_bar_of_a_long_run(variant: str) -> None:
    bars = omega.sample_bars(LONG, seed=11)
    orders = _spread_orders(bars)
    slips = {"slippage": {"fixed_pips": 0.1, "random_pips": 0.4}, "fee": {"per_million": 30.0}}
    config = {"symbol": "EURUSD", "timeframe": "M5", "variant": variant, "costs": slips, "seed": 5}
    run = omega.run_signals(bars, orders, config, backend="python")
    here, there = (omega.ExecutionSimulator(config, backend=backend) for backend in ("python", "rust"))
    for row, bar in enumerate(bars.table.to_pylist()):
        due = [order for order in orders if order["timestamp"] == bar["timestamp"]]
        if due:
            here.process_signals_batch(due)
        here.evaluate_exits(bar)
        there.restore(here.snapshot())
        here, there = there, here
        assert here.state_hash == run.state_chain[row].tobytes(), f"bar {row}"
    assert len(run.trades) > 15
    assert here.trades.equals(run.trades)
    assert here.metrics == run.metrics


@SIDES
@pytest.mark.rule("R-2")
def test_signals_match_positions_of_before(sample: omega.Bars, backend: str) -> None:
    played = _played(sample, backend)
    resumed = _simulator(backend)
    resumed.restore(played.snapshot())
    numbers = resumed.positions().column("magic_number").to_pylist()
    assert numbers == played.positions().column("magic_number").to_pylist() != []


@SIDES
@pytest.mark.rule("R-1", "B-2")
def test_signals_that_wait_for_a_bar_come_along(sample: omega.Bars, backend: str) -> None:
    rows = sample.table.to_pylist()
    one, other = _simulator(backend), _simulator("python" if backend == "rust" else "rust")
    one.process_signals_batch(signals(sample))
    for row in rows[:25]:
        one.evaluate_exits(row)
    other.restore(one.snapshot())
    assert (other.waiting, other.snapshot()) == (1, one.snapshot())
    for simulator in (one, other):
        events = [event for row in rows[25:31] for event in simulator.evaluate_exits(row)["kind"].to_pylist()]
        assert "accepted" in events
    assert (one.state_hash, one.snapshot()) == (other.state_hash, other.snapshot())


@SIDES
@pytest.mark.rule("R-1")
def test_a_finished_one_stays_finished_and_a_new_one_is_a_snapshot_too(backend: str) -> None:
    finished, other = _simulator(backend), _simulator(backend)
    fresh = other.snapshot()
    finished.finish()
    other.restore(finished.snapshot())
    for call in (other.close_all, lambda: other.evaluate_exits([])):
        with pytest.raises(OmegaError) as caught:
            call()
        assert caught.value.code == 1007
    other.restore(fresh)
    assert other.close_all().num_rows == 0


@SIDES
@pytest.mark.rule("Q-R1")
def test_it_is_arrow_with_the_tables_of_the_contract(sample: omega.Bars, backend: str) -> None:
    table = pa.ipc.open_stream(_played(sample, backend).snapshot()).read_all()
    assert table.column_names == [*STATE_PARTS, "handed", "texts"]
    counts = {name: len(table.column(name)[0]) for name in table.column_names}
    assert counts == counts | {"account": 1, "money": 2, "waiting": 1, "bar": 1, "digests": 4, "texts": 4}


@SIDES
@pytest.mark.rule("R-3", "Q-R3")
def test_damage_is_refused_and_changes_nothing(sample: omega.Bars, backend: str) -> None:
    snapshot = _played(sample, backend).snapshot()
    target = _played(sample, backend)
    before = target.snapshot()
    for length in (0, 5, 16, 17, 1_000, len(snapshot) - 16, len(snapshot) - 1):
        _refused(target, snapshot[:length], 3004, "snapshot")
    for place in range(0, len(snapshot), 997):
        altered = bytearray(snapshot)
        altered[place] ^= 1
        _refused(target, altered, 3004, "snapshot")
    sealed = b"no Arrow" + xxhash.xxh3_128_digest(b"no Arrow")
    _refused(target, sealed, 3004, "snapshot")
    _refused(target, "text", 1004, "snapshot")
    _refused(target, None, 1004, "snapshot")
    assert target.snapshot() == before


@SIDES
@pytest.mark.rule("R-3", "Q-R1b", "Q-R3")
@pytest.mark.parametrize("name", ["version", "contract", "chain_layout"])
def test_another_version_is_refused_by_name(sample: omega.Bars, backend: str, name: str) -> None:
    snapshot = _played(sample, backend).snapshot()
    assert _resealed(snapshot) == snapshot
    _refused(_simulator(backend), _resealed(snapshot, **{name: 99}), 1009, name)


@SIDES
@pytest.mark.rule("R-3", "Q-R3")
@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"seed": 5}, "seed"),
        ({"symbol": "GBPUSD"}, "symbol"),
        ({"variant": "v1"}, "variant"),
        ({"costs": {"fee": {"per_million": 7.0}}}, "fee_per_million"),
        ({"rates": {"USDCHF": 0.9}, "account_currency": "CHF"}, "account_currency"),
    ],
)
def test_another_configuration_is_refused_by_its_key(
    sample: omega.Bars, backend: str, more: dict[str, Any], column: str
) -> None:
    target = _simulator(backend, **more)
    before = target.snapshot()
    _refused(target, _played(sample, backend).snapshot(), 1006, column)
    assert target.snapshot() == before


@SIDES
@pytest.mark.rule("R-1")
def test_a_copy_is_a_snapshot_restored(backend: str) -> None:
    with pytest.raises(OmegaError, match="restore") as caught:
        copy.deepcopy(_simulator(backend))
    assert caught.value.rule == "R-1"


def _refused(target: omega.ExecutionSimulator, snapshot: Any, code: int, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        target.restore(snapshot)
    assert (caught.value.code, caught.value.column) == (code, column), caught.value
    assert caught.value.rule == "R-3"


@SIDES
@pytest.mark.rule("R-1", "E-17", "B-4")
def test_a_tick_is_the_last_bar_too(sample: omega.Bars, backend: str) -> None:
    """A buy at one tick, a stop moved by id at the next, a snapshot, and the stop touched: on both sides alike."""
    other_side = "python" if backend == "rust" else "rust"
    start = int(sample.times[0])
    ticks = [(0, 1.1000), (1, 1.1010), (1, 1.1020), (2, 1.0999)]
    entry = {"timestamp": start, "symbol": "EURUSD", "signal_type": "entry", "direction": "long", "size": 0.1}
    entry |= {"order_type": "market", "stop_loss": 1.09}
    more = {"slippage": {"fixed_pips": 0.0, "random_pips": 0.0}}
    one, other = _simulator(backend, costs=more), _simulator(other_side, costs=more)
    one.on_tick(_tick(start, *ticks[0]), [entry])
    for tick in ticks[1:3]:
        one.on_tick(_tick(start, *tick))
    moved = one.apply_updates([{"order_id": 1, "stop_loss": 1.1}])
    assert moved["kind"].to_pylist() == ["modified"]
    other.restore(one.snapshot())
    assert other.snapshot() == one.snapshot()
    for simulator in (one, other):
        with pytest.raises(OmegaError, match="earlier than the tick"):
            simulator.on_tick(_tick(start, 0, 1.1))
        closed = simulator.on_tick(_tick(start, *ticks[3]))
        assert closed["kind"].to_pylist() == ["closed"]
    assert (one.state_hash, one.snapshot()) == (other.state_hash, other.snapshot())


def _tick(start: int, seconds: int, bid: float) -> dict[str, Any]:
    return {"timestamp": start + seconds * 1_000_000, "bid": bid, "ask": bid + 0.0001}
