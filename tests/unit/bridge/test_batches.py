"""Batch operations of the simulator, with values by hand (B-1 … B-5)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import EVENTS
from omega.data.ipc import packed

from .batches import CONFIG, buy, candle, instruct, table_of, time
from .conftest import SIGNAL


def started(backend: str, *signals: dict[str, Any], **changes: Any) -> omega.ExecutionSimulator:
    """A simulator whose first hour has been evaluated with these signals."""
    simulator = omega.ExecutionSimulator({**CONFIG, **changes}, backend=backend)
    simulator.process_signals_batch(list(signals))
    simulator.evaluate_exits(candle(0))
    return simulator


def said(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns) for row in table.to_pylist()]


@pytest.mark.rule("B-2", "B-3", "L-1a")
def test_signals_wait_for_their_bar_and_are_told_in_its_answer(backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    told = simulator.process_signals_batch([buy(0), buy(0, stop_loss=1.2), buy(2, direction="short", stop_loss=1.2)])
    assert said(told, "signal_row", "status") == [(0, "waiting"), (1, "waiting"), (2, "waiting")]
    assert (simulator.waiting, simulator.positions().num_rows, simulator.state_hash) == (3, 0, bytes(16))
    first = simulator.evaluate_candle(candle(0))
    assert said(first, "kind", "signal_row", "order_id", "reason", "error_code") == [
        ("accepted", 0, 1, None, None),
        ("opened", None, 1, None, None),
        ("rejected", 1, None, "stop_side", 1006),
    ]
    assert simulator.waiting == 1
    # Between bars: the next one takes it.
    assert said(simulator.process_signals_batch(buy(2)), "signal_row") == [(3,)]
    assert simulator.evaluate_candle(candle(1)).num_rows == 0
    third = simulator.evaluate_candle(candle(3))
    assert said(third, "kind", "signal_row")[::2] == [("accepted", 2), ("accepted", 3)]
    assert simulator.waiting == 0


# 0.07 lots: 10 pips to the target are 0.7 · 10 USD.
@pytest.mark.rule("B-3", "E-10", "E-15")
def test_exits_name_their_kind_price_and_profit(backend: str) -> None:
    signals = [
        buy(0, take_profit=1.1010, magic_number=1),
        buy(0, stop_loss=1.0990, magic_number=2),
        buy(0, size=0.1, magic_number=3),
        buy(0, stop_loss=1.0950, trailing_distance=0.0020, magic_number=4),
        instruct("exit", 1, magic_number=3, fraction=0.5),
    ]
    simulator = started(backend, *signals)
    up = simulator.evaluate_candle(candle(1, (1.1000, 1.1015, 1.1000, 1.1015)))
    assert said(up, "kind", "event", "order_id", "price", "size", "profit") == [
        ("take_profit", "closed", 1, 1.1010, 0.07, pytest.approx(7.0)),
        ("signal_exit", "partially_closed", 3, 1.1015, 0.05, pytest.approx(7.5)),
        ("modified", "modified", 4, None, None, None),
    ]
    down = simulator.evaluate_candle(candle(2, (1.1015, 1.1015, 1.0985, 1.0985)))
    assert said(down, "kind", "event", "order_id", "price", "profit") == [
        ("stop_loss", "closed", 2, 1.0990, pytest.approx(-7.0)),
        ("trailing_stop", "closed", 4, 1.0995, pytest.approx(-3.5)),
    ]


@pytest.mark.rule("B-3", "Q-B3", "Q-E15")
def test_signals_of_every_type_in_one_batch_keep_their_rows(backend: str) -> None:
    signals = [
        instruct("exit", 0, magic_number=9),
        instruct("modify", 0),
        buy(0, direction=None),
        instruct("modify", 0, stop_loss=-1.0),
        buy(0, symbol="GBPUSD"),
        instruct("exit", 0, symbol="GBPUSD"),
        buy(0),
    ]
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    simulator.process_signals_batch(signals)
    answer = simulator.evaluate_candle(candle(0))
    assert said(answer, "signal_row", "reason") == [
        (1, "change_missing"),
        (2, "direction_missing"),
        (3, "not_positive"),
        (4, "unknown_symbol"),
        (5, "unknown_symbol"),
        (6, None),
        (None, None),
        (None, "no_match"),
    ]


@pytest.mark.rule("B-2", "E-19")
def test_a_batch_given_ahead_leaves_the_chain_of_the_run(sample: omega.Bars, backend: str) -> None:
    config = {"symbol": "EURUSD", "timeframe": "M5", "close_at_end": True}
    market = {**SIGNAL, "order_type": "market", "take_profit": None, "size": 0.1}
    closes: list[Any] = sample.table["bid_close"].to_pylist()
    rows = [
        {**market, "timestamp": int(sample.times[at]) - late, "stop_loss": closes[at] - 0.002}
        for at, late in ((3, 0), (40, 60_000_000), (40, 0), (300, 1))
    ]
    run = omega.run_signals(sample, rows, config, backend=backend)
    simulator = omega.ExecutionSimulator(config, backend=backend)
    simulator.process_signals_batch(rows[:2])
    simulator.process_signals_batch(packed(table_of(rows[2:])))
    events = [simulator.evaluate_exits(sample.table.slice(row, 1)) for row in range(len(sample))]
    events.append(simulator.finish())
    assert pa.concat_tables(events).equals(run.events)
    assert simulator.state_hash.hex() == run.last_state_hash


@pytest.mark.rule("B-2")
def test_decisions_go_to_the_bar_that_ends_with_them(backend: str) -> None:
    simulator = omega.ExecutionSimulator({**CONFIG, "signal_time": "decision"}, backend=backend)
    simulator.process_signals_batch([buy(1), buy(2)])
    assert said(simulator.evaluate_candle(candle(0)), "kind", "signal_row") == [("accepted", 0), ("opened", None)]
    assert simulator.waiting == 1


# The example of E-16: 0.07 lots at 1.10000; half is 0.03, 10 pips of 0.30 USD; fee 0.03 · 110,100 · 30 / 1e6.
@pytest.mark.rule("B-4", "Q-B4", "E-16")
def test_a_part_is_closed_by_id_at_the_last_close(backend: str) -> None:
    simulator = started(backend, buy(0, take_profit=1.1020))
    simulator.evaluate_exits(candle(1, (1.1000, 1.1012, 1.0995, 1.1010)))
    before = simulator.state_hash
    events = simulator.apply_updates({"order_id": 1, "close_fraction": 0.5})
    assert events.schema.equals(EVENTS)
    assert said(events, "kind", "order_id", "price", "size", "result", "fee", "reason", "timestamp") == [
        (
            "partially_closed",
            1,
            1.1010,
            0.03,
            pytest.approx(3.0),
            pytest.approx(0.09909),
            "signal_exit",
            events["timestamp"][0].as_py(),
        )
    ]
    assert events["timestamp"].cast(pa.int64()).to_pylist() == [time(1)]
    assert simulator.state_hash != before
    assert simulator.equity == pytest.approx(10_000.0 - 0.231 + 3.0 - 0.09909 + 4.0)
    last = simulator.evaluate_exits(candle(2, (1.1010, 1.1025, 1.1005, 1.1015)))
    assert said(last, "kind", "price", "size", "result") == [("closed", 1.1020, 0.04, pytest.approx(8.0))]
    assert simulator.cash == pytest.approx(10_010.53767)


@pytest.mark.rule("B-4", "E-15", "E-10")
def test_levels_set_by_id_hold_from_the_next_bar(backend: str) -> None:
    simulator = started(backend, buy(0), buy(0, order_type="limit", price=1.0950, stop_loss=1.0850))
    updates = [{"order_id": 1, "stop_loss": 1.0960, "take_profit": 1.1050}, {"order_id": 2, "stop_loss": 1.0900}]
    assert said(simulator.apply_updates(updates), "kind", "order_id", "stop_loss", "take_profit", "reason") == [
        ("modified", 1, 1.0960, 1.1050, "modify_signal"),
        ("modified", 2, 1.0900, None, "modify_signal"),
    ]
    events = simulator.evaluate_exits(candle(1, (1.1000, 1.1000, 1.0955, 1.0970)))
    assert said(events, "kind", "order_id", "price", "reason") == [("closed", 1, 1.0960, "modified_stop_loss")]


@pytest.mark.rule("B-4", "Q-B4", "E-15", "E-16")
def test_what_the_market_does_not_allow_is_a_row_of_the_answer(backend: str) -> None:
    simulator = started(backend, buy(0), buy(0, order_type="limit", price=1.0950), buy(0, size=0.01))
    updates = [
        {"order_id": 1, "stop_loss": 1.1001},
        {"order_id": 1, "take_profit": 1.0999, "close_fraction": 0.5},
        {"order_id": 2, "close_fraction": 0.5},
        {"order_id": 2, "close_fraction": 1.0},
        {"order_id": 2, "stop_loss": 1.08},
        {"order_id": 1, "stop_loss": 1e-7},
        {"order_id": 1, "close_fraction": 1.0},
        {"order_id": 1, "close_fraction": 1.0},
    ]
    assert said(simulator.apply_updates(updates), "kind", "order_id", "reason", "error_code", "direction") == [
        ("rejected", 1, "stop_side", 1006, "long"),
        ("rejected", 1, "target_side", 1006, "long"),
        ("partially_closed", 1, "signal_exit", None, "long"),
        ("rejected", 2, "no_match", 1007, "long"),
        ("cancelled", 2, "signal_exit", None, "long"),
        ("rejected", 2, "no_match", 1007, None),
        ("rejected", 1, "not_positive", 1006, "long"),
        ("closed", 1, "signal_exit", None, "long"),
        ("rejected", 1, "no_match", 1007, None),
    ]


@pytest.mark.rule("B-4", "Q-B4", "E-15")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
def test_updates_are_the_signals_that_say_the_same(backend: str, variant: str) -> None:
    entries = [buy(0, magic_number=1, price=1.1), buy(0, magic_number=2, size=0.1, price=1.1)]
    same = [
        instruct("modify", 1, magic_number=1, stop_loss=1.0920, take_profit=1.1080),
        instruct("exit", 1, magic_number=2, fraction=0.5),
    ]
    bar = candle(1, (1.1000, 1.1020, 1.0990, 1.1010))
    one, other = (started(backend, *entries, variant=variant) for _ in range(2))
    one.process_signals_batch(same)
    given = one.evaluate_exits(bar)
    other.evaluate_exits(bar)
    updates = [{"order_id": 1, "stop_loss": 1.0920, "take_profit": 1.1080}, {"order_id": 2, "close_fraction": 0.5}]
    assert other.apply_updates(updates).equals(given)
    assert (one.state_hash, one.equity, one.metrics) == (other.state_hash, other.equity, other.metrics)
    for hour in (2, 3):
        assert one.evaluate_exits(candle(hour)).equals(other.evaluate_exits(candle(hour)))
    assert (one.state_hash, one.metrics) == (other.state_hash, other.metrics)


@pytest.mark.rule("B-4", "E-19")
def test_a_table_of_updates_is_a_call_for_each_row(backend: str) -> None:
    entries = [buy(0), buy(0, size=0.1), buy(0, order_type="limit", price=1.0950)]
    updates = [
        {"order_id": 2, "close_fraction": 0.5},
        {"order_id": 1, "stop_loss": 1.0950, "close_fraction": 0.9},
        {"order_id": 3, "close_fraction": 1.0},
        {"order_id": 2, "close_fraction": 1.0},
    ]
    batch, single = started(backend, *entries), started(backend, *entries)
    events = batch.apply_updates(updates)
    assert pa.concat_tables([single.apply_updates(row) for row in updates]).equals(events)
    assert (batch.state_hash, batch.metrics) == (single.state_hash, single.metrics)
    assert batch.trades.equals(single.trades)
    for simulator in (batch, single):
        simulator.evaluate_exits(candle(1, (1.1000, 1.1000, 1.0940, 1.0940)))
    assert (batch.state_hash, batch.metrics) == (single.state_hash, single.metrics)


@pytest.mark.rule("B-4")
def test_no_updates_change_nothing(backend: str) -> None:
    simulator = started(backend, buy(0))
    before = simulator.state_hash
    assert simulator.apply_updates([]).num_rows == 0
    assert simulator.state_hash == before
    assert omega.ExecutionSimulator(CONFIG, backend=backend).apply_updates([]).num_rows == 0


# Risk 100 USD (1 % of 10,000) over 100 pips of 10 USD a lot: 0.1 lots; over 50 pips 0.2; an own size is kept.
@pytest.mark.rule("B-5", "Q-B5", "S-2", "S-4")
def test_lots_of_orders(backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    orders = [
        {"timestamp": time(0), "price": 1.1000, "stop_loss": 1.0900},
        {"timestamp": time(0), "price": 1.1000, "stop_loss": 1.1050},
        {"timestamp": time(0), "price": 1.1000, "stop_loss": 1.0900, "size": 0.37},
        {"timestamp": time(0), "price": 1.1000, "stop_loss": 1.0900, "size": 0.001},
    ]
    answer = simulator.calculate_lot_sizes(orders)
    assert answer["lots"].to_pylist()[:3] == [pytest.approx(0.1), pytest.approx(0.2), 0.37]
    assert said(answer, "lots", "reason")[3] in [(0.01, None), (None, "below_min")]
    assert simulator.calculate_lot_size(timestamp=time(0), price=1.1, stop_loss=1.09) == pytest.approx(0.1)
    assert simulator.state_hash == bytes(16)


# 0.07 lots are 7,000 EUR: 7,700 USD at 1.1000, 30 USD a million.
@pytest.mark.rule("B-5", "Q-B5", "C-1", "C-2")
def test_costs_of_fills(backend: str) -> None:
    config = {**CONFIG, "costs": {"fee": {"per_million": 30.0}, "slippage": {"fixed_pips": 0.5}}}
    simulator = omega.ExecutionSimulator(config, backend=backend)
    fills = [{"timestamp": time(0), "lots": 0.07, "price": 1.1, "leg": leg} for leg in (0, 1)]
    assert simulator.calculate_fee_batch(fills)["fee"].to_pylist() == [pytest.approx(0.231)] * 2
    draw = {"timestamp": time(0), "magic_number": 0, "ordinal": 0, "leg": 0, "direction": "long"}
    slipped = simulator.calculate_slippage_batch([{**draw, "order_type": "market"}])
    assert slipped["slippage"].to_pylist() == [pytest.approx(0.00005)]


@pytest.mark.rule("B-1")
@pytest.mark.parametrize("kind", ["pyarrow", "batch", "stream", "file", "pandas", "polars", "duckdb", "capsule"])
def test_tables_of_every_origin_go_in_as_they_are(backend: str, kind: str) -> None:
    rows: list[dict[str, Any]] = [
        {"order_id": 1, "stop_loss": 1.0950, "close_fraction": None},
        {"order_id": 1, "close_fraction": 0.5},
    ]
    simulator = started(backend, buy(0))
    table = pa.Table.from_pylist(rows)
    assert said(simulator.apply_updates(as_kind(table, kind)), "kind") == [("modified",), ("partially_closed",)]
    signals = table_of([buy(1), buy(1, size=None, take_profit=1.2)])
    assert simulator.process_signals_batch(as_kind(signals, kind)).num_rows == 2
    assert (
        said(simulator.evaluate_exits(as_kind(table_of([candle(1)]), kind)), "kind") == [("accepted",), ("opened",)] * 2
    )


class Capsule:
    """What has Arrow's C stream and nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested: object = None) -> object:
        stream: Any = self.table
        return stream.__arrow_c_stream__(requested)


def as_kind(table: pa.Table, kind: str) -> object:
    """The table as another library has it."""
    if kind == "stream":
        return packed(table)
    if kind == "file":
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()
    if kind == "pandas":
        return pytest.importorskip("pandas") and table.to_pandas()
    if kind == "polars":
        return pytest.importorskip("polars").from_arrow(table)
    if kind == "duckdb":
        return pytest.importorskip("duckdb").from_arrow(table)
    return {"pyarrow": table, "batch": table.to_batches()[0], "capsule": Capsule(table)}[kind]


@pytest.mark.rule("B-2")
def test_what_waits_is_not_the_memory_of_the_caller(backend: str) -> None:
    np = pytest.importorskip("numpy")
    times = np.array([time(0)], "datetime64[us]")
    levels = np.array([1.0900])
    columns = {
        "timestamp": pa.array(times).cast(pa.timestamp("us", "UTC")),
        "symbol": ["EURUSD"],
        "signal_type": ["entry"],
        "direction": ["long"],
        "order_type": ["market"],
        "stop_loss": pa.array(levels),
        "magic_number": pa.array([0], pa.int64()),
    }
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    simulator.process_signals_batch(pa.table(columns))
    levels[0] = 9.0
    assert said(simulator.evaluate_exits(candle(0)), "kind", "stop_loss")[0] == ("accepted", 1.0900)
