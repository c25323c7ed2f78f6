"""Both simulators step by step in lock-step, batch against single, and wrong use of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import Bar, EngineConfig, Variant
from omega_parity.drive.components import factories
from omega_parity.drive.lockstep import drive
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.cases import Case, Floors, Market, base_config
from omega_parity.generate.markets import sample_market
from omega_parity.generate.signals.drawn import random_signals
from omega_parity.generate.steps import Step, bar_steps

_BARS: Final = 1_500
_LEAST_BARS: Final = 30
_LEAST_RESUMED: Final = 10
_BARS_OF_CALLS: Final = 600
_BARS_RESUMED: Final = 150
"""A snapshot a call, each of all that was before."""
_SIGNALS_A_BAR: Final = 0.6
_EARLY: Final = 40
_BATCH: Final = 200
_LEAST_BATCH: Final = 20
_AFTER: Final = 300

_Call = Callable[[Any], object]


def _given(bars: int) -> tuple[Market, pa.Table]:
    """Return a market, and signals of it none of which is after its last bar."""
    market = sample_market(n=bars)
    n = int(bars * _SIGNALS_A_BAR)
    table = random_signals(market.bars, symbol="EURUSD", pip_size=0.0001, digits=5, seed=11, n=n)
    last = _times(market.bars)[-1]
    on_time = [row for row, time in enumerate(_times(table)) if time <= last]
    return market, table.take(on_time)


def _simulators(config: EngineConfig) -> tuple[Any, Any]:
    reference, native = factories("execution_simulator")
    return reference(config), native(config)


def _state(simulator: Any) -> dict[str, object]:
    return {"cash": simulator.cash, "equity": simulator.equity, "hash": simulator.state_hash}


def _positions(simulator: Any) -> pa.Table:
    """Return the positions without the row of their signal, which counts within the table that was handed over."""
    positions: pa.Table = simulator.positions()
    return positions.drop_columns(["signal_row"])


def _times(table: pa.Table) -> list[int]:
    return [time for time in table["timestamp"].cast(pa.int64()).to_pylist() if time is not None]


def _time(bars: pa.Table) -> int:
    return _times(bars.slice(0, 1))[0]


@check("simulators", "execution_simulator", tuple(Variant))
def in_lock_step(bench: Bench, variant: Variant) -> None:
    """Every operation on both, and the end of the run at the end."""
    market, signals = _given(bench.extent.few(_BARS, _LEAST_BARS))
    config = base_config(market, variant)
    case = Case(name="lock-step", bars=market.bars, signals=signals, config=config, data_hash="", floors=Floors())
    driven = drive(case)
    bench.count(driven.comparisons)
    bench.require(driven.divergence is None, "" if driven.divergence is None else driven.divergence.text())
    whole = bench.sides[0].engine.run(market.bars, signals, config)
    bench.require(driven.final["hash"] == whole.chain[-1].as_py(), "the last digest is not the run's")
    bench.require(driven.final["equity"] == whole.equity["equity"][-1].as_py(), "the equity is not the run's")
    _end_as_runs(bench, case)


def _end_as_runs(bench: Bench, case: Case) -> None:
    """Bars as records; then what both tell is what a run tells, after ``close_all`` one under ``close_at_end``."""
    simulators = _simulators(case.config)
    for step in bar_steps(case):
        bars, due = step.rows(case)
        calls = [
            partial(one.evaluate_bar, _record(bars)) if due is None else partial(one.process_signals, bars, due)
            for one in simulators
        ]
        bench.agree(*calls, about=f"{step}, as a record")
    for closes in (False, True):
        run = bench.sides[0].engine.run(case.bars, case.signals, replace(case.config, close_at_end=closes))
        bench.require(bool(run.positions.num_rows) is not closes, "nothing was left to close")
        for about in ("close_all", "close_all again") if closes else ():
            bench.agree(*(one.close_all for one in simulators), about=about)
        for one in simulators:
            bench.agree(partial(getattr, run, "trades"), one.trades, about=f"trades, close_at_end {closes}")
            bench.agree(partial(getattr, run, "metrics"), one.metrics, about=f"metrics, close_at_end {closes}")
            bench.require(one.state_hash == run.chain[-1].as_py(), f"the digest is not the run's, {closes}")


def _record(bar: pa.Table) -> Bar:
    return Bar(timestamp=_time(bar), **{name: bar[name][0].as_py() for name in BARS.names[1:]})


@check("simulators", "execution_simulator", tuple(Variant), rules=("R-1",))
def resumed_after_every_call(bench: Bench, variant: Variant) -> None:
    """After every call each side goes on from a snapshot of the other's, whose tables are equal; the end is the run's.

    Slippage is drawn, so that a count of equal signals that gets lost shows.
    """
    market, signals = _given(bench.extent.few(_BARS_RESUMED, _LEAST_RESUMED))
    config = replace(base_config(market, variant), slippage_random_pips=0.4)
    case = Case(name="resumed", bars=market.bars, signals=signals, config=config, data_hash="", floors=Floors())
    driven = drive(case, [one for step in bar_steps(case) for one in (step, Step(resumes=True))])
    bench.count(driven.comparisons)
    bench.require(driven.divergence is None, "" if driven.divergence is None else driven.divergence.text())
    whole = bench.sides[0].engine.run(market.bars, signals, config)
    bench.require(driven.final["hash"] == whole.chain[-1].as_py(), "the last digest is not the run's")


@check("simulators", "execution_simulator", tuple(Variant))
def batch_is_single(bench: Bench, variant: Variant) -> None:
    """Signals one by one and bars one by one give the same as tables of them, on each side and across.

    Which bar is the last nobody can know who is handed one after the other, so `close_at_end` does nothing.
    """
    market, signals = _given(_BARS_OF_CALLS)
    config = replace(base_config(market, variant), close_at_end=True)
    first = market.bars.slice(0, 1)
    times = pa.array([_time(first)] * _EARLY, SIGNALS.field(0).type)
    early = signals.slice(0, _EARLY).set_column(0, SIGNALS.field(0), times)
    ones, tables = _simulators(config), _simulators(config)
    for row in range(early.num_rows):
        bench.agree(*(partial(one.process_signals, first, early.slice(row, 1)) for one in ones), about=f"signal {row}")
    bench.agree(*(partial(one.process_signals, first, early) for one in tables), about="all signals")
    batch = bench.extent.few(_BATCH, _LEAST_BATCH)
    for row in range(batch):
        bench.agree(*(partial(one.evaluate_exits, market.bars.slice(row, 1)) for one in ones), about=f"bar {row}")
    bench.agree(*(partial(one.evaluate_exits, market.bars.slice(0, batch)) for one in tables), about="all bars")
    for simulator in (*ones, *tables):
        bench.agree(partial(_state, ones[0]), partial(_state, simulator), about="state")
        bench.agree(partial(_positions, ones[0]), partial(_positions, simulator), about="positions")


@check("simulators", "execution_simulator", rules=("E-19",))
def wrong_use(bench: Bench) -> None:
    """What is refused is refused alike and changes nothing."""
    market, signals = _given(_BARS_OF_CALLS)
    simulators = _simulators(base_config(market, Variant.CANONICAL))
    bars, due = market.bars, signals.slice(0, 6)
    last = _times(due)[-1]
    at = next(row for row, time in enumerate(_times(bars)) if time >= last)
    for simulator in simulators:
        simulator.process_signals(bars.slice(at, 1), due)
        simulator.evaluate_exits(bars.slice(at, 1))
    before = [_state(simulator) for simulator in simulators]
    for about, call in _wrong(bars, signals, due, at).items():
        bench.refuse(*(partial(call, simulator) for simulator in simulators), about=about)
    bench.require([_state(simulator) for simulator in simulators] == before, "a refused call changed the state")
    bench.agree(*(partial(one.evaluate_exits, bars.slice(at + 1, _AFTER)) for one in simulators), about="afterwards")
    bench.agree(*(partial(_state, simulator) for simulator in simulators), about="state afterwards")


def _wrong(bars: pa.Table, signals: pa.Table, due: pa.Table, at: int) -> dict[str, _Call]:
    """Name calls that must be refused after bar ``at`` and its signals ``due``."""
    following = bars.slice(at + 1, 1)
    return {
        "a bar again": lambda one: one.evaluate_exits(bars.slice(at, 1)),
        "a bar again, as a record": lambda one: one.evaluate_bar(_record(bars.slice(at, 1))),
        "a record without a price": lambda one: one.evaluate_bar(replace(_record(following), bid_open=math.nan)),
        "an earlier bar": lambda one: one.process_signals(bars.slice(at - 1, 1), due.slice(0, 0)),
        "two bars": lambda one: one.process_signals(bars.slice(at + 1, 2), due),
        "no bar": lambda one: one.process_signals(bars.slice(0, 0), due),
        "no bars": lambda one: one.evaluate_exits(bars.slice(0, 0)),
        "signals again": lambda one: one.process_signals(following, due.slice(0, 3)),
        "signals of the future": lambda one: one.process_signals(following, signals.slice(len(signals) - 40, 2)),
        "signals out of order": lambda one: one.process_signals(following, due.take([5, 0])),
        "a column missing": lambda one: one.process_signals(following, due.drop_columns(["symbol"])),
        "bars out of order": lambda one: one.evaluate_exits(bars.slice(at + 1, 3).take([2, 1, 0])),
        "a price missing": lambda one: one.evaluate_exits(bars.slice(at + 1, 3).drop_columns(["ask_low"])),
    }


@check("simulators", "execution_simulator")
def a_bar_that_got_signals_is_remembered(bench: Bench) -> None:
    """Bars before it are refused though no exits were evaluated yet; a refused call is not remembered."""
    market, signals = _given(_BARS_OF_CALLS)
    simulators = _simulators(base_config(market, Variant.CANONICAL))
    none, late = signals.slice(0, 0), signals.slice(len(signals) - 2)
    for bar, given, is_refused in ((5, none, False), (9, late, True), (4, none, True), (5, none, False)):
        row = market.bars.slice(bar, 1)
        judged: Callable[..., object] = bench.refuse if is_refused else bench.answer
        judged(*(partial(one.process_signals, row, given) for one in simulators), about=f"signals of bar {bar}")
    bench.refuse(*(partial(one.evaluate_exits, market.bars.slice(4, 3)) for one in simulators), about="bars from 4 on")
    bench.refuse(*(one.close_all for one in simulators), about="close_all before the exits of bar 5")
    bench.agree(*(partial(one.evaluate_exits, market.bars.slice(5, 1)) for one in simulators), about="bar 5")
    bench.agree(*(one.close_all for one in simulators), about="close_all after the exits of bar 5")
    bench.agree(*(partial(one.evaluate_exits, market.bars.slice(6, 2)) for one in simulators), about="bars from 6 on")
    bench.agree(*(partial(_state, simulator) for simulator in simulators), about="state")


@check("simulators", "execution_simulator", rules=("E-15",))
def what_waits_acts_in_the_next_bar(bench: Bench) -> None:
    """Exit and modify signals wait for the exits of their bar, or of the next one that is evaluated (Q-E15c)."""
    market, signals = _given(_BARS_OF_CALLS)
    simulators = _simulators(base_config(market, Variant.CANONICAL))
    entries = signals.filter(pa.array([kind == "entry" for kind in signals.column("signal_type").to_pylist()]))
    bars, due = market.bars, entries.slice(0, _BATCH)
    last = _times(due)[-1]
    at = next(row for row, time in enumerate(_times(bars)) if time >= last)
    bench.agree(*(partial(one.evaluate_exits, bars.slice(0, 1)) for one in simulators), about="the first bar")
    bench.agree(*(partial(one.process_signals, bars.slice(at, 1), due) for one in simulators), about="signals")
    before = [_positions(one) for one in simulators]
    bench.require(before[0].num_rows > 0, "nothing is open for an exit to close")
    for kind, signal in _instructions(signals, last).items():
        for about in (f"{kind} signal", f"{kind} signal again"):
            calls = (partial(one.process_signals, bars.slice(at, 1), signal) for one in simulators)
            events = bench.agree(*calls, about=about)
            bench.require(isinstance(events, pa.Table) and not events.num_rows, f"{about}: it does not wait")
        bench.require([_positions(one) for one in simulators] == before, f"{kind}: it acts before the end of a bar")
    bench.refuse(*(one.close_all for one in simulators), about="close_all while signals wait")
    calls = (partial(one.evaluate_exits, bars.slice(at + 3, 1)) for one in simulators)
    events = bench.agree(*calls, about="a later bar")
    found = set(events["reason"].to_pylist()) if isinstance(events, pa.Table) else set()
    bench.require(found >= {"modify_signal", "signal_exit", "no_match"}, f"in the later bar nothing but {found}")
    for about in ("positions", "trades"):
        bench.agree(*(getattr(one, about) for one in simulators), about=about)
    bench.agree(*(partial(one.evaluate_exits, bars.slice(at + 4, _AFTER)) for one in simulators), about="afterwards")
    bench.agree(*(partial(_state, simulator) for simulator in simulators), about="state afterwards")


def _instructions(signals: pa.Table, time: int) -> dict[str, pa.Table]:
    """Return a signal that moves the targets of longs far away, and one that closes everything of its magic number."""
    common: dict[str, object] = {"timestamp": time, "symbol": "EURUSD", "magic_number": 0}
    rows: dict[str, dict[str, object]] = {
        "modify": {"signal_type": "modify", "direction": "long", "take_profit": 9.0},
        "exit": {"signal_type": "exit"},
    }
    return {kind: pa.Table.from_pylist([common | row], schema=signals.schema) for kind, row in rows.items()}
