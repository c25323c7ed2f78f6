"""What holds in every run (E-19, E-20, C-1), whatever the market does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omega.contract.protocols import RunOutput
from omega.contract.types import BelowMin, EngineConfig, Variant
from omega_reference.engine import Engine
from omega_reference.execution.steps import ExecutionSimulator

FINAL = ("closed", "expired", "cancelled")


def run(case: Any, **changes: Any) -> RunOutput:
    return Engine().run(case.bars, case.signals, replace(case.config, **changes))


@pytest.mark.rule("E-20")
@given(data=st.data())
def test_invariants_of_a_run(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    output = run(case)
    events = output.events.to_pylist()
    assert [event["seq"] for event in events] == list(range(len(events)))
    for trade in output.trades.to_pylist():
        assert trade["entry_time"] <= trade["trigger_time"] <= trade["exit_time"]
        assert trade["size"] > 0.0
    for position in output.positions.to_pylist():
        assert (position["size"] > 0.0) is (position["status"] == "open")
    count_of = Counter((event["kind"], event["order_id"]) for event in events if event["order_id"])
    assert set(count_of.values()) <= {1}
    endings = Counter(order_id for (kind, order_id) in count_of if kind in FINAL)
    assert set(endings.values()) <= {1}
    for kind, order_id in count_of:
        if kind in ("opened", *FINAL):
            assert ("accepted", order_id) in count_of
    closed = [event["order_id"] for event in events if event["kind"] == "closed"]
    assert output.trades["order_id"].to_pylist() == closed
    live = [order_id for kind, order_id in count_of if kind == "accepted" and order_id not in endings]
    assert output.positions["order_id"].to_pylist() == live


@pytest.mark.rule("E-20", "P-2")
@given(data=st.data())
def test_replaying_results_and_fees_reproduces_cash(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    output = run(case)
    cash, fees = case.config.initial_balance, 0.0
    for event in output.events.to_pylist():
        if event["fee"] is not None:
            cash = cash - event["fee"]
            fees = fees + event["fee"]
        if event["result"] is not None:
            cash = cash + event["result"]
    assert cash == output.metrics["final_cash"] == output.equity["cash"][-1].as_py()
    assert fees == output.metrics["fees"]
    booked = sum(trade["entry_fee"] + trade["exit_fee"] for trade in output.trades.to_pylist())
    assert fees == pytest.approx(booked + sum(x["entry_fee"] or 0.0 for x in output.positions.to_pylist()))


@pytest.mark.rule("E-20", "S-4")
@given(data=st.data())
def test_lots_never_exceed_the_raw_size(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    changes = {"variant": Variant.CANONICAL, "below_min": BelowMin.REJECT, "risk_fraction": None}
    output = run(case, **changes)
    assert case.config.instrument is not None
    requested = case.signals["size"].to_pylist()
    for trade in [*output.trades.to_pylist(), *output.positions.to_pylist()]:
        if trade["size"] > 0.0 and requested[trade["signal_row"]] is None:
            raw = 100.0 / (abs(trade["order_price"] - trade["initial_stop_loss"]) * 10.0)
            assert trade["size"] <= raw + max(1e-12, raw * 1e-12) + 1e-8


@pytest.mark.rule("C-1")
@given(data=st.data())
def test_no_fill_with_slippage_is_better_than_without(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    assume(case.signals.num_rows > 0)
    row = data.draw(st.integers(0, case.signals.num_rows - 1))
    alone = replace(case, signals=case.signals.slice(row, 1))
    quiet = {"variant": Variant.CANONICAL, "slippage_fixed_pips": 0.0, "slippage_random_pips": 0.0}
    off = run(alone, **quiet).events.to_pylist()
    on = run(alone, **(quiet | {"slippage_fixed_pips": 0.25, "slippage_random_pips": 0.5})).events.to_pylist()
    is_long = alone.signals["direction"][0].as_py() == "long"
    for without, slipped in zip(off, on, strict=False):
        if without["kind"] != slipped["kind"] or without["reason"] != slipped["reason"]:
            break
        if without["kind"] in ("opened", "closed") and without["timestamp"] == slipped["timestamp"]:
            is_buy = is_long is (without["kind"] == "opened")
            assert (slipped["price"] >= without["price"]) if is_buy else (slipped["price"] <= without["price"])


@pytest.mark.rule("E-19")
@given(data=st.data())
def test_step_by_step_equals_the_run(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    config = replace(case.config, close_at_end=False)
    times = case.bars["timestamp"].cast(pa.int64()).to_pylist()
    handed = [time for time in case.signals["timestamp"].cast(pa.int64()).to_pylist() if time <= times[-1]]
    signals = case.signals.slice(0, len(handed))
    output = Engine().run(case.bars, signals, config)
    simulator, events = step_through(config, case.bars, times, signals, handed)
    assert events.equals(output.events)
    assert simulator.state_hash == output.chain[-1].as_py()
    assert (simulator.cash, simulator.equity) == (output.metrics["final_cash"], output.metrics["final_equity"])


def step_through(
    config: EngineConfig, bars: pa.Table, times: list[int], signals: pa.Table, handed: list[int]
) -> tuple[ExecutionSimulator, pa.Table]:
    simulator = ExecutionSimulator(config)
    events = []
    done = 0
    for row, time in enumerate(times):
        due = sum(stamp <= time for stamp in handed)
        events.append(simulator.process_signals(bars.slice(row, 1), signals.slice(done, due - done)))
        events.append(simulator.evaluate_exits(bars.slice(row, 1)))
        done = due
    return simulator, pa.concat_tables(events)


@pytest.mark.rule("H-2")
@given(data=st.data())
def test_equal_inputs_give_equal_chains(cases: st.SearchStrategy[Any], data: st.DataObject) -> None:
    case = data.draw(cases)
    one, other = run(case), run(case)
    assert one.chain.equals(other.chain)
    assert one.metrics == other.metrics
    assert len(one.chain) == case.bars.num_rows
