"""Gate: both simulators step by step in lock-step, and batch against single."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from omega.compare.compare import Comparison
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.components import factories
from omega_parity.drive.lockstep import drive
from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.generate.cases import Case, Floors, Market, base_config
from omega_parity.generate.markets import sample_market
from omega_parity.generate.signals.drawn import random_signals

Agree = Callable[..., Comparison]

BARS = 1_500
SIGNALS_GIVEN = 900


@pytest.fixture(scope="module")
def market() -> Market:
    return sample_market(n=BARS)


@pytest.fixture(scope="module")
def signals(market: Market) -> pa.Table:
    table = random_signals(market.bars, symbol="EURUSD", pip_size=0.0001, digits=5, seed=11, n=SIGNALS_GIVEN)
    last = market.bars["timestamp"][-1].value
    on_time = [row for row, time in enumerate(table["timestamp"].cast(pa.int64()).to_pylist()) if time <= last]
    return table.take(on_time)


def _simulators(config: EngineConfig) -> tuple[Any, Any]:
    reference, native = factories("execution_simulator")
    return reference(config), native(config)


def _state(simulator: Any) -> dict[str, object]:
    return {"cash": simulator.cash, "equity": simulator.equity, "hash": simulator.state_hash}


@pytest.mark.rule("E-19", "H-1", "L-1a")
@pytest.mark.parametrize("variant", list(Variant))
def test_lock_step(
    variant: Variant, market: Market, signals: pa.Table, sides: Sides, request: pytest.FixtureRequest
) -> None:
    config = base_config(market, variant)
    case = Case(name="lock-step", bars=market.bars, signals=signals, config=config, data_hash="", floors=Floors())
    driven = drive(case)
    request.node.user_properties.append((RECORD, {"comparisons": driven.comparisons}))
    if driven.divergence is not None:
        pytest.fail(driven.divergence.text(), pytrace=False)
    whole = sides[0].engine.run(market.bars, signals, config)
    assert driven.final["hash"] == whole.chain[-1].as_py()
    assert driven.final["equity"] == whole.equity["equity"][-1].as_py()


@pytest.mark.rule("E-19")
@pytest.mark.parametrize("variant", list(Variant))
def test_batch_is_single(variant: Variant, market: Market, signals: pa.Table, agree: Agree) -> None:
    """Signals one by one and bars one by one give the same as tables of them, on each side and across.

    Which bar is the last nobody can know who is handed one after the other, so `close_at_end` does nothing.
    """
    config = replace(base_config(market, variant), close_at_end=True)
    first = market.bars.slice(0, 1)
    early = signals.slice(0, 40).set_column(0, SIGNALS.field(0), pa.array([_time(first)] * 40, SIGNALS.field(0).type))
    ones, tables = _simulators(config), _simulators(config)
    for row in range(early.num_rows):
        agree(*(_call(simulator.process_signals, first, early.slice(row, 1)) for simulator in ones))
    agree(*(_call(simulator.process_signals, first, early) for simulator in tables))
    for row in range(200):
        agree(*(_call(simulator.evaluate_exits, market.bars.slice(row, 1)) for simulator in ones))
    agree(*(_call(simulator.evaluate_exits, market.bars.slice(0, 200)) for simulator in tables))
    for simulator in (*ones, *tables):
        agree(_call(_state, ones[0]), _call(_state, simulator))
        agree(ones[0].positions, simulator.positions)


@pytest.mark.rule("E-19", "L-1a", "X-4")
def test_wrong_use_is_refused_alike_and_changes_nothing(market: Market, signals: pa.Table, agree: Agree) -> None:
    simulators = _simulators(base_config(market, Variant.CANONICAL))
    bars = market.bars
    due = signals.slice(0, 6)
    at = next(row for row in range(BARS) if _time(bars.slice(row)) >= due["timestamp"][-1].value)
    for simulator in simulators:
        simulator.process_signals(bars.slice(at, 1), due)
        simulator.evaluate_exits(bars.slice(at, 1))
    before = [_state(simulator) for simulator in simulators]
    wrong = {
        "a bar again": lambda one: one.evaluate_exits(bars.slice(at, 1)),
        "an earlier bar": lambda one: one.process_signals(bars.slice(at - 1, 1), due.slice(0, 0)),
        "two bars": lambda one: one.process_signals(bars.slice(at + 1, 2), due),
        "no bar": lambda one: one.process_signals(bars.slice(0, 0), due),
        "no bars": lambda one: one.evaluate_exits(bars.slice(0, 0)),
        "signals again": lambda one: one.process_signals(bars.slice(at + 1, 1), due.slice(0, 3)),
        "signals of the future": lambda one: one.process_signals(bars.slice(at + 1, 1), signals.slice(500, 2)),
        "signals out of order": lambda one: one.process_signals(bars.slice(at + 1, 1), due.take([5, 0])),
        "a column missing": lambda one: one.process_signals(bars.slice(at + 1, 1), due.drop_columns(["symbol"])),
        "bars out of order": lambda one: one.evaluate_exits(bars.slice(at + 1, 3).take([2, 1, 0])),
        "a price missing": lambda one: one.evaluate_exits(bars.slice(at + 1, 3).drop_columns(["ask_low"])),
    }
    for about, call in wrong.items():
        comparison = agree(*(_call(call, simulator) for simulator in simulators), about=about)
        assert comparison.comparisons == 6, f"{about} was not refused"
    assert [_state(simulator) for simulator in simulators] == before
    agree(*(_call(simulator.evaluate_exits, bars.slice(at + 1, 300)) for simulator in simulators))
    agree(*(_call(_state, simulator) for simulator in simulators))


@pytest.mark.rule("E-19", "X-4")
def test_a_bar_that_got_signals_is_remembered(market: Market, signals: pa.Table, agree: Agree) -> None:
    """Bars before it are refused though no exits were evaluated yet; a refused call is not remembered."""
    simulators = _simulators(base_config(market, Variant.CANONICAL))
    none = signals.slice(0, 0)
    late = signals.slice(len(signals) - 2)
    for bar, given, is_refused in ((5, none, False), (9, late, True), (4, none, True), (5, none, False)):
        row = market.bars.slice(bar, 1)
        comparison = agree(*(_call(simulator.process_signals, row, given) for simulator in simulators), about=bar)
        assert (comparison.comparisons == 6) is is_refused
    comparison = agree(*(_call(simulator.evaluate_exits, market.bars.slice(4, 3)) for simulator in simulators))
    assert comparison.comparisons == 6
    agree(*(_call(simulator.evaluate_exits, market.bars.slice(5, 3)) for simulator in simulators))
    agree(*(_call(_state, simulator) for simulator in simulators))


def _call(function: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: function(*arguments)


def _time(bars: pa.Table) -> int:
    time = bars["timestamp"][0].value
    assert isinstance(time, int)
    return time
