"""Generated input: valid, deterministic, plain where bytes are zero, and able to reach what matters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega.contract.schemas import PRICE_COLUMNS
from omega.contract.types import EventKind, Reason, Variant
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.configurations import CONFIG_BYTES
from omega_parity.generate.markets import sample_market
from omega_parity.generate.ranges import LAST_TIME
from omega_parity.generate.sequences import (
    PLAN_BYTES,
    case_on_bars,
    expand_case,
    expand_plan,
    sample_case,
    sample_cases,
    window_cases,
)
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.strategies import bars, cases, configurations, signals
from omega_parity.generate.wide import WORLD_BYTES, expand_world
from omega_parity.generate.worlds import WORLDS, World
from omega_reference.data import bars_from_table, signals_from_table
from omega_reference.engine import Engine

SAMPLE = 400
OF_A_STRATEGY = {Reason.STRATEGY_EXIT, Reason.STRATEGY_MODIFY}
"""Reasons of actions (Q-E11b), which no built-in strategy has."""


def _same(one: Case, other: Case) -> bool:
    if one.signals is None or other.signals is None:
        signals_equal = one.signals is other.signals
    else:
        signals_equal = bool(one.signals.equals(other.signals))
    return one.name == other.name and one.config == other.config and bool(one.bars.equals(other.bars)) and signals_equal


def test_a_longer_sample_begins_the_same() -> None:
    few, many = list(sample_cases(5, seed=3)), list(sample_cases(9, seed=3))
    assert all(map(_same, few, many))
    assert _same(sample_case(3, 8), many[8])
    assert not _same(sample_case(4, 8), many[8])


@pytest.mark.rule("T-2", "T-6")
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.symbol)
@pytest.mark.parametrize("byte", [0, 1, 127, 128, 254, 255])
def test_any_bytes_make_valid_input(world: World, byte: int) -> None:
    table = expand_bars(world, bytes([byte]) * HEAD_BYTES, [bytes([byte]) * BAR_BYTES] * 40)
    config = bytes([byte]) * CONFIG_BYTES
    for signal_blocks in ([], [bytes([byte]) * SIGNAL_BYTES] * 3):
        case = case_on_bars("bytes", world, table, signal_blocks, config)
        assert len(bars_from_table(case.bars, world.timeframe)) == 40
        assert case.signals is None or len(signals_from_table(case.signals)) == 3
        Engine().run(case.bars, case.signals, case.config)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(case=cases())
def test_generated_cases_are_valid(case: Case) -> None:
    bars_from_table(case.bars, case.config.timeframe)
    Engine().run(case.bars, case.signals, case.config)


@settings(max_examples=20, derandomize=True, database=None, deadline=None)
@given(data=st.data())
def test_the_parts_can_be_drawn_alone(data: st.DataObject) -> None:
    table = data.draw(bars(most=30))
    drawn = data.draw(signals(table, most=6))
    config = data.draw(configurations())
    assert 2 <= table.num_rows <= 30
    assert 1 <= drawn.num_rows <= 6
    Engine().run(table, drawn, config)


def test_zero_bytes_are_the_plainest_case() -> None:
    table = expand_bars(WORLDS[0], bytes(HEAD_BYTES), [bytes(BAR_BYTES)] * 3)
    bid, ask = PRICE_COLUMNS[:4], PRICE_COLUMNS[4:]
    assert {value for name in bid for value in table[name].to_pylist()} == {1.1}
    assert {value for name in ask for value in table[name].to_pylist()} == {1.1001}
    case = case_on_bars("zero", WORLDS[0], table, [bytes(SIGNAL_BYTES)], bytes(CONFIG_BYTES))
    assert case.signals is not None
    row = {name: value for name, value in case.signals.to_pylist()[0].items() if value is not None}
    assert row.pop("timestamp") == table["timestamp"][0].as_py()
    assert row.pop("stop_loss") < 1.1001
    assert row == {
        "symbol": "EURUSD",
        "signal_type": "entry",
        "direction": "long",
        "order_type": "market",
        "price": 1.1001,
        "magic_number": 0,
    }
    assert case.config.variant is Variant.CANONICAL
    assert case.config.slippage_fixed_pips == case.config.fee_per_million == 0.0


def test_prices_stand_on_the_grid() -> None:
    for index, case in enumerate(sample_cases(40)):
        digits = expand_plan(keyed_bytes(0, 2 * index, PLAN_BYTES)).world.digits
        for name in PRICE_COLUMNS:
            prices: list[Any] = case.bars[name].to_pylist()
            assert all(price == round(price, digits) for price in prices)


@pytest.mark.rule("T-2", "T-6")
@pytest.mark.parametrize("byte", [0, 1, 127, 128, 160, 200, 254, 255])
def test_any_bytes_make_a_valid_world_and_valid_numbers(byte: int) -> None:
    world = expand_world(bytes([byte]) * WORLD_BYTES)
    table = expand_bars(world, bytes([byte]) * HEAD_BYTES, [bytes([byte]) * BAR_BYTES] * 40)
    config = bytes([byte]) * CONFIG_BYTES
    for signal_blocks in ([], [bytes([byte]) * SIGNAL_BYTES] * 3):
        case = case_on_bars("bytes", world, table, signal_blocks, config)
        assert len(bars_from_table(case.bars, world.timeframe)) == 40
        Engine().run(case.bars, case.signals, case.config)


def test_zero_bytes_are_the_plainest_world() -> None:
    assert expand_world(bytes(WORLD_BYTES)) == WORLDS[0]


def test_bars_end_with_the_calendar() -> None:
    world = replace(WORLDS[0], start=LAST_TIME - 7)
    times = times_of(expand_bars(world, b"", [bytes(BAR_BYTES)] * 3))
    assert times[-1] == LAST_TIME
    assert times[1] - times[0] == world.timeframe


def test_a_long_sequence_begins_like_its_draws() -> None:
    plan = replace(expand_plan(bytes(PLAN_BYTES)), more_bars=300, more_signals=20, key=5)
    head, config = bytes(HEAD_BYTES), bytes(CONFIG_BYTES)
    blocks = ([bytes(BAR_BYTES)] * plan.bars, [bytes(SIGNAL_BYTES)] * plan.signals)
    long = expand_case("long", plan, head, *blocks, config)
    short = expand_case("short", replace(plan, more_bars=0, more_signals=0), head, *blocks, config)
    assert long.bars.num_rows == short.bars.num_rows + 300
    assert long.bars.slice(0, short.bars.num_rows).equals(short.bars)
    assert long.signals is not None
    assert short.signals is not None
    assert long.signals.num_rows == short.signals.num_rows + 20


def test_bars_have_gaps_crossed_quotes_wide_spreads_and_repeats() -> None:
    found: Counter[str] = Counter()
    for case in sample_cases(60):
        columns = {name: case.bars[name].to_numpy() for name in PRICE_COLUMNS}
        spread = columns["ask_close"] - columns["bid_close"]
        times = case.bars["timestamp"].cast(pa.int64()).to_numpy()
        found["crossed"] += int((spread < 0).any())
        found["wide"] += int((spread > 5 * abs(spread).min() + 1e-9).any())
        found["gap"] += int((columns["bid_open"][1:] != columns["bid_close"][:-1]).any())
        found["missing"] += int((times[1:] - times[:-1] > case.config.timeframe).any())
        found["repeat"] += int(
            ((columns["bid_high"][1:] == columns["bid_high"][:-1]) & (spread[1:] == spread[:-1])).any()
        )
        found["flat"] += int((columns["bid_high"] == columns["bid_low"]).any())
    assert all(count >= 5 for count in found.values()), found
    assert len(found) == 6


def test_every_reason_and_kind_is_reached() -> None:
    reasons: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    levels_met = 0
    for case in sample_cases(SAMPLE):
        output = Engine().run(case.bars, case.signals, case.config)
        reasons.update(filter(None, output.events["reason"].to_pylist()))
        kinds.update(filter(None, output.events["kind"].to_pylist()))
        if case.signals is not None:
            prices = {price for name in PRICE_COLUMNS for price in case.bars[name].to_pylist()}
            levels_met += sum(stop in prices for stop in case.signals["stop_loss"].to_pylist())
    assert {reason.text for reason in Reason if reason not in OF_A_STRATEGY} == set(reasons)
    assert {kind.text for kind in EventKind} == set(kinds)
    assert levels_met > SAMPLE


def test_windows_are_cut_from_the_bars_of_the_market() -> None:
    market = sample_market(n=2_000)
    times = market.bars["timestamp"].to_pylist()
    firsts = set()
    for case in window_cases(market, 6, seed=1):
        window = case.bars["timestamp"].to_pylist()
        first = times.index(window[0])
        firsts.add(first)
        assert window == times[first : first + len(window)]
        assert case.name.startswith("sample-7/window-1-")
        Engine().run(case.bars, case.signals, case.config)
    assert len(firsts) > 1


def test_decisions_give_the_first_choice_for_zero_and_the_last_for_255() -> None:
    assert Decisions(bytes(1)).choose((1, "first"), (255, "last")) == "first"
    assert Decisions(b"\xff").choose((255, "first"), (1, "last")) == "last"
    assert [Decisions(bytes([byte])).signed() for byte in (0, 1, 2, 3, 254, 255)] == [0, -1, 1, -2, 127, -128]
    assert [Decisions(bytes([byte])).evenly("a", "b") for byte in (0, 127, 128, 255)] == ["a", "a", "b", "b"]
    assert Decisions(b"\xff\xff").below(10) == 9
    with pytest.raises(IndexError):
        Decisions(b"").byte()


def test_keyed_bytes_depend_on_seed_and_index_only() -> None:
    assert keyed_bytes(1, 2, 40)[:13] == keyed_bytes(1, 2, 13)
    assert len({keyed_bytes(seed, index, 16) for seed in range(3) for index in range(3)}) == 9


def test_signals_are_sorted_and_of_one_schema() -> None:
    table = expand_bars(WORLDS[1], bytes(HEAD_BYTES), [bytes(BAR_BYTES)] * 9)
    drawn = expand_signals(WORLDS[1], table, [keyed_bytes(0, index, SIGNAL_BYTES) for index in range(30)])
    times: list[Any] = drawn["timestamp"].to_pylist()
    assert times == sorted(times)
